"""The timetable as a spreadsheet: what is read, what is said about hostile and mistaken files, what is added."""

from __future__ import annotations

import io
import zipfile
from datetime import date, time

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app.diagrams import versions
from app.journal.tables import LessonPattern, Offering, Teaching
from app.journal.timetable.queries import find_timetabled_journal, load_patterns_of_journals
from app.journal.timetable.sheet_commands import execute_timetable_import, store_timetable_plan
from app.journal.timetable.sheet_reading import read_timetable_workbook
from app.journal.timetable.sheet_template import write_timetable_workbook
from app.kernel import door
from app.kernel.errors import Missing, Stale
from app.kernel.ids import new_id
from app.kernel.workbook_reading import column_letters
from app.people.models import Person, StudyGroup
from tests.journal.timetable import Timetable
from tests.scenarios.world import World

HEAD = ["Тайпа", "Discipline code", "День недели", "Недели", "Период", "Пара", "Вид занятия", "Аудитория"]
ROW = ["ИВТ-2-23", "M1", "понедельник", "нечетная", "", 1.0, "Лекция", 204.0]


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def table(world):
    made = Timetable(world)
    made.rings()
    return made


def workbook(*rows, name="Расписание", head=HEAD, merge=None):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet(name)
        day, at = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "hh:mm"})
        for number, row in enumerate([head, *rows]):
            for place, value in enumerate(row):
                if isinstance(value, (date, time)):
                    sheet.write_datetime(number, place, value, day if isinstance(value, date) else at)
                else:
                    sheet.write(number, place, value)
        if merge:
            sheet.merge_range(merge, "x")
    return content.getvalue()


def said(findings):
    return [(one.cell, one.code.split(".")[-1]) for one in findings]


def sends(world, content, *, actor=None, id=None):
    act = (actor or world.office()).act()
    world.session.rollback()
    with door.write(act):
        return store_timetable_plan(act, id or new_id(), world.school.semester, content)


def executes(world, id, actor=None):
    act = (actor or world.office()).act()
    world.session.rollback()
    with door.write(act):
        return execute_timetable_import(act, id)


def count(world):
    world.session.rollback()
    return world.session.scalar(select(func.count()).select_from(LessonPattern))


def bomb():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"x")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (61 * 2**20))
    return content.getvalue()


def broken():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("xl/workbook.xml", b"<workbook")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("", "no_workbook")]),
        (b"PK\x03\x04 and nothing more", [("", "no_workbook")]),
        (bomb(), [("", "too_many_bytes")]),
        (broken(), [("", "unreadable")]),
        (workbook(ROW, name="Sheet1"), [("", "no_sheet")]),
        (workbook(ROW, merge="A3:B4"), [("A3:B4", "merged")]),
        (workbook(ROW, head=["Группа", "Пара"]), [("1", "no_column")] * 3),
        (workbook(ROW, head=[*HEAD, "Group"]), [("I1", "column_twice")]),
    ],
)
def test_a_file_that_is_no_timetable_is_refused_with_its_place(content, expected):
    assert said(read_timetable_workbook(content).findings) == expected


def test_values_are_read_as_people_write_them_and_others_are_named_by_cell():
    head = ["Group", "Discipline code", "Weekday", "Type of lesson", "Period", "First day", "Begins"]
    read = read_timetable_workbook(
        workbook(
            [" ИВТ-2-23 ", "M1", "Monday", "lecture", "5", date(2026, 10, 19), time(8, 30)],
            ["", "", "", "", "", "", ""],
            ["A", "M1", 5.0, "ЛЕКЦИЯ", 5.0, "19.10.2026", "8.30"],
            ["A", 7.0, "вс", "x", 5.5, "31.02.2026", "25:00"],
            name="жүгүртмө",
            head=head,
        )
    )
    first, second = (row.values for row in read.sheets[0].rows[:2])
    assert (first["group"], first["weekday"], first["period"], first["from"], first["starts_at"]) == (
        "ИВТ-2-23",
        1,
        5,
        date(2026, 10, 19),
        time(8, 30),
    )
    assert (second["weekday"], second["type"], second["from"], second["starts_at"]) == (
        5,
        "LECTURE",
        date(2026, 10, 19),
        time(8, 30),
    )
    assert said(read.findings) == [
        ("C5", "no_weekday"),
        ("D5", "no_type"),
        ("E5", "no_whole_number"),
        ("F5", "no_day"),
        ("G5", "no_time"),
    ]
    assert read.sheets[0].rows[2].values["course"] == "7" and column_letters(27) == "AB"


def test_a_plan_is_shown_then_executed_once_and_the_same_file_again_changes_nothing(world, table):
    content, id = workbook(ROW, [*ROW[:2], "среда", *ROW[3:]]), new_id()
    plan = sends(world, content, id=id)
    assert (len(plan.new), plan.unchanged, plan.findings) == (2, 0, ()) and count(world) == 0
    with pytest.raises(Missing):
        executes(world, id, world.directorate())
    assert executes(world, id) == executes(world, id) == 2 and count(world) == 2
    row = load_patterns_of_journals([table.offering])[0]
    assert (row.period, row.lesson.weeks, row.lesson.room, row.lesson.hours) == (1, "ODD", "204", 2)
    assert row.lesson.last == date(2026, 12, 13), "the day before the session"
    again = sends(world, content)
    assert (len(again.new), again.unchanged) == (0, 2)
    journal = find_timetabled_journal(table.offering)
    template = write_timetable_workbook(
        [(journal, ["Осмонова"])], load_patterns_of_journals([table.offering]), "ky"
    )
    assert sends(world, template).unchanged == 2, "the template is the timetable"


def test_with_one_finding_nothing_is_planned(world, table):
    table.puts(weekday=5)
    group = world.session.get(StudyGroup, world.school.group).name
    head = [*HEAD, "Начало", "Конец", "Преподаватель", "Первый день", "Последний день"]

    def row(weekday, *, period=1.0, room="301", code="M1", starts="", ends="", teacher="", first="", last=""):
        return [group, code, weekday, "", "", period, "лекция", room, starts, ends, teacher, first, last]

    plan = sends(
        world,
        workbook(
            row("вторник", code="F9"),
            row("вторник", period=9.0),
            row("вторник", starts=time(8)),
            row("вторник", period=""),
            row("вторник", teacher="Бакиров А."),
            row("воскресенье"),
            row("вторник", last=date(2027, 1, 5)),
            row("вторник", room="1"),
            row("вторник", room="1"),
            head=head,
        ),
    )
    assert plan.new == () and said(plan.findings) == [
        ("B2", "no_journal"),
        ("F3", "no_period"),
        ("F4", "period_and_times"),
        ("F5", "no_period_or_times"),
        ("K6", "no_teacher"),
        ("C7", "no_lesson_day"),
        ("M8", "outside"),
        ("A10", "row_twice"),
    ]
    busy = sends(world, workbook(row("вторник"), row("вторник", room="302"), row("пятница"), head=head))
    assert said(busy.findings) == [
        ("C3", "group_in_row"),
        ("K3", "teacher_in_row"),
        ("C4", "group_stored"),
        ("K4", "teacher_stored"),
    ]
    assert sends(world, workbook(head=head)).findings[0].code.endswith("no_rows")


def test_two_groups_are_a_stream_when_the_file_says_so(world, table):
    other = table.other_journal()
    world.session.get(StudyGroup, find_timetabled_journal(other).group).name = "ИВТ-3-23"
    world.session.commit()
    # The other group belongs to a semester of its own: both are journals of the world's semester here.
    world.session.get(Offering, other).semester_id = world.school.semester
    world.session.commit()
    part = world.session.scalars(
        select(Teaching).where(Teaching.offering_id == other, Teaching.part == "LECTURER")
    )
    world.session.get(Person, part.one().person_id).family_name = "Башка"
    world.session.commit()
    head, second = [*HEAD, "Поток"], ["ИВТ-3-23", *ROW[1:]]
    head.append("Преподаватель")
    apart = workbook([*ROW, "", ""], [*second, "", "Осмонова Айгүл"], head=head)
    assert {code for _cell, code in said(sends(world, apart).findings)} == {"teacher_in_row", "room_in_row"}
    id = new_id()
    plan = sends(world, workbook([*ROW, "А", ""], [*second, "а", "Осмонова Айгүл"], head=head), id=id)
    assert plan.findings == () and executes(world, id) == 2
    world.session.rollback()
    assert len(set(world.session.scalars(select(LessonPattern.stream_id)))) == 1


@pytest.mark.clause("3.1")
def test_a_directorate_imports_for_its_institute_and_a_plan_overtaken_is_refused_whole(world, table):
    foreign = table.other_journal()
    world.session.get(StudyGroup, find_timetabled_journal(foreign).group).name = "ИВТ-3-23"
    world.session.get(Offering, foreign).semester_id = world.school.semester
    world.session.commit()
    content = workbook(["ИВТ-3-23", *ROW[1:]])
    refused = sends(world, content, actor=world.directorate())
    assert said(refused.findings) == [("A2", "not_yours")]
    id = new_id()
    sends(world, workbook(ROW, [*ROW[:2], "среда", *ROW[3:]]), actor=world.directorate(), id=id)
    table.puts(weekday=3, room="105")
    with pytest.raises(Stale) as stale:
        executes(world, id, world.directorate())
    assert stale.value.code == "journal.timetable_file.changed_meanwhile" and count(world) == 1
