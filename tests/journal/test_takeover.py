"""The takeover of a running semester: the template is the file, a second person confirms, every journal whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.files.store import FileStore
from app.journal.gradebook.cell_state import ATTENDANCE, GRADE, CellState, CoveringSheetState, LessonState
from app.journal.gradebook_views.cell_card import load_cell_card
from app.journal.tables import Cell, GradeSheet, Lesson, Result, Takeover
from app.journal.takeover import commands, queries
from app.journal.takeover.earlier_results import load_earlier_results_of_student
from app.journal.takeover.journal_queries import load_journal_keys
from app.journal.takeover.rules import (
    PaperAct,
    TakeoverDocument,
    document_problems,
    problem_of_taken_cell,
    problem_of_taken_result,
    refusal_to_confirm_takeover,
)
from app.journal.takeover.sheet_template import write_marks_workbook
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Refused, Stale
from app.kernel.ids import new_id
from app.people.models import Membership, RoleGrant
from app.worker import due_work
from tests.exchange.test_structure_workbook import workbook
from tests.journal.school import NOW, School

FIRST, LAST = date(2026, 9, 1), date(2026, 10, 18)
SENT = datetime(2026, 10, 20, 5, 0, tzinfo=UTC)


def document(**more):
    values = {"number": "12", "day": LAST, "signed_by": "Декан", "first": FIRST, "last": LAST}
    return TakeoverDocument(**{**values, **more})


class Act12:
    """A school with two lessons before the takeover, its sender and a second person of the office."""

    def __init__(self, session, settings, app, clock):
        clock.set(SENT)
        self.school, self.session, self.app = School(session, students=3), session, app
        self.lessons = [
            self.school.lesson(NOW - timedelta(days=day), type=type)
            for day, type in ((2, "LECTURE"), (1, "INDEPENDENT_WORK"))
        ]
        self.store = FileStore(settings.data_dir)
        self.sender, self.second, self.dean = (self.hired(*one) for one in self._staff())

    def _staff(self):
        return (("it_admin", None), ("academic_office", None), ("directorate", self.school.institute))

    def hired(self, role, unit):
        person = self.school.person("Кызматкер", role)
        self.school._add(
            RoleGrant(id=new_id(), person_id=person, role=role, unit_id=unit, valid_from=date(2020, 1, 1))
        )
        return self.school.act(person, role, unit, SENT)

    def head(self, *extra):
        """The head of a sheet with a column for every mark of both lessons."""
        one, two = (f"{NOW - timedelta(days=day) + timedelta(hours=6):%d.%m.%Y %H:%M}" for day in (2, 1))
        return [
            ["Тайпа", "ИВТ-2-23", "Код дисциплины", "M1"],
            ["", "", one, one, two, *(about for about, _kind in extra)],
            ["Номери", "Студент", "attendance", "баллы", "балл", *(kind for _about, kind in extra)],
        ]

    def names(self):
        with door.read():
            from app.people import queries as people

            found = people.load_names(self.school.students)
        return [found[one].full for one in self.school.students]

    def sends(self, rows, extra=(), **more):
        made = new_id()
        content = rows if isinstance(rows, bytes) else workbook({"Журнал": [*self.head(*extra), *rows]})
        self.session.rollback()
        with door.write(self.sender):
            commands.send_takeover(
                self.sender, self.store, made, self.school.semester, document(**more), "m.xlsx", content
            )
        self.works()
        return made

    def works(self):
        self.session.rollback()
        due_work.run_due_work(self.app)

    def confirms(self, made, act=None):
        self.session.rollback()
        with door.write(act or self.second):
            commands.confirm_takeover(act or self.second, made)
        self.works()

    def row(self, made):
        self.session.rollback()
        return queries.find_takeover(made)

    def said(self, made):
        return {(one.cell, one.code.rpartition(".")[2]) for one in self.row(made).findings}


@pytest.fixture
def act12(db_session, settings, app, clock):
    return Act12(db_session, settings, app, clock)


def test_marks_are_taken_over_by_an_act_that_a_second_person_confirms_once(act12):
    school, names = act12.school, act12.names()
    rows = [["", names[0], "+", 87.5, 5.0], ["", names[1], "оору", "", 60], ["", names[2], "НБ", "", ""]]
    made = act12.sends(rows)
    row = act12.row(made)
    assert (row.state, row.findings, row.journals, row.cells) == ("CHECKED", (), 1, 6)
    assert row.signed_by == "Декан" and school.cell(act12.lessons[0], school.students[0]) is None
    with pytest.raises(Refused), door.write(act12.sender):
        office = school.act(act12.sender.person, "academic_office", at=SENT)
        commands.confirm_takeover(office, made)
    with pytest.raises(Denied), door.write(act12.sender):
        commands.confirm_takeover(school.act(new_id(), "directorate", new_id(), SENT), made)
    act12.confirms(made, act12.dean)
    assert (act12.row(made).state, act12.row(made).refused) == ("FINISHED", 0)
    cells = [school.cell(act12.lessons[0], one) for one in school.students]
    assert [(one.value, one.reason) for one in cells] == [
        ("PRESENT", None),
        ("ABSENT", "SICK"),
        ("ABSENT", None),
    ]
    assert school.cell(act12.lessons[1], school.students[0], GRADE).value == "5"
    lesson = act12.session.get(Lesson, act12.lessons[0])
    assert (lesson.state, lesson.roll_taken_by) == ("HELD", act12.dean.person), "every student has a mark"
    assert act12.session.get(Lesson, act12.lessons[1]).roll_taken_at is None
    card = load_cell_card(school.teacher_act(SENT), act12.lessons[0], school.students[1])
    assert [(one.event_type, one.value) for one in card.history] == [("journal.mark.taken_over", "SICK")]
    (taken,) = queries.load_takeovers_of_journal(school.offering)
    assert (taken.takeover, taken.number, taken.cells) == (made, "12", 6)
    act12.confirms(made, act12.dean)
    again = act12.sends(rows)
    assert (act12.row(again).state, act12.row(again).journals) == ("CHECKED", 0), "what is there is left"
    with door.read():
        template = write_marks_workbook(load_journal_keys(school.semester), FIRST, LAST, "ru")
    again = act12.sends(template)
    assert (act12.row(again).findings, act12.row(again).journals) == ((), 0), "the template is what there is"


def test_every_wrong_cell_is_named_and_nothing_is_kept(act12):
    school, names = act12.school, act12.names()
    taken = school.lesson(NOW - timedelta(days=3), state="CANCELLED")
    late = school.student(7, since=date(2026, 10, 13))
    rows = [
        ["", names[0], "x", 101, "+"],
        ["", "Эч Ким", "+", "", ""],
        ["", "", "+", "", ""],
        ["", names[1], "", "", ""],
        ["", names[1], "", "", ""],
        [str(late), "", "+", "", ""],
    ]
    cancelled = f"{NOW - timedelta(days=3) + timedelta(hours=6):%d.%m.%Y %H:%M}"
    extra = ((cancelled, "балл"), ("01.09.2026 03:00", "балл"), ("Модуль 3", "итог"), ("", "итого"))
    rows[0] += [50, 50, 5]
    assert act12.said(act12.sends(rows, extra)) == {("H2", "no_module"), ("I3", "no_column_kind")}
    assert act12.said(act12.sends(rows, extra[:2])) == {
        ("C4", "no_status"),
        ("D4", "no_points"),
        ("E4", "no_points"),
        ("B6", "no_student_named"),
        ("G2", "no_lesson"),
        ("B5", "no_student"),
        ("B8", "student_twice"),
        ("C9", "not_enrolled"),
        ("F2", "not_held"),
    }
    assert taken and act12.session.scalar(select(func.count()).select_from(Cell)) == 0
    early = [["", names[0], "+", "", ""]]
    assert act12.said(act12.sends(early, last=date(2026, 10, 11))) == {("C2", "outside_days")}
    assert act12.said(act12.sends(workbook({"a": [["Тайпа", "ЖОК", "Код", "M1"]]}))) == {("C1", "no_course")}
    other = workbook({"a": [["Тайпа", "ЖОК", "Код дисциплины", "M1"]]})
    assert act12.said(act12.sends(other)) == {("D1", "no_journal")}
    assert act12.said(act12.sends(workbook({"a": [["x"]]}))) == {("", "no_journals")}
    with pytest.raises(Stale), door.write(act12.second):
        found = act12.session.scalars(select(Takeover.id)).first()
        commands.confirm_takeover(school.act(act12.second.person, "academic_office", at=SENT), found)


def test_results_of_a_module_close_its_sheet_whole(act12):
    school, names = act12.school, act12.names()
    extra = (("Модуль 1", "итог"),)
    rows = [["", name, "+", "", "", points] for name, points in zip(names, (20, 15.5, 30), strict=True)]
    assert act12.said(act12.sends(rows[:2], extra)) == {("F2", "result_missing")}
    high = [*rows[:2], [*rows[2][:5], 31]]
    assert ("F6", "points_out_of_range") in act12.said(act12.sends(high, extra))
    made = act12.sends(rows, extra)
    assert (act12.row(made).cells, act12.row(made).results) == (3, 3)
    act12.confirms(made)
    sheet = act12.session.scalars(select(GradeSheet)).one()
    assert (sheet.kind, sheet.state, sheet.covers_until) == ("MODULE1", "CLOSED", date(2026, 10, 17))
    found = {one.student_id: one for one in act12.session.scalars(select(Result))}
    assert found[school.students[1]].total == Decimal("15.5")
    assert {one.takeover_id for one in found.values()} == {made}
    assert act12.row(act12.sends(rows, extra)).journals == 0


def test_a_journal_that_somebody_overtook_keeps_nothing_and_a_stopped_act_writes_nothing(act12):
    school, names = act12.school, act12.names()
    rows = [["", name, "+", 50, ""] for name in names]
    made = act12.sends(rows)
    school._add(
        Cell(
            id=new_id(),
            lesson_id=act12.lessons[0],
            student_id=school.students[2],
            kind=GRADE,
            value="70",
            version=1,
            first_entered_at=SENT,
            changed_at=SENT,
        )
    )
    act12.confirms(made)
    row = act12.row(made)
    assert (row.state, row.done, row.refused) == ("FINISHED", 1, 1)
    (journal,) = queries.load_taken_journals(made, 10, 0)
    assert (journal.state, journal.problem) == ("REFUSED", "journal.takeover_file.has_value")
    assert act12.session.scalar(select(func.count()).select_from(Cell)) == 1, "nothing half done"
    made = act12.sends([rows[0]])
    for _twice in range(2):
        with door.write(act12.sender):
            commands.cancel_takeover(act12.sender, made)
    with pytest.raises(Stale), door.write(act12.second):
        commands.confirm_takeover(act12.second, made)
    assert act12.row(made).state == "CANCELLED"


def test_who_sends_what_and_the_boundary_days(act12):
    teacher = act12.school.teacher_act(SENT)
    with pytest.raises(Denied), door.write(teacher):
        commands.send_takeover(
            teacher, act12.store, new_id(), act12.school.semester, document(), "m.xlsx", b"x"
        )
    with pytest.raises(Invalid) as refused:
        act12.sends([], number="", last=date(2026, 10, 21))
    assert set(refused.value.fields) == {"number", "last"}

    def problems(**more):
        found = document_problems(document(**more), FIRST, date(2026, 12, 31), date(2026, 10, 20))
        return set(found.fields) if found else set()

    today = date(2026, 10, 20)
    assert problems(day=today, last=today) == set() and problems(day=date(2026, 10, 21)) == {"document_date"}
    assert problems(first=date(2026, 8, 31)) == {"first"} and problems(last=date(2026, 8, 31)) == {"last"}
    assert problems(number="9" * 100) == set() and problems(signed_by="9" * 101) == {"signed_by"}
    one, two = new_id(), new_id()
    assert refusal_to_confirm_takeover((one, None), (two, None)) is None
    assert refusal_to_confirm_takeover((one, two), (new_id(), two)) is not None


def test_a_cell_is_taken_over_on_the_boundary_and_refused_beside_it():
    at = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
    lesson = LessonState(new_id(), at, at + timedelta(minutes=80), "LECTURE", "PLANNED")

    def said(
        lesson=lesson, kind=GRADE, now=at, first=lesson.day, last=lesson.day, ends=None, state="OPEN", **more
    ):
        cell = CellState(lesson, new_id(), kind, **more)
        return problem_of_taken_cell(cell, first, last, now, ends, state)

    def other(**more):
        from dataclasses import replace

        return replace(lesson, **more)

    day = timedelta(days=1)
    assert said() is None and said(ends=lesson.day) is None
    assert said(first=lesson.day + day) == said(last=lesson.day - day) == "outside_days"
    assert said(now=at - timedelta(minutes=1)) == "not_begun"
    assert said(ends=lesson.day - day) == "journal_ended"
    assert (
        said(state="DRAFT") is None and said(state="SUBMITTED") == said(state="CLOSED") == "journal_submitted"
    )
    assert said(applicable=False) == "not_enrolled" and said(stored="5", version=1) == "has_value"
    assert said(other(type="INDEPENDENT_WORK"), ATTENDANCE) == "no_roll"
    assert said(other(state="MOVED")) == "not_held"
    assert said(other(roll_taken_at=at, roll_taken_by=new_id()), ATTENDANCE) == "has_value"
    assert said(other(sheet=CoveringSheetState("MODULE1", at))) == "sheet_fixed"

    def result(points, **more):
        values = {"belonged": True, "has_result": False, "sheet_begun": False} | more
        return problem_of_taken_result(Decimal(points), 30, **values)

    assert result(0) is None and result(30) is None
    assert result("30.1") == result(-1) == "points_out_of_range"
    assert result(5, belonged=False) == "not_enrolled_in_module"
    assert result(5, has_result=True) == "has_result" and result(5, sheet_begun=True) == "sheet_begun"


def test_former_members_keep_their_marks(act12):
    left = act12.school.student(9, until=date(2026, 10, 13))
    act12.session.rollback()
    assert act12.session.scalar(select(func.count()).select_from(Membership)) == 4
    made = act12.sends([[str(left), "", "+", 40, ""]])
    assert act12.said(made) == set() and act12.row(made).cells == 2


def test_results_of_earlier_semesters_are_shown_once_a_second_person_confirmed_their_act(act12):
    school, names = act12.school, act12.names()
    heads = ["Номери", "Студент", "Окуу жылы", "Семестр", "Дисциплина", "Кредиты", "Баллы", "Оценка"]
    rows = [
        ["", names[0], "2024/2025", 3.0, "Физика", 5, 87.5, "B"],
        [str(school.students[1]), "", "2024-25", 3, "Физика", "", "", "зачтено"],
        ["", names[2], "", "", "", "", "", ""],
    ]

    def sends(*more):
        made = new_id()
        act12.session.rollback()
        with door.write(act12.sender):
            paper = PaperAct("7", LAST, "Декан")
            content = workbook({"Прежние результаты": [heads, *rows, *more]})
            commands.send_earlier_results(act12.sender, act12.store, made, paper, "e.xlsx", content)
        act12.works()
        return made

    def shown(student):
        with door.read():
            found = load_earlier_results_of_student(student)
        return [(one.academic_year, one.semester, one.points, one.grade) for one in found]

    wrong = [
        ["", names[0], "2024/2026", 3, "Химия", "", 5, ""],
        ["", "Эч Ким", "2024/25", 3, "Химия", "", 5, ""],
        ["", names[0], "2027/28", 3, "Химия", "", 5, ""],
        ["", names[0], "2024/25", 15, "Химия", "", 5, ""],
        ["", names[0], "2024/25", 3, "Химия", 0, 5, ""],
        ["", names[0], "2024/25", 3, "Химия", "", 100.1, ""],
        ["", names[0], "2024/25", 3, "Химия", "", "", ""],
        ["", names[0], "2024/25", 3, "физика", "", 5, ""],
        ["", names[0], "2024/25", 3, "", "", 5, ""],
    ]
    assert act12.said(sends(*wrong)) == {
        ("C5", "no_year"),
        ("B6", "no_such_student"),
        ("C7", "year_ahead"),
        ("D8", "no_semester"),
        ("F9", "no_credits"),
        ("G10", "points_over_hundred"),
        ("G11", "no_value"),
        ("E12", "earlier_twice"),
        ("E13", "empty"),
    }
    made, rival = sends(), sends()
    assert (act12.row(made).state, act12.row(made).results) == ("CHECKED", 2) and not shown(
        school.students[0]
    )
    for act, refusal in ((act12.dean, Denied), (school.act(act12.sender.person, "academic_office"), Refused)):
        with pytest.raises(refusal), door.write(act):
            commands.confirm_takeover(act, made)
    act12.confirms(made)
    assert act12.row(made).state == "FINISHED" and act12.row(made).semester is None
    assert shown(school.students[0]) == [("2024/25", 3, Decimal("87.5"), "B")]
    assert shown(school.students[1]) == [("2024/25", 3, None, "зачтено")] and not shown(school.students[2])
    with pytest.raises(Stale) as overtaken, door.write(act12.second):
        commands.confirm_takeover(act12.second, rival)
    assert overtaken.value.code == "journal.takeover.results_overtaken"
    assert (act12.row(sends()).findings, act12.row(sends()).results) == ((), 0), "what is there is left"
    rows[0][6] = 88
    assert act12.said(sends()) == {("G2", "has_earlier_result")}
