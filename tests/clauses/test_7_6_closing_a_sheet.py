"""7.6: the academic office closes a sheet after the semester, never over a running deadline; what is open is noted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.audit import history
from app.audit.words import unseal_text
from app.cases.models import History
from app.diagrams.versions import read_shipped_diagrams
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.sheet_closing.commands import close_sheet
from app.journal.tables import LateEntryPermit, Semester
from app.kernel import door
from app.kernel.errors import Invalid, Refused
from app.operations import PROCESSES
from tests.scenarios import appeals
from tests.scenarios.calendar import counts_anew, listed, sets, timers
from tests.scenarios.grade_sheets import OPENS
from tests.scenarios.world import ROOT

pytestmark = pytest.mark.clause("7.6")
WHY = "Семестр бүттү, арыздар комиссияга өткөрүлөт."
MINUTE = timedelta(minutes=1)


@pytest.fixture
def approved(world: Any, sheets: Any) -> Any:
    """A module sheet signed, vised and approved on the third day of its week; answers its case."""
    sheets.draws()
    sheets.enters()
    return sheets.approved()


def refused(world: Any, sheet: Any, at: datetime | None = None, reason: str = "", **noted: int) -> Any:
    """What the office is told when it closes the sheet by the command itself."""
    act = world.school.act(world.people["academic_office"], "academic_office", at=at or world.clock())
    codes = [f"{kind}:{count}" for kind, count in noted.items()]
    world.session.rollback()
    with pytest.raises((Refused, Invalid)) as raised, door.write(act):
        close_sheet(act.with_reason(reason), sheet, codes)
    return raised.value


def problem(error: Any) -> tuple[str, str]:
    ((field, (found,)),) = error.fields.items()
    return field, found.code


# --- not before the semester is over ----------------------------------------------------------------------


def test_the_task_opens_only_after_the_semester_and_its_term_counts_from_then(world, sheets, approved):
    assert world.open_elements(approved) == [] and timers(world, approved) == {"closing_day": OPENS}
    assert sheets.day_comes(0).advanced == 0
    assert sheets.day_comes(1).advanced == 1
    (task,) = world.open_tasks(approved)
    assert (task.element, task.role) == ("close_office", "academic_office")
    assert (task.opened_at, task.due_at) == (
        OPENS + timedelta(seconds=1),
        datetime(2027, 2, 1, 17, 59, 59, tzinfo=UTC),
    )
    sheets.closes()
    assert (sheets.row().state, sheets.row().left_open) == ("CLOSED", [])


@pytest.mark.parametrize(
    ("at", "clause"),
    [
        (datetime(2026, 10, 14, 3, tzinfo=UTC), "7.6"),
        (datetime(2027, 1, 5, 3, tzinfo=UTC), None),
        (OPENS, None),
    ],
)
def test_before_its_day_nobody_closes_it_whatever_was_approved(world, sheets, approved, at, clause):
    error = refused(world, sheets.row().id, at)
    assert (error.code, error.clause, error.params["at"]) == ("journal.sheet.close_too_early", clause, OPENS)
    assert sheets.row().state == "APPROVED"


def test_on_the_first_day_of_its_week_nothing_under_it_is_shut(world, sheets):
    world.clock.set(datetime(2026, 10, 12, 2, 0, tzinfo=UTC))
    lesson = world.school.lesson(world.clock() + timedelta(hours=1))
    sheets.draws()
    sheets.enters()
    case = sheets.approved()
    with pytest.raises(AssertionError, match="no task"):
        world.office().completes(case)
    refused(world, sheets.row().id)
    world.clock.advance(hours=2)
    act = world.teacher().act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, world.student, "ATTENDANCE", "ABSENT", 0))
        take_roll(act, lesson)
    assert world.status(lesson) == "ABSENT"


def test_a_semester_that_ends_later_moves_the_day_and_earlier_brings_it_forward(world, sheets, approved):
    later = sets(world, ends_on=date(2027, 1, 9))
    counts_anew(world)
    moved = timers(world, approved)["closing_day"]
    assert moved == datetime(2027, 1, 21, 17, 59, 59, tzinfo=UTC)
    assert [row[2] for row in listed(world, later)] == [moved]
    assert sheets.day_comes().advanced == 0
    assert refused(world, sheets.row().id).code == "journal.sheet.close_too_early"
    world.clock.set(moved)
    assert world.days_pass(1 / 86400).advanced == 1
    assert world.open_elements(approved) == ["close_office"]


def test_moved_after_the_task_opened_it_is_refused_until_the_new_day(world, sheets, approved):
    sheets.day_comes()
    world.session.get_one(Semester, world.school.semester).ends_on = date(2027, 1, 18)
    world.session.commit()
    with pytest.raises(Refused) as raised:
        sheets.closes()
    assert raised.value.code == "journal.sheet.close_too_early"
    assert world.open_elements(approved) == ["close_office"]


# --- never over a lesson inside its own deadline ----------------------------------------------------------


@pytest.fixture
def permitted(world: Any, sheets: Any, approved: Any) -> datetime:
    """On the last day before it the roll of a lesson under the sheet may be entered late; answers until when."""
    world.clock.set(OPENS - timedelta(hours=12))
    case = world.teacher().asks_for_late_entry()
    world.head().approves(case)
    world.directorate().approves(case)
    assert sheets.blockers() == {"permits": 1}
    return world.session.scalar(select(LateEntryPermit.closes_at))


def test_while_a_permission_is_open_the_task_does_not_open(world, sheets, approved, permitted):
    assert sheets.day_comes().advanced == 1
    assert world.open_elements(approved) == [] and list(timers(world, approved)) == ["closing_next_day"]
    error = refused(world, sheets.row().id, reason=WHY, permits=1)
    assert (error.code, error.clause, error.params) == (
        "journal.sheet.permits_run",
        None,
        {"n": 1, "at": permitted},
    )
    world.clock.set(max(timers(world, approved)["closing_next_day"], permitted))
    world.days_pass(1 / 86400)
    assert world.open_elements(approved) == ["close_office"] and sheets.blockers() == {}


def test_what_was_entered_through_it_has_its_three_days_which_nobody_notes_away(
    world, sheets, approved, permitted
):
    act = world.teacher().act()
    world.session.rollback()
    with door.write(act):
        take_roll(act, world.untaken)
    ends = datetime(2027, 1, 22, 17, 59, 59, tzinfo=UTC)
    world.clock.set(OPENS + MINUTE)
    error = refused(world, sheets.row().id, reason=WHY, lessons=1, permits=1)
    assert (error.code, error.params) == ("journal.sheet.lessons_run", {"n": 1, "at": ends})
    assert refused(world, sheets.row().id, ends, WHY, lessons=1).code == "journal.sheet.lessons_run"
    world.clock.set(max(ends, permitted) + timedelta(seconds=1))
    world.session.rollback()
    act = world.office().act()
    with door.write(act):
        close_sheet(act, sheets.row().id)
    assert sheets.row().state == "CLOSED"


# --- what is open is listed, and cleared or noted ---------------------------------------------------------


@pytest.fixture
def open_things(world: Any, sheets: Any) -> dict[str, UUID]:
    """On the day, with its task open, requests about lessons and the result under the sheet begin; their cases."""
    lesson = world.missed(3)
    appeals.commission(world)
    sheets.draws()
    sheets.enters()
    case = sheets.approved()
    sheets.day_comes()
    late = {"late": "Жаңы билдим, ооруканада жаттым."}
    return {
        "sheet": case,
        "corrections": world.teacher().requests_correction(),
        "entries": world.teacher().asks_for_late_entry(),
        "makeups": world.student_actor().pleads(lesson),
        "disputes": world.student_actor().disputes(lesson, **late),
        "appeals": appeals.appeals(world, sheets.result().id, **late),
    }


NOTED = {"appeals": 1, "corrections": 1, "disputes": 1, "entries": 1, "makeups": 1}


def test_what_is_open_is_noted_kind_by_kind_with_a_reason_that_stays(world, sheets, open_things):
    assert sheets.blockers() == NOTED
    with pytest.raises(Invalid) as raised:
        sheets.closes(reason=WHY)
    assert problem(raised.value) == ("blockers", "journal.sheet.not_noted")
    with pytest.raises(Invalid) as raised:
        sheets.closes(noted=NOTED | {"disputes": 2}, reason=WHY)
    assert problem(raised.value) == ("blockers", "journal.sheet.blockers_changed")
    with pytest.raises(Invalid) as raised:
        sheets.closes(noted=NOTED, reason="  ")
    assert problem(raised.value) == ("reason", "journal.sheet.close_reason_needed")
    assert sheets.row().state == "APPROVED"
    sheets.closes(noted=NOTED, reason=WHY)
    row = sheets.row()
    numbers = {kind: world.case(case).number for kind, case in open_things.items()}
    said = {one["kind"]: (one["count"], one["cases"]) for one in row.left_open}
    assert said == {kind: (1, [numbers[kind]]) for kind in NOTED}
    assert (row.state, unseal_text(row.closed_by, row.left_open_reason)) == ("CLOSED", WHY)
    entry = history.load_object_audit_entries(row.id)[-1]
    assert (entry.reason, entry.after["left_open"]) == (WHY, row.left_open)
    told = select(History.words).where(History.case_id == open_things["sheet"], History.decision.is_(None))
    assert world.case(open_things["sheet"]).outcome == "closed"
    assert any(world.session.scalars(told.where(History.element == "close_office"))), (
        "words are in the history"
    )


def test_what_is_settled_blocks_no_longer(world, sheets, open_things):
    world.head().rejects(open_things["corrections"])
    assert sheets.blockers() == {kind: 1 for kind in NOTED if kind != "corrections"}


def test_a_document_about_its_days_blocks_and_one_about_other_days_does_not(world, sheets, approved):
    other = world.school.offering_of_another_course()
    world.school.teaches(world.school.lecturer, offering=other)
    world.missed(9, offering=other)
    world.student_actor().hands_in(world.day(9), note="Ооруканада жаттым")
    assert "excuses" not in sheets.blockers()
    world.student_actor().hands_in(world.day(20), note="Ооруканада жаттым")
    assert sheets.blockers()["excuses"] == 1


def test_what_is_about_another_journal_or_a_later_lesson_does_not_block(world, sheets, approved):
    other = world.school.offering_of_another_course()
    world.school.teaches(world.school.lecturer, offering=other)
    world.clock.advance(days=7)
    world.student_actor().asks_makeup(world.missed(1, offering=other))
    world.student_actor().asks_makeup(world.missed(1))
    assert "makeups" not in sheets.blockers()


def test_a_day_allowed_for_making_up_blocks_until_it_is_over(world, sheets):
    lesson = world.missed(3)
    sheets.draws()
    sheets.enters()
    sheets.approved()
    sheets.day_comes()
    case = world.student_actor().pleads(lesson)
    why = {"reason": "Окуу бөлүмү менен макулдашылды."}
    world.teacher().completes(case, opinion="support", **why)
    world.head().completes(case, decision="approve", **why)
    assert world.directorate().completes(case, decision="approve", **why).outcome == "allowed"
    assert sheets.blockers() == {"makeup_days": 1}
    sheets.closes(noted={"makeup_days": 1}, reason=WHY)
    assert [one["kind"] for one in sheets.row().left_open] == ["makeup_days"]


@pytest.mark.undriven
def test_every_shipped_process_has_its_kind_of_blocker():
    keys = {one.key for one in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms")}
    assert keys == set(PROCESSES)


def test_closing_twice_is_closing_once(world, sheets, approved):
    sheets.day_comes()
    sheets.closes()
    sheet, closed = sheets.row().id, sheets.row().closed_at
    later = world.office().act()
    world.clock.advance(hours=1)
    with door.write(later):
        close_sheet(later, sheet)
    assert sheets.row().closed_at == closed
    facts = [entry.event_type for entry in history.load_object_audit_entries(sheet)]
    assert facts.count("journal.sheet.closed") == 1
