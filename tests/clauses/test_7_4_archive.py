"""7.4: after the year the academic office archives closed journals with their sheets, and they stay readable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.journal.courses.journal_states import load_state_changes
from app.journal.grading.sheet_states import SHUT_SHEET_STATES
from app.journal.sheet_closing import archive_commands
from app.journal.sheet_closing.archive_queries import find_archived_at, load_archive_years
from app.journal.sheet_closing.archive_rules import reason_not_to_archive
from app.journal.tables import GradeSheet, Offering
from app.kernel import door
from app.kernel.errors import Denied, Missing, Refused
from app.outbox.models import Message
from app.texts.semesters import semester_title
from tests.scenarios import appeals
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("7.4")
YEAR = "2026/27"
OPENS = datetime(2027, 1, 30, 17, 59, 59, tzinfo=UTC)
"""The end of the thirtieth day after the last semester of the year."""


def orders(world, actor=None, year=YEAR):
    act = (actor or world.office()).act()
    world.session.rollback()
    with door.write(act):
        archive_commands.order_archiving_of_year(act, year)


def refused(world, kind, actor=None, year=YEAR):
    with pytest.raises(kind) as raised:
        orders(world, actor, year)
    return raised.value


def state(world):
    world.session.rollback()
    sheet = world.session.query(GradeSheet).one()
    return world.session.get(Offering, world.school.offering).state, sheet.state, sheet.archived_at


def finished(world):
    found = world.session.query(Message).filter_by(event_type=archive_commands.ARCHIVING_FINISHED_EVENT)
    return [(one.payload["archived"], one.payload["left"]) for one in found.order_by(Message.id)]


def test_a_closed_journal_is_archived_after_the_year_when_nothing_about_it_is_open(world, sheets):
    appeals.commission(world)
    case = appeals.appeals(world, appeals.signed(world, sheets))
    sheet = sheets.row().id
    world.clock.set(datetime(2026, 12, 31, 10, 0, tzinfo=UTC))
    assert refused(world, Refused).clause == "7.4", "the year is not over"
    world.clock.set(OPENS)
    early = refused(world, Refused)
    assert (early.code, early.clause, early.params["at"]) == ("journal.archive.too_early", None, OPENS)
    world.clock.set(OPENS + timedelta(seconds=1))
    assert refused(world, Denied, world.head()).code == "journal.archive.office_archives"
    refused(world, Missing, year="2019/20")
    orders(world)
    sheets.delivers()
    assert state(world)[:2] == ("OPEN", "SIGNED") and finished(world) == [(0, 0)], "nothing was closed"
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheet)
        world.session.execute(text("UPDATE journal.offering SET state = 'CLOSED'"))
    orders(world)
    sheets.delivers()
    assert state(world)[:2] == ("CLOSED", "CLOSED") and finished(world)[-1] == (0, 1), "under appeal (P06)"
    world.student_actor()
    appeals.secretary(world, case).completes(case, decision="inadmissible", reason="Мөөнөтү өткөн.")
    orders(world)
    sheets.delivers()
    assert state(world) == ("ARCHIVED", "ARCHIVED", world.clock()) and finished(world)[-1] == (1, 0)
    (change, *_) = load_state_changes(world.school.offering)
    assert (change.state, change.by) == ("ARCHIVED", world.people["academic_office"])
    assert find_archived_at(world.school.offering) == world.clock()
    (year,) = load_archive_years()
    assert (year.name, year.ended_on, year.archived, year.closed) == (YEAR, date(2026, 12, 31), 1, 0)


@pytest.mark.undriven
def test_what_is_not_closed_stays_out_and_a_semester_has_one_name(app):
    assert reason_not_to_archive("CLOSED", ["CLOSED", "ARCHIVED"], ()) is None
    assert reason_not_to_archive("CONFIRMED", ["CLOSED"], ()) == "not_closed"
    assert reason_not_to_archive("CLOSED", ["CLOSED", "APPROVED"], ()) == "sheet_not_closed"
    assert reason_not_to_archive("CLOSED", ["CLOSED"], ["2026-1"]) == "cases_open"
    assert {"CLOSED", "ARCHIVED"} == SHUT_SHEET_STATES
    with app.test_request_context():
        names = {"ky": "Күзгү семестр", "ru": "Осенний семестр", "en": "Autumn semester"}
        assert semester_title(names, "2026/27").endswith(", 2026/27")
        assert semester_title({"ky": "Күз 2026/27"}, "2026/27") == "Күз 2026/27"
