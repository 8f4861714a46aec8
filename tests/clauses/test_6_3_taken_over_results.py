"""A result that came by an act of takeover is appealed against like any other, and decided as a whole (6.2, 6.3)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.journal.grade_sheets.result_commands import ResultAmendment, amend_result
from app.journal.tables import Takeover, TakeoverJournal
from app.journal.takeover.writing import write_taken_journal
from app.kernel import door
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.texts.ratings import result_computation_lines
from tests.scenarios import appeals
from tests.scenarios.grade_sheets import MODULE_WEEK

pytestmark = [pytest.mark.clause("6.3"), pytest.mark.clause("6.2")]


def taken_over(world, sheets, points="20"):
    """The results of the first module, as an act of takeover brings them; answers that of the student."""
    world.clock.set(MODULE_WEEK + timedelta(days=4))
    world.session.rollback()
    act, takeover = world.office().act(), new_id()
    with door.write(act):
        world.session.add(
            Takeover(
                id=takeover,
                state="QUEUED",
                semester_id=world.school.semester,
                document_number="12",
                document_date=date(2026, 10, 17),
                signed_by=b"",
                first_day=date(2026, 9, 1),
                last_day=date(2026, 10, 17),
                sent_by=world.it().person,
                sent_at=act.at,
                confirmed_by=act.person,
                confirmed_at=act.at,
            )
        )
        world.session.flush()
        brought = TakeoverJournal(
            takeover_id=takeover,
            number=1,
            offering_id=world.school.offering,
            cells=[],
            results=[["MODULE1", str(one), points] for one in world.school.students],
        )
        world.session.add(brought)
        world.session.flush()
        write_taken_journal(act, world.session.get(Takeover, takeover), brought)
    return sheets.result().id


def test_a_taken_over_result_is_appealed_against_and_changed_as_a_whole(world, sheets, app):
    appeals.commission(world)
    result = taken_over(world, sheets)
    world.session.rollback()
    told = world.session.query(Message).filter_by(event_type="journal.results.published").one()
    assert str(world.student) in told.payload["recipients"], "the day to appeal begins with a notice"
    case = appeals.appeals(world, result)
    assert appeals.decided(world, case, points=25) == "changed", (
        "of 30 for the module, not of 10 for the midterm"
    )
    correction = appeals.correction(world, sheets)
    assert world.office().approves(correction)
    for _step in range(3):
        for who in (world.head(), world.directorate(), world.office(), world.it()):
            if who.task(correction):
                who.approves(correction)
    first, second = appeals.versions(world, sheets)
    assert (first.total, second.total, second.version) == (Decimal(20), Decimal(25), 2)
    assert second.protocol_id and second.arithmetic["takeover"] == first.arithmetic["takeover"]
    with app.test_request_context():
        (line,) = result_computation_lines(second.arithmetic)
    assert "12" in line and "17" in line


def test_make_up_points_are_not_added_to_a_sum_without_a_mean(world, sheets):
    taken_over(world, sheets)
    row, act = sheets.row(), world.it().act()
    added = ResultAmendment(row.id, world.student, new_id(), version=1, grades=(Decimal(80),))
    world.session.rollback()
    with pytest.raises(Refused) as refused, door.write(act):
        amend_result(act, added)
    assert refused.value.code == "journal.proposal.sum_taken_over"
