"""A workbook of the structure: checked by cell, previewed as it is executed, all or nothing; a repeat changes none."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter

from app.exchange import structure_commands as commands
from app.exchange.structure_plan import plan_structure_import
from app.exchange.structure_reading import MAX_ROWS, read_structure_workbook
from app.exchange.structure_template import write_structure_workbook
from app.exchange.structure_words import COLUMNS, REQUIRED, SHEETS
from app.journal.courses.structure_queries import find_journal_card, load_journals_page
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.kernel.ids import new_id
from app.people.models import StudyGroup, Unit
from tests.journal.school import School

OFFICE = (RoleAssignment("academic_office", None),)


@pytest.fixture
def school(db_session):
    return School(db_session)


@pytest.fixture
def act(school, clock):
    return Act(school.lecturer, None, clock(), OFFICE)


def workbook(sheets, *, merged=False):
    """Sheets by name, each a list of rows."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, place, value, day)
                    else:
                        sheet.write(number, place, value)
            if merged:
                sheet.merge_range(3, 0, 3, 1, "x")
    return content.getvalue()


def moving_in():
    """The structure of a new institute, its department in the row before it."""
    return workbook(
        {
            "Түзүмдөр": [
                ["Коду", "Аталышы кыргызча", "Түрү", "Курамында (коду)", "Эскертүү"],
                ["ЖК", "Жаңы кафедра", "кафедра", "ЖИ", "бул тилке окулбайт"],
                ["ЖИ", "Жаңы институт", "Институт", "U"],
            ],
            "Программы": [["Код", "Название на кыргызском", "Код института"], [710100, "ИВТ", "ЖИ"]],
            "Groups": [
                ["Group", "Institute code", "Programme code", "Year of study", "Curator", "Curator from"],
                ["ЖИ-1-26", "ЖИ", "710100", 1.0, "Осмонова Айгүл", "14.10.2026"],
            ],
            "Disciplines": [["Code", "Name in Kyrgyz", "Department code"], ["Л-1", "Логика", "ЖК"]],
            "Curriculum": [
                ["Programme code", "Discipline code", "Semester of study", "Form of control", "Credits"],
                [710100, "Л-1", 1, "exam", "4,5"],
            ],
            "Journals": [
                ["Discipline code", "Group", "Semester", "Lectures, hours", "Teacher", "Part", "First day"],
                [
                    "Л-1",
                    "жи-1-26",
                    "Күзгү семестр, 2026/27",
                    30,
                    "Осмонова Айгүл",
                    "lecture",
                    date(2026, 9, 7),
                ],
                ["Л-1", "ЖИ-1-26", "Күзгү семестр, 2026/27", "", "осмонова айгүл", "laboratory", ""],
            ],
        }
    )


def imports(act, content):
    checked = commands.check_structure_workbook(act, content)
    assert checked.findings == ()
    made = new_id()
    with door.write(act):
        commands.store_structure_plan(act, made, checked.plan)
    with door.write(act):
        commands.execute_structure_import(act, made)
    return made, checked.plan


def problems(act, sheets):
    """Cell and last word of the code of every finding."""
    findings = commands.check_structure_workbook(act, workbook(sheets)).findings
    return {(one.cell, one.code.split(".")[-1]) for one in findings}


def test_a_workbook_in_three_languages_makes_the_structure_and_again_changes_nothing(act, school):
    made, plan = imports(act, moving_in())
    assert {kind: counts["new"] for kind, counts in plan.counts.items()} == {
        "units": 2,
        "programmes": 1,
        "groups": 1,
        "disciplines": 1,
        "curriculum": 1,
        "journals": 1,
    }
    (listed,) = load_journals_page(None, text="Л-1")
    card = find_journal_card(listed.id)
    assert card is not None and card.hours == {"LECTURE": 30}
    assert {(one.part, one.starts_on) for one in card.teachers} == {
        ("LECTURER", date(2026, 9, 7)),
        ("LAB", date(2026, 9, 1)),
    }
    group = db.session.query(StudyGroup).filter_by(name="ЖИ-1-26").one()
    assert group.curator_id == school.lecturer and group.year_of_study == 1
    with door.write(act):
        assert commands.execute_structure_import(act, made) == len(plan.steps), "a repeat has no effect"
    _again, plan = imports(act, moving_in())
    assert plan.steps == [] and plan.counts["units"] == {"new": 0, "changed": 0, "same": 2}


def test_what_is_downloaded_is_read_back_unchanged_in_every_language(act, school, clock):
    imports(act, moving_in())
    for locale in ("ky", "ru", "en"):
        book = read_structure_workbook(write_structure_workbook(locale, local_day(clock())))
        plan = plan_structure_import(book, local_day(clock()))
        assert book.findings == [] and plan.steps == []
        assert plan.counts["journals"]["same"] >= 2 and plan.counts["groups"]["same"] == 2
    assert set(COLUMNS) == set(SHEETS) == set(REQUIRED)


def test_a_change_is_one_step_and_an_empty_cell_leaves_what_is_stored(act, school):
    imports(act, moving_in())
    units = [["Code", "Name in Kyrgyz", "Name in Russian", "Kind"]]
    units += [["ЖИ", "Жаңы институт", "Новый", "institute"]]
    _made, plan = imports(act, workbook({"Units": units}))
    assert [step.do for step in plan.steps] == ["unit.change"]
    unit = db.session.query(Unit).filter_by(code="ЖИ").one()
    assert unit.names == {"ky": "Жаңы институт", "ru": "Новый"} and unit.parent_id == school.university
    groups = [["Group", "Institute code", "Curator"], ["ИВТ-2-23", "IT", "Осмонова Айгүл"]]
    _made, plan = imports(act, workbook({"Groups": groups}))
    assert plan.counts["groups"] == {"new": 0, "changed": 1, "same": 0}


def test_every_wrong_cell_is_named_and_nothing_is_written(act, school):
    groups = [
        ["Group", "Institute code", "Year of study", "Curator", "Curator from"],
        ["А-1", "ЖОК", 1, "", ""],
        ["А-2", "IT", 9, "Эч Ким", "кечээ"],
        ["А-3", "SE", "бир", "", ""],
        ["А-4", "IT", 1, "", ""],
        ["а-4", "IT", 1, "", ""],
        ["", "IT", 1, "", ""],
    ]
    assert problems(act, {"Groups": groups}) == {("E3", "no_day"), ("C4", "no_whole_number"), ("A7", "empty")}
    groups[2][4], groups[3][2], groups[6][0] = "", 1, "А-5"
    assert problems(act, {"Groups": groups}) == {("B2", "unknown"), ("D3", "unknown"), ("A6", "twice")}
    del groups[5], groups[1]
    groups[1][3] = ""
    assert problems(act, {"Groups": groups}) == {("C2", "out_of_range"), ("B3", "not_offered")}
    circle = [["Code", "Name in Kyrgyz", "Kind", "Part of (code)"], ["IT", "IT", "institute", "SE"]]
    assert problems(act, {"Units": circle}) == {("D2", "cycle")}
    assert db.session.query(StudyGroup).count() == 1


def test_a_plan_overtaken_by_another_office_is_refused_whole(act, school):
    checked, made = commands.check_structure_workbook(act, moving_in()), new_id()
    with door.write(act):
        commands.store_structure_plan(act, made, checked.plan)
    school._add(StudyGroup(id=new_id(), name="ЖИ-1-26", unit_id=school.institute))
    with pytest.raises(Stale), door.write(act):
        commands.execute_structure_import(act, made)
    assert db.session.query(Unit).filter_by(code="ЖИ").count() == 0
    other = Act(school.students[0], None, act.at, OFFICE)
    with pytest.raises(Missing), door.write(other):
        commands.execute_structure_import(other, made)


@pytest.mark.clause("3.1")
def test_a_file_gives_nobody_more_than_the_pages(act, school):
    head = Act(act.person, None, act.at, (RoleAssignment("department_head", school.department),))
    findings = commands.check_structure_workbook(head, moving_in()).findings
    assert "people.structure.not_yours" in {one.code for one in findings}


def test_hostile_and_broken_files_are_findings_never_errors():
    bomb, broken = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (61 * 2**20))
    with zipfile.ZipFile(broken, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook>")
    whole, units = moving_in(), [["Code", "Name in Kyrgyz", "Kind"], ["a", "b", "c"]]
    for content, code in (
        (b"", "no_workbook"),
        (b"PK", "no_workbook"),
        (bomb.getvalue(), "too_many_bytes"),
        (broken.getvalue(), "unreadable"),
        (whole[: len(whole) // 2], "no_workbook"),
        (workbook({"Units": [["Code"], *([["x"]] * (MAX_ROWS + 1))]}), "too_large"),
        (workbook({"Лист1": [["x"]]}), "no_sheet"),
        (workbook({"Units": [["Code", "Code"]]}), "column_twice"),
        (workbook({"Units": [["Code", "Kind"]]}), "no_column"),
        (workbook({"Units": units}), "no_word"),
        (workbook({"Units": units}, merged=True), "merged"),
        (workbook({"Units": units, "Түзүмдөр": units}), "sheet_twice"),
    ):
        found = {one.code for one in read_structure_workbook(content).findings}
        assert f"kernel.workbook.{code}" in found, code
