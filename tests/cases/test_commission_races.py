"""Two people of a commission act at the same moment: one effect, one record, and a clear word to the other (6.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.cases.commands.complete import complete_task
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.journal.commissions.commands import publish_commission_order
from app.journal.tables import AppealEnd, Hearing, Protocol, ProtocolSigned
from app.kernel import door
from app.kernel.act import Act
from app.worker.event_handlers import event_handlers_by_type
from tests.cases.test_races import at_once
from tests.scenarios import appeals, commissions
from tests.scenarios.grade_sheets import Sheets

pytestmark = pytest.mark.clause("6.3")


@pytest.fixture
def sheets(world: Any, settings: Any) -> Sheets:
    return Sheets(world, event_handlers_by_type(settings))


@pytest.fixture
def case(world: Any, sheets: Sheets) -> UUID:
    """An appeal before the secretary of a commission."""
    appeals.commission(world)
    return appeals.appeals(world, appeals.signed(world, sheets))


def answer(act: Act, task: UUID, **answers: Any) -> Callable[[], Any]:
    def complete() -> None:
        with door.write(act):
            complete_task(act, task, answers)

    return complete


def before(world: Any, case: UUID) -> UUID:
    """The one open task, and no read transaction left behind."""
    (task,) = world.open_tasks(case)
    id = task.id
    world.session.rollback()
    return UUID(str(id))


def count(world: Any, model: Any) -> int:
    return int(world.session.scalar(select(func.count()).select_from(model)))


def told(world: Any, event_type: str) -> int:
    return int(world.session.scalar(select(func.count()).where(AuditRecord.event_type == event_type)))


def test_a_chair_who_signs_twice_at_once_gives_one_number(app: Any, world: Any, case: UUID):
    appeals.heard(world, case)
    appeals.writes(world, case)
    act, task = appeals.chair(world, case).act(), before(world, case)
    ends = at_once(app, [answer(act, task, decision="approve")] * 4)
    assert ends == {"done": 4}, "a repeat is answered as the first time"
    assert (count(world, ProtocolSigned), count(world, AppealEnd)) == (1, 1)
    assert (told(world, "journal.protocol.signed"), told(world, "journal.appeal.ended")) == (1, 1)
    assert world.case(case).outcome == "changed"


def test_a_chair_signs_or_sends_back_but_never_both(app: Any, world: Any, case: UUID):
    appeals.heard(world, case)
    appeals.writes(world, case)
    act, task = appeals.chair(world, case).act(), before(world, case)
    back = answer(act, task, decision="return", reason="Жүйөсү жетишсиз")
    ends = at_once(app, [answer(act, task, decision="approve"), back])
    assert ends == {"done": 1, "cases.task.answered_otherwise": 1}
    signed = world.case(case).outcome == "changed"
    assert (count(world, ProtocolSigned), told(world, "journal.protocol.signed")) == (
        (1, 1) if signed else (0, 0)
    )
    assert world.open_elements(case) == ([] if signed else ["write_protocol"])


def test_the_secretary_writes_a_protocol_or_postpones_but_never_both(app: Any, world: Any, case: UUID):
    appeals.heard(world, case)
    secretary, votes = (
        appeals.secretary(world, case).act(),
        appeals.votes(world, case, "KEEP", "KEEP", "KEEP"),
    )
    task, words = before(world, case), {"motive": appeals.MOTIVE}
    write = answer(secretary, task, decision="complete", protocol=votes, **words)
    ends = at_once(app, [write, answer(secretary, task, decision="postpone", **words)])
    assert ends == {"done": 1, "cases.task.answered_otherwise": 1}
    written = count(world, Protocol)
    assert told(world, "journal.protocol.written") == written
    assert world.open_elements(case) == ["sign_chair" if written else "schedule_chair"]


def test_a_secretary_who_writes_two_protocols_at_once_learns_that_one_was_not_kept(app, world, case):
    appeals.heard(world, case)
    act, task = appeals.secretary(world, case).act(), before(world, case)
    answers = [
        {
            "protocol": appeals.votes(world, case, "RAISE", "RAISE", "KEEP"),
            "points": points,
            "motive": appeals.MOTIVE,
        }
        for points in (9, 10)
    ]
    ends = at_once(app, [answer(act, task, decision="complete", **one) for one in answers])
    assert ends == {"done": 1, "cases.task.answered_otherwise": 1}
    assert (count(world, Protocol), told(world, "journal.protocol.written")) == (1, 1)


def test_the_chair_sets_the_day_or_steps_aside_and_the_hearing_goes_one_way(app: Any, world: Any, case: UUID):
    appeals.secretary(world, case).completes(case, decision="admit")
    steps, act, task = count(world, Hearing), appeals.chair(world, case).act(), before(world, case)
    aside = answer(act, task, decision="step_aside", reason="Туугандык байланыш")
    ends = at_once(app, [answer(act, task, decision="schedule", hearing=appeals.when(world)), aside])
    assert ends == {"done": 1, "cases.task.answered_otherwise": 1}
    assert count(world, Hearing) == steps + 1, "no step of the hearing has two successors"
    now = appeals.hearing(world, case)
    assert world.open_elements(case) == ["explain_teacher" if now.stage == "SCHEDULED" else "schedule_chair"]


def test_the_student_takes_back_while_the_secretary_does_not_admit(app: Any, world: Any, case: UUID):
    mine, secretary = world.student_actor().act(), appeals.secretary(world, case).act()
    task = before(world, case)

    def take_back() -> None:
        with door.write(mine):
            withdraw_case_by_requester(mine, case, "Түшүндүм")

    close = answer(secretary, task, decision="inadmissible", reason="Негизи жок")
    ends = at_once(app, [take_back, close])
    assert ends["done"] == 1 and sum(ends.values()) == 2, ends
    assert (count(world, AppealEnd), told(world, "journal.appeal.ended")) == (1, 1)
    how = {"WITHDRAWN": "withdrawn", "INADMISSIBLE": "inadmissible"}[appeals.ended(world)[0].outcome]
    assert world.case(case).outcome == how


def test_an_order_published_by_two_at_once_forms_one_commission(app: Any, world: Any):
    drafts = [commissions.drafts(world) for _ in range(2)]
    ids = [world.case(draft).subject_id for draft in drafts]
    office = world.office().act()
    world.session.rollback()
    said: list[str] = []

    def publish(id: UUID) -> Callable[[], Any]:
        def form() -> None:
            with door.write(office):
                said.append(publish_commission_order(office, id))

        return form

    assert at_once(app, [publish(id) for id in ids]) == {"done": 2}
    assert sorted(said) == ["number_taken", "published"]
    assert len(commissions.published(world)) == 1 and told(world, "journal.commission.formed") == 1
