"""Disciplines, curricula, journals and their teachers as the academic office keeps them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.journal.courses import curriculum_commands, discipline_commands, journal_commands
from app.journal.courses.structure_queries import find_journal_card, load_journals_page
from app.journal.courses.structure_rules import (
    TeachingDays,
    matching_curriculum_line,
    refusal_to_end_journal,
    refusal_to_set_teaching,
)
from app.journal.tables import Course, CurriculumLine, Lesson, Offering, Semester, Teaching
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Refused, Stale
from app.kernel.ids import new_id
from app.people.models import Programme, StudyGroup
from app.people.row_changes import row_digest

OFFICE = (RoleAssignment("academic_office", None),)


class Office:
    """The academic office, or whoever has these roles, acting on disciplines and journals."""

    def __init__(self, school, clock, roles=OFFICE):
        self.school, self.clock, self.roles = school, clock, roles

    @contextmanager
    def acting(self, reason=""):
        act = Act(None, None, self.clock(), self.roles, reason)
        with door.write(act):
            yield act

    def seen(self, model, id, columns):
        db.session.rollback()
        return row_digest(db.session.get(model, id), columns)

    def adds_discipline(self, code="М-2", department=None, id=None):
        made = id or new_id()
        edit = discipline_commands.CourseEdit(code, {"ky": code}, department or self.school.department)
        with self.acting() as act:
            discipline_commands.add_discipline(act, made, edit)
        return made

    def adds_journal(self, course, *, group=None, credits=None, hours=None, id=None):
        made = id or new_id()
        edit = journal_commands.JournalEdit(
            course, group or self.school.group, self.school.semester, credits, hours or {}
        )
        with self.acting() as act:
            journal_commands.add_journal(act, made, edit)
        return made

    def ends_journal(self, journal, last, reason=""):
        seen = self.seen(Offering, journal, journal_commands.JOURNAL_COLUMNS)
        with self.acting(reason) as act:
            return journal_commands.end_journal(act, journal, seen, last)

    def names_teacher(self, journal, person, first, last=None, part="LECTURER", id=None):
        made = id or new_id()
        with self.acting() as act:
            journal_commands.add_teacher(act, made, journal, TeachingDays(person, part, first, last))
        return made

    def corrects_teacher(self, journal, teaching, part, first, last):
        seen = self.seen(Teaching, teaching, journal_commands.TEACHING_COLUMNS)
        with self.acting() as act:
            return journal_commands.change_teacher(act, journal, teaching, seen, part, first, last)


@pytest.fixture
def office(school, clock):
    return Office(school, clock)


@pytest.fixture
def today(clock):
    return local_day(clock())


def problems(refused):
    return {field: found[0].code for field, found in refused.value.fields.items()}


def test_a_discipline_is_added_once_changed_and_ended_when_nothing_needs_it(office, school, today):
    made = office.adds_discipline()
    office.adds_discipline(id=made)
    with pytest.raises(Invalid) as refused:
        office.adds_discipline("м-2")
    assert problems(refused) == {"code": "people.structure.code_taken"}
    journal = office.adds_journal(made)
    seen = office.seen(Course, made, discipline_commands.COURSE_COLUMNS)
    with pytest.raises(Refused) as used, office.acting() as act:
        discipline_commands.end_discipline(act, made, seen, today)
    assert used.value.params == {"journals": 1, "lines": 0}
    assert office.ends_journal(journal, today)
    with office.acting() as act:
        assert discipline_commands.end_discipline(act, made, seen, today)
    office.clock.advance(days=1)
    with pytest.raises(Invalid) as ended:
        office.adds_journal(made)
    assert problems(ended) == {"course": "journal.course.ended"}


@pytest.mark.clause("3.1")
def test_a_head_keeps_the_disciplines_and_journals_of_the_department_and_no_others(office, school, clock):
    head = Office(school, clock, (RoleAssignment("department_head", school.department),))
    made = head.adds_discipline("Б-1")
    assert head.adds_journal(made)
    for roles in (
        (RoleAssignment("department_head", school.other_department),),
        (RoleAssignment("teacher", None),),
        (RoleAssignment("directorate", new_id()),),
    ):
        with pytest.raises(Denied):
            Office(school, clock, roles).adds_discipline("Б-2")
    stranger = Office(school, clock, (RoleAssignment("department_head", new_id()),))
    with pytest.raises(Denied):
        stranger.names_teacher(school.offering, school.lecturer, date(2026, 9, 1))


def test_a_journal_is_there_once_for_a_discipline_a_group_and_a_semester(office, school, today):
    made = office.adds_discipline()
    journal = office.adds_journal(made, credits=Decimal(4), hours={"LECTURE": 30, "LAB": 0})
    office.adds_journal(made, credits=Decimal(4), hours={"LECTURE": 30, "LAB": 0}, id=journal)
    card = find_journal_card(journal)
    assert card is not None and (card.hours, card.planned_hours) == ({"LECTURE": 30}, 30)
    with pytest.raises(Invalid) as refused:
        office.adds_journal(made)
    assert problems(refused) == {"course": "journal.structure.journal_exists"}
    with pytest.raises(Invalid) as refused:
        office.adds_journal(made, credits=Decimal(61), hours={"LECTURE": 1001})
    assert set(problems(refused)) == {"credits", "hours-LECTURE"}
    assert office.ends_journal(journal, today - timedelta(days=1))
    again = office.adds_journal(made)
    shown = [one.id for one in load_journals_page(None, text="М-2")]
    assert set(shown) == {journal, again}
    first = load_journals_page(None, text="М-2", most=1)[0]
    rest = load_journals_page(None, text="М-2", after=(first.code, first.group, first.id))
    assert [one.id for one in rest] == [id for id in shown if id != first.id]
    assert load_journals_page(frozenset()) == []


def test_a_journal_without_hours_takes_those_of_the_curriculum(office, school, today):
    made, programme, line = office.adds_discipline(), new_id(), new_id()
    school.session.add(Programme(id=programme, code="1", names={"ky": "П"}, unit_id=school.institute))
    school.session.get(StudyGroup, school.group).programme_id = programme
    school.session.commit()
    edit = curriculum_commands.LineEdit(made, 3, Decimal(5), {"LECTURE": 30, "LAB": 15}, "EXAM")
    with office.acting() as act:
        curriculum_commands.add_curriculum_line(act, line, programme, edit)
        curriculum_commands.add_curriculum_line(act, line, programme, edit)
    with pytest.raises(Invalid) as refused, office.acting() as act:
        curriculum_commands.add_curriculum_line(act, new_id(), programme, edit)
    assert problems(refused) == {"course": "journal.curriculum.line_exists"}
    with pytest.raises(Invalid) as refused, office.acting() as act:
        wrong = curriculum_commands.LineEdit(new_id(), 15, Decimal(0), {"LECTURE": -1}, "ORAL")
        curriculum_commands.add_curriculum_line(act, new_id(), programme, wrong)
    assert set(problems(refused)) == {"course", "semester", "credits", "hours-LECTURE", "control"}
    card = find_journal_card(office.adds_journal(made))
    assert card is not None and card.hours == {"LECTURE": 30, "LAB": 15} and card.credits == 5
    seen = office.seen(CurriculumLine, line, curriculum_commands.LINE_COLUMNS)
    changed = curriculum_commands.LineEdit(made, 4, Decimal(5), {"LECTURE": 30}, "CREDIT")
    with office.acting() as act:
        assert curriculum_commands.change_curriculum_line(act, programme, line, seen, changed)
    with pytest.raises(Stale), office.acting() as act:
        curriculum_commands.change_curriculum_line(act, programme, line, seen, edit)
    seen = office.seen(CurriculumLine, line, curriculum_commands.LINE_COLUMNS)
    with office.acting() as act:
        assert curriculum_commands.end_curriculum_line(act, programme, line, seen, today)


def test_a_teacher_is_named_corrected_and_never_twice_for_one_part(office, school, today):
    journal = office.adds_journal(office.adds_discipline())
    semester = db.session.get(Semester, school.semester)
    first, last = semester.starts_on, semester.ends_on
    made = office.names_teacher(journal, school.lecturer, first)
    office.names_teacher(journal, school.lecturer, first, id=made)
    assert office.names_teacher(journal, school.lecturer, first, part="LAB")
    for person, part, since, until, field in (
        (school.lecturer, "LECTURER", last, None, "teacher"),
        (school.lecturer, "PRACTICE", last + timedelta(days=1), None, "from"),
        (school.lecturer, "PRACTICE", first, first - timedelta(days=1), "until"),
        (school.lecturer, "SUBSTITUTE", first, None, "part"),
        (new_id(), "PRACTICE", first, None, "teacher"),
    ):
        with pytest.raises(Invalid) as refused:
            office.names_teacher(journal, person, since, until, part)
        assert set(problems(refused)) == {field}
    assert office.corrects_teacher(journal, made, "PRACTICE", first, today)
    assert office.names_teacher(journal, school.lecturer, today + timedelta(days=1), part="PRACTICE")
    with pytest.raises(Refused), office.acting() as act:
        journal_commands.remove_teacher(act, journal, made)
    soon = office.names_teacher(journal, school.lecturer, today, part="LECTURER")
    with office.acting() as act:
        journal_commands.remove_teacher(act, journal, soon)
    assert db.session.get(Teaching, soon) is None


def test_a_journal_with_rolls_ends_only_with_a_reason_and_its_teachers_with_it(office, school, clock, today):
    school.lesson(roll_taken_at=clock() - timedelta(hours=1), roll_taken_by=school.lecturer, state="HELD")
    later = school.lesson(clock() + timedelta(days=2))
    with pytest.raises(Refused) as refused:
        office.ends_journal(school.offering, today, "Топ жоюлду")
    assert refused.value.params["lessons"] == 1
    school.session.get(Lesson, later).state = "CANCELLED"
    school.session.commit()
    with pytest.raises(Invalid) as missing:
        office.ends_journal(school.offering, today)
    assert problems(missing) == {"reason": "journal.structure.marks_stay"}
    assert office.ends_journal(school.offering, today, "Топ жоюлду")
    card = find_journal_card(school.offering)
    assert card is not None and [one.ends_on for one in card.teachers] == [today]
    with pytest.raises(Invalid) as ended:
        office.names_teacher(school.offering, school.lecturer, today + timedelta(days=1))
    assert problems(ended) == {"from": "journal.structure.after_end"}
    assert office.ends_journal(school.offering, None), "it goes on"


def test_the_end_of_a_journal_is_refused_by_lessons_first_then_for_want_of_a_reason():
    last = date(2026, 10, 14)
    assert refusal_to_end_journal(None, 3, 3, 3, "") is None
    assert refusal_to_end_journal(last, 0, 0, 0, "") is None
    assert isinstance(refusal_to_end_journal(last, 0, 0, 1, "мындан"), Refused)
    for marks, rolls in ((1, 0), (0, 1)):
        assert isinstance(refusal_to_end_journal(last, marks, rolls, 0, " "), Invalid)
        assert refusal_to_end_journal(last, marks, rolls, 0, "Топ жоюлду") is None


def test_a_curriculum_line_fits_when_it_is_the_only_one_of_the_year():
    first, third = new_id(), new_id()
    assert matching_curriculum_line([(first, 1), (third, 3)], 2) == third
    assert matching_curriculum_line([(first, 1), (third, 2)], 1) is None
    assert matching_curriculum_line([(first, 1)], None) == first
    assert matching_curriculum_line([], 1) is None


def test_two_parts_of_one_person_may_touch_but_not_overlap():
    day, semester = date(2026, 10, 14), (date(2026, 9, 1), date(2026, 12, 31))
    person = new_id()
    before = TeachingDays(person, "LAB", date(2026, 9, 1), day)
    after = TeachingDays(person, "LAB", day + timedelta(days=1), None)
    assert refusal_to_set_teaching(after, [before], semester, None) is None
    overlap = refusal_to_set_teaching(TeachingDays(person, "LAB", day, None), [before], semester, None)
    assert overlap is not None and set(overlap.fields) == {"teacher"}
    assert refusal_to_set_teaching(TeachingDays(person, "LAB", day, None), [], semester, day) is None
