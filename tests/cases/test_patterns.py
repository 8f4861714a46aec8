"""The patterns of an auditor: what each counts, its boundary, and what it leaves out (1.4.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.cases.patterns import finding_queries as patterns
from app.cases.patterns.finding_queries import PATTERNS, PatternPeriod
from app.cases.patterns.thresholds import LEAST_DOCUMENTS_OF_ISSUER
from app.journal.excuses.issuer_marks import mark_issuers_of_earlier_excuses
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.tables import GradingScheme
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.people.models import RoleGrant
from tests.scenarios.world import Actor, World
from tests.support.query_counter import statements

pytestmark = pytest.mark.clause("1.4.4")
TEACHER = (RoleAssignment("teacher"),)


def period(world: World, units: Any = None) -> PatternPeriod:
    world.session.rollback()
    return PatternPeriod(world.clock() - timedelta(days=60), world.clock() + timedelta(days=1), units)


def totals(world: World, units: Any = None) -> dict[str, int]:
    """The patterns that have findings."""
    found = patterns.count_findings(period(world, units))
    assert all(sum(one.parts) == one.total for one in found.values())
    return {name: one.total for name, one in found.items() if one.total}


def page(world: World, pattern: str, **more: Any) -> list[patterns.Finding]:
    return patterns.load_findings_page(pattern, period(world), **more)[0]


def graded(world: World, value: str, days_ago: int = 20, at: datetime | None = None) -> UUID:
    """A lesson with a grade of the world's student, entered two hours after it or at this moment."""
    lesson = world.school.lesson((at or world.clock() - timedelta(days=days_ago)) - timedelta(hours=2))
    entered = at or world.clock() - timedelta(days=days_ago)
    world.session.rollback()
    with door.write(world.school.teacher_act(entered)):
        record_mark(world.school.teacher_act(entered), CellEdit(lesson, world.student, "GRADE", value, 0))
    return lesson


def corrects(world: World, lesson: UUID, version: int, new: str, seconds: tuple[float, ...] = ()) -> UUID:
    """Ask for another grade; every step approves, after so many seconds or after an hour."""
    edit = world.edit(new, lesson=str(lesson), kind="GRADE", version=version)
    case = world.teacher().requests_correction(edit)
    for place, actor in enumerate((world.head(), world.directorate(), world.office(), world.it())):
        world.clock.advance(seconds=seconds[place] if place < len(seconds) else 3600)
        actor.approves(case)
    assert world.case(case).outcome == "applied"
    return case


def passing(world: World) -> int:
    """The passing points of the newest scheme, by which a journal without a syllabus is read."""
    newest = select(GradingScheme.definition).order_by(
        GradingScheme.effective_from.desc(), GradingScheme.version.desc()
    )
    return int(world.session.scalars(newest).first()["pass"])


def test_a_grade_corrected_twice_over_the_passing_points_and_quickly(world):
    bound = passing(world)
    first, other = graded(world, str(bound - 1)), graded(world, str(bound), days_ago=21)
    assert totals(world) == {}
    with statements() as empty:
        patterns.count_findings(period(world))
    # 29 seconds are quick, 30 are not.
    case = corrects(world, first, 1, str(bound), seconds=(29, 30))
    again = corrects(world, first, 2, str(bound + 9))
    corrects(world, other, 1, str(bound + 1))
    found = {
        "after_deadline": 3,
        "corrections": 3,
        "corrected_again": 1,
        "over_threshold": 1,
        "quick_approvals": 1,
    }
    with statements() as full:
        assert patterns.count_findings(period(world))["corrections"].total == 3
    assert totals(world) == found and len(full) == len(empty)
    assert totals(world, (world.school.department,)) == found
    assert totals(world, (world.school.other_department,)) == {}
    (quick,) = page(world, "quick_approvals")
    assert (quick.case_id, quick.amount, quick.person) == (case, 29, world.people["department_head"])
    (twice,) = page(world, "corrected_again")
    assert (twice.case_id, twice.amount) == (again, 2)
    assert (twice.old, twice.new) == (str(bound - 1), str(bound + 9))
    (moved,) = page(world, "over_threshold")
    assert (moved.case_id, moved.old, moved.new, moved.amount) == (case, str(bound - 1), str(bound), bound)
    teacher = str(world.school.lecturer)
    (group,) = patterns.load_finding_groups("corrections", period(world), "person")
    assert (group.value, group.count) == (teacher, 3)
    assert (
        group.entries == patterns.count_entries(period(world))[""] == 3
    )  # two grades, and the world's absence
    assert len(page(world, "corrections", grouping="person", value=teacher)) == 3
    assert page(world, "corrections", grouping="person", value=str(world.student)) == []


def test_pages_of_findings_are_by_key(world, monkeypatch):
    monkeypatch.setattr(patterns, "FINDINGS_PER_PAGE", 2)
    for days_ago in (20, 21, 22):
        corrects(world, graded(world, "70", days_ago), 1, "71")
    first, key = patterns.load_findings_page("corrections", period(world))
    rest, end = patterns.load_findings_page("corrections", period(world), after=key)
    assert len({one.id for one in (*first, *rest)}) == 3 and end == ""
    assert [one.at for one in (*first, *rest)] == sorted((one.at for one in (*first, *rest)), reverse=True)


def test_the_night_begins_at_eleven_and_ends_at_five(world):
    day = local_day(world.clock()) - timedelta(days=3)

    def moment(hour: int, minute: int, second: int = 0) -> datetime:
        return datetime(
            day.year, day.month, day.day, hour, minute, second, tzinfo=UNIVERSITY_ZONE
        ).astimezone(UTC)

    graded(world, "70", at=moment(22, 59, 59))
    late = graded(world, "71", at=moment(23, 0))
    early = graded(world, "72", at=moment(4, 59, 59))
    morning = graded(world, "73", at=moment(5, 0))
    assert {one.lesson for one in page(world, "at_night")} == {late, early}
    # A change of the teacher at night counts, attendance and a correction by a case do not.
    again = CellEdit(morning, world.student, "GRADE", "74", 1, "Жаңылыштык кеткен эле.")
    attendance = CellEdit(morning, world.school.students[1], "ATTENDANCE", "ABSENT", 0)
    at_night = world.school.teacher_act(moment(23, 30))
    world.session.rollback()
    with door.write(at_night):
        record_mark(at_night, again)
        record_mark(at_night, attendance)
    assert {one.lesson for one in page(world, "at_night")} == {late, early, morning}
    assert totals(world)["at_night"] == 3


def test_substitutes_deputies_and_who_left_the_day_after(world):
    head, deputy = world.people["department_head"], world.people["department_head_deputy"]
    substitute = world.hires("teacher", world.school.department, name="Ордуна")
    day = local_day(world.clock())
    world.stands_in(head, substitute, day, day)
    asked = world.teacher().requests_correction()
    world.clock.advance(hours=1)
    roles = (RoleAssignment("department_head", world.school.department),)
    Actor(world, substitute, roles, behalf=head).approves(asked)
    assert totals(world) == {"deputies": 1}
    (found,) = page(world, "deputies")
    assert (found.what, found.person, found.other) == ("substitute", substitute, head)
    # The step comes to the deputy when the head is late.
    late = world.teacher().requests_correction()
    world.days_pass(9)
    world.actor("department_head", deputy).approves(late)
    assert [one.what for one in page(world, "deputies")] == ["deputy", "substitute"]
    # Approvals two days before the last day are not of somebody who left the day after.
    (grant,) = world.session.scalars(select(RoleGrant).where(RoleGrant.person_id == deputy))
    last = local_day(world.clock())
    for days, count in ((2, 0), (1, 1), (0, 1), (-1, 0)):
        grant.valid_until = last + timedelta(days=days)
        world.session.commit()
        assert len(page(world, "left_next_day")) == count, days
    grant.valid_until = None
    world.session.commit()


def test_two_persons_approve_each_other_only_when_both_do(world):
    head, deputy = world.people["department_head"], world.people["department_head_deputy"]
    for person in (head, deputy):
        world._grant(person, "teacher", world.school.department)
        world.school.teaches(person)

    def asks(person: UUID, days_ago: int) -> UUID:
        lesson = world.school.lesson(world.clock() - timedelta(days=days_ago))
        world._marked_absent_at(lesson, world.school.teacher_act)
        edit = world.edit(lesson=str(lesson), version=1)
        return Actor(world, person, TEACHER).requests_correction(edit)

    of_deputy = asks(deputy, 21)
    world.clock.advance(hours=1)
    world.head().approves(of_deputy)
    assert "each_other" not in totals(world)
    of_head = asks(head, 23)
    world.clock.advance(hours=1)
    world.actor("department_head", deputy).approves(of_head)
    assert totals(world)["each_other"] == 2
    (pair,) = patterns.load_finding_groups("each_other", period(world), "mark")
    assert pair.count == 2 and {pair.person, pair.other} == {head, deputy}


def test_documents_of_one_number_and_of_one_issuer(world, database):
    students = world.school.students[:LEAST_DOCUMENTS_OF_ISSUER]
    day = world.day(1)

    def hands_in(student: UUID, number: str, issuer: str = "Ош шаардык ооруканасы") -> None:
        lesson = world.school.lesson(world.clock() - timedelta(days=1, minutes=len(number)))
        then = world.school.teacher_act(world.clock() - timedelta(hours=22))
        world.session.rollback()
        with door.write(then):
            record_mark(then, CellEdit(lesson, student, "ATTENDANCE", "ABSENT", 0))
        world.student_actor(student).hands_in(day, document_number=number, issuer=issuer)

    for place, student in enumerate(students[:-1]):
        hands_in(student, f"М-{place}")
    assert totals(world) == {}
    hands_in(students[-1], "м - 0", "ОШ ШААРДЫК ООРУКАНАСЫ")
    assert totals(world) == {"same_document": 2, "same_issuer": LEAST_DOCUMENTS_OF_ISSUER}
    assert all(one.case_id for one in page(world, "same_document"))
    (issuer,) = patterns.load_finding_groups("same_issuer", period(world), "mark")
    assert issuer.count == LEAST_DOCUMENTS_OF_ISSUER
    assert "ооруканасы" not in str(page(world, "same_issuer"))
    # Documents from before marks were kept are marked by the worker, each once.
    act = Act.by_system(world.clock())
    world.session.rollback()
    with door.write(act):
        assert mark_issuers_of_earlier_excuses(act, 10) == 0
    rows = "ALTER TABLE journal.excuse_issuer {} TRIGGER journal_excuse_issuer_rows"
    world.session.rollback()
    with database.connect() as owner:
        owner.execute(rows.format("DISABLE"))
        owner.execute("DELETE FROM journal.excuse_issuer")
        owner.execute(rows.format("ENABLE ALWAYS"))
    assert "same_issuer" not in totals(world)
    world.session.rollback()
    with door.write(act):
        assert mark_issuers_of_earlier_excuses(act, 2) == 2
        assert mark_issuers_of_earlier_excuses(act, 10) == LEAST_DOCUMENTS_OF_ISSUER - 2
    assert totals(world)["same_issuer"] == LEAST_DOCUMENTS_OF_ISSUER
    assert (
        world.session.scalar(text("SELECT count(*) FROM audit.record WHERE event_type LIKE '%issuer_marked'"))
        == 5
    )


def test_every_pattern_answers_an_empty_period(world):
    nothing = PatternPeriod(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC), ())
    assert {one.total for one in patterns.count_findings(nothing).values()} == {0}
    for name, query in PATTERNS.items():
        assert patterns.load_findings_page(name, nothing) == ([], "")
        assert all(patterns.load_finding_groups(name, nothing, one) == [] for one in query.groupings)
