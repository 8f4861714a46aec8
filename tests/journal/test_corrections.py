"""Change sets: exact, immutable, applied whole or not at all."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg
import pytest
from sqlalchemy import select, text

from app.audit import history
from app.journal.corrections.commands import apply_correction, store_change_set
from app.journal.corrections.queries import describe_change_set, load_change_set, load_change_set_scope
from app.journal.corrections.request_form import load_correction_form
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.gradebook.roll_call import take_roll
from app.journal.gradebook_views.cell_card import load_cell_card, load_lesson_cell_history
from app.journal.sheet_closing.commands import close_sheet
from app.journal.tables import Cell, ChangeSet, Lesson
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from tests.journal.school import NOW, named
from tests.scenarios.grade_sheets import shut_sheet

LONG_AGO = NOW - timedelta(days=12)


@pytest.fixture
def closed(school):
    """A lesson of twelve days ago, its roll taken then, the first student absent, the second graded."""
    lesson = school.lesson(LONG_AGO)
    act = school.teacher_act(LONG_AGO + timedelta(hours=1))
    with door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "ATTENDANCE", "ABSENT", 0))
        record_mark(act, CellEdit(lesson, school.students[1], "GRADE", "55", 0))
        take_roll(act, lesson)
    return lesson


def edit(lesson, student, new, kind="ATTENDANCE", version=1):
    return {"lesson": str(lesson), "student": str(student), "kind": kind, "version": version, "new": new}


def make(school, *edits, id=None, act=None, kind="typo", reason="the paper list says so"):
    act = act or school.teacher_act()
    with door.write(act):
        return store_change_set(act, id or new_id(), list(edits), kind, reason)


def apply(school, made, at=NOW):
    act = school.act(school.person("Ай", "Ти"), "it_admin", at=at)
    with door.write(act):
        return apply_correction(act, made.id)


def three(school, lesson):
    return (
        edit(lesson, school.students[0], "PRESENT"),
        edit(lesson, school.students[1], "65", "GRADE"),
        edit(lesson, school.students[2], "ABSENT", version=0),
    )


def test_a_change_set_names_what_it_saw_and_what_it_wants(school, closed):
    made = make(school, *three(school, closed))
    view = load_change_set(made.id)
    assert view.sha256 == made.sha256 and view.requester == school.lecturer
    assert {(cell["kind"], cell["version"], cell["old"], cell["new"]) for cell in view.cells} == {
        ("ATTENDANCE", 1, "ABSENT", "PRESENT"),
        ("GRADE", 1, "55", "65"),
        ("ATTENDANCE", 0, "PRESENT", "ABSENT"),
    }


@pytest.mark.clause("4.4.2")
def test_applying_writes_exactly_the_change_set_with_its_reason_and_clause(school, closed):
    made = make(school, *three(school, closed))
    assert apply(school, made) == "applied"
    first, second, third = school.students[:3]
    assert school.cell(closed, first).value == "PRESENT"
    assert school.cell(closed, second, "GRADE").value == "65"
    assert school.cell(closed, third).value == "ABSENT"
    assert all(school.cell(closed, one) is None for one in school.students[3:])
    entry = history.load_object_audit_entries(school.cell(closed, first).id)[-1]
    assert (entry.event_type, entry.clause, entry.reason) == (
        "journal.mark.corrected",
        "4.4.2",
        "the paper list says so",
    )
    assert (entry.before["value"], entry.after["value"]) == ("ABSENT", "PRESENT")
    assert entry.after["change_set"] == str(made.id)
    row = school.cell(closed, first)
    assert row.first_entered_at == LONG_AGO + timedelta(hours=1) and row.first_entered_by == school.lecturer


def test_a_repeat_of_applying_writes_nothing(school, closed):
    made = make(school, *three(school, closed))
    assert [apply(school, made), apply(school, made)] == ["applied", "applied"]
    assert school.cell(closed, school.students[0]).version == 2


def test_a_cell_that_changed_meanwhile_stops_all_of_it(school, closed):
    slow = make(school, *three(school, closed))
    fast = make(school, edit(closed, school.students[1], "70", "GRADE"))
    assert apply(school, fast) == "applied"
    assert apply(school, slow) == "cell_changed"
    assert school.cell(closed, school.students[0]).value == "ABSENT"
    assert school.cell(closed, school.students[2]) is None


@pytest.mark.clause("7.6")
def test_a_sheet_closed_meanwhile_stops_all_of_it(school, closed):
    made = make(school, *three(school, closed))
    sheet = school.sheet(covers_until=date(2026, 10, 31))
    act = school.act(school.person("Окуу", "Бөлүмү"), "academic_office")
    with door.write(act):
        shut_sheet(act, sheet)
    assert apply(school, made) == "sheet_closed"
    assert school.cell(closed, school.students[0]).value == "ABSENT"
    with pytest.raises(Refused) as refused:
        make(school, edit(closed, school.students[0], "PRESENT"))
    assert (refused.value.clause, refused.value.code) == ("7.6", "journal.correction.sheet_closed")


def test_only_the_academic_office_closes_a_sheet(school):
    sheet = school.sheet(covers_until=date(2026, 10, 31))
    with pytest.raises(Denied), door.write(school.teacher_act()):
        close_sheet(school.teacher_act(), sheet)
    with pytest.raises(Missing), door.write(school.teacher_act()):
        close_sheet(school.teacher_act(), new_id())


@pytest.mark.clause("4.4.1")
def test_what_the_teacher_can_still_correct_himself_needs_no_request(school):
    lesson = school.lesson()
    act = school.teacher_act()
    with door.write(act):
        record_mark(act, CellEdit(lesson, school.students[0], "GRADE", "55", 0))
    with pytest.raises(Refused) as refused:
        make(school, edit(lesson, school.students[0], "65", "GRADE"))
    assert (refused.value.code, refused.value.clause) == ("journal.correction.not_needed_yet", "4.4.1")


def test_another_version_equal_values_and_empty_requests(school, closed):
    student = school.students[0]
    with pytest.raises(Stale) as stale:
        make(school, edit(closed, student, "PRESENT", version=7))
    assert stale.value.current == {"value": "ABSENT", "version": 1}
    for wrong in (
        [edit(closed, student, "ABSENT")],
        [edit(closed, student, None)],
        [],
        [edit(closed, student, "PRESENT"), edit(closed, student, "PRESENT")],
        [edit(closed, student, "EXCUSED")],
        [{**edit(closed, student, "PRESENT"), "version": "1"}],
        [{**edit(closed, student, "PRESENT"), "lesson": "x"}],
        [{**edit(closed, student, "PRESENT"), "kind": "MOOD"}],
        ["nonsense"],
    ):
        with pytest.raises(Invalid) as invalid:
            make(school, *wrong)
        assert "change_set" in invalid.value.fields


def test_kind_and_reason_are_obligatory(school, closed):
    wanted = edit(closed, school.students[0], "PRESENT")
    wrongs = ({"kind": "mood"}, "error_kind"), ({"reason": " "}, "reason"), ({"reason": "x" * 2001}, "reason")
    for wrong, field in wrongs:
        with pytest.raises(Invalid) as invalid:
            make(school, wanted, **wrong)
        assert field in invalid.value.fields


def test_foreign_and_absent_cells_are_missing(school, closed):
    stranger = school.teacher_act(person=school.person("Башка", "Мугалим"))
    for edits, act in (
        ([edit(closed, school.students[0], "PRESENT")], stranger),
        ([edit(new_id(), school.students[0], "PRESENT")], None),
        ([edit(closed, new_id(), "PRESENT")], None),
    ):
        with pytest.raises(Missing):
            make(school, *edits, act=act)


def test_a_head_sees_the_journal_but_cannot_ask(school, closed):
    head = school.act(school.person("Башчы", "Бир"), "department_head", school.department)
    with pytest.raises(Denied):
        make(school, edit(closed, school.students[0], "PRESENT"), act=head)


def test_one_request_is_about_one_journal(school, closed):
    from app.journal.tables import Offering

    other = school._add(
        Offering(
            id=new_id(),
            course_id=school.course,
            group_id=school.group,
            semester_id=school.semester,
            state="OPEN",
        )
    )
    school.teaches(school.lecturer, offering=other)
    lesson = school.lesson(LONG_AGO, offering=other)
    with pytest.raises(Invalid) as invalid:
        make(
            school,
            edit(closed, school.students[0], "PRESENT"),
            edit(lesson, school.students[0], "ABSENT", version=0),
        )
    assert invalid.value.fields["change_set"][0].code == "journal.change_set.several_journals"


def test_a_repeat_answers_as_the_first_time_and_other_content_is_stale(school, closed):
    id, wanted = new_id(), edit(closed, school.students[0], "PRESENT")
    first, again = (make(school, wanted, id=id) for _ in range(2))
    assert first == again
    with pytest.raises(Stale):
        make(school, wanted, id=id, reason="another reason")


def test_the_hash_belongs_to_one_change_set_only(school, closed):
    wanted = edit(closed, school.students[0], "PRESENT")
    assert make(school, wanted).sha256 != make(school, wanted).sha256


def test_nobody_rewrites_a_change_set(school, closed, database):
    made = make(school, *three(school, closed))
    for role in ("depter_app", "depter"):
        with database.as_migrated(), database.connect(role) as connection:
            for setting in ("origin", "replica") if role == "depter" else ("origin",):
                if setting == "replica":
                    connection.execute("SET session_replication_role = replica")
                for statement in (
                    "UPDATE journal.change_set SET reason = 'x'",
                    "DELETE FROM journal.change_set",
                    "TRUNCATE journal.change_set CASCADE",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(statement)
    assert load_change_set(made.id).reason == "the paper list says so"


def test_a_change_set_that_does_not_match_its_hash_is_never_applied(school, closed, database):
    made = make(school, *three(school, closed))
    with database.connect() as connection:
        connection.execute("ALTER TABLE journal.change_set DISABLE TRIGGER journal_change_set_rows")
        connection.execute(
            "UPDATE journal.change_set SET cells = jsonb_set(cells, '{0,new}', '\"ABSENT\"') WHERE id = %s",
            (made.id,),
        )
        connection.execute("ALTER TABLE journal.change_set ENABLE TRIGGER journal_change_set_rows")
    with pytest.raises(RuntimeError):
        apply(school, made)


def test_a_cell_never_entered_is_entered_late_and_not_corrected(school):
    lesson, student = school.lesson(LONG_AGO), school.students[0]
    with pytest.raises(Refused) as refused:
        make(school, edit(lesson, student, "70", "GRADE", version=0))
    assert (refused.value.code, refused.value.clause, refused.value.remedy) == (
        "journal.correction.nothing_entered",
        "4.3.1",
        "late_entry",
    )


def test_what_an_approved_correction_wrote_only_another_one_changes(school, closed):
    student = school.students[0]
    apply(school, make(school, edit(closed, student, "PRESENT")))
    act = school.teacher_act()
    with pytest.raises(Refused) as refused, door.write(act):
        record_mark(act, CellEdit(closed, student, "ATTENDANCE", "ABSENT", 2, "better"))
    assert (refused.value.code, refused.value.clause, refused.value.remedy) == (
        "journal.mark.corrected_by_case",
        "4.4.2",
        "late_correction",
    )


def test_the_subject_is_structured_and_worded_nowhere(school, closed):
    made = make(school, *three(school, closed))
    told = describe_change_set(made.id)
    assert told["course"] == named(ky="Математика") and told["group"] == "ИВТ-2-23"
    first = next(cell for cell in told["cells"] if cell["student_id"] == str(school.students[0]))
    assert first == {
        "student": "Асанова С.",
        "student_id": str(school.students[0]),
        "lesson": str(closed),
        "date": "2026-10-02",
        "lesson_type": "LECTURE",
        "kind": "ATTENDANCE",
        "old": "ABSENT",
        "new": "PRESENT",
    }


def test_the_scope_is_the_discipline_and_the_students(school, closed):
    scope = load_change_set_scope(make(school, *three(school, closed)).id)
    assert (scope.discipline_department, scope.student_institute) == (school.department, school.institute)
    assert set(scope.students) == set(school.students[:3])
    assert school.lecturer in scope.scope.persons


def test_unknown_change_sets_are_missing(school):
    for ask in (load_change_set, describe_change_set, load_change_set_scope):
        with pytest.raises(Missing):
            ask(new_id())
    with pytest.raises(Missing), door.write(school.teacher_act()):
        apply_correction(school.teacher_act(), new_id())


def test_the_form_of_a_request_is_prefilled_with_what_the_cells_hold(school, closed):
    student = school.students[0]
    asked = load_correction_form(
        school.teacher_act(), [(closed, student, "ATTENDANCE"), (closed, student, "GRADE")]
    )
    assert [(one.value, one.version, one.refusal) for one in asked.cells] == [
        ("ABSENT", 1, None),
        (None, 0, asked.cells[1].refusal),
    ]
    assert asked.cells[1].refusal.code == "journal.correction.nothing_entered"
    with pytest.raises(Missing):
        load_correction_form(school.teacher_act(), [])


def test_the_card_tells_the_whole_life_of_a_cell(school, closed):
    student = school.students[0]
    apply(school, make(school, edit(closed, student, "PRESENT")))
    card = load_cell_card(school.teacher_act(), closed, student)
    assert [(one.event_type, one.value, one.clause) for one in card.history] == [
        ("journal.mark.recorded", "ABSENT", "4.2.1"),
        ("journal.mark.corrected", "PRESENT", "4.4.2"),
    ]
    half = card.marks_by_kind["ATTENDANCE"]
    assert (half.closing.open, half.closing.clause, half.remedy_start) == (False, "4.4.2", "late_correction")
    assert card.status == "PRESENT"


def test_a_mark_without_a_record_of_its_own_is_told_as_the_roll_left_it(school, closed):
    """A row that came with the semester's data: its card does not say present above an absence."""
    lesson = school.session.get(Lesson, closed)
    row = Cell(id=new_id(), value="ABSENT")
    assert [one.value for one in load_lesson_cell_history({"ATTENDANCE": row}, lesson)] == ["ABSENT"]
    assert [one.value for one in load_lesson_cell_history({}, lesson)] == ["PRESENT"]


def test_what_was_made_is_in_the_audit(school, closed):
    made = make(school, *three(school, closed))
    [entry] = history.load_object_audit_entries(made.id)
    assert (entry.event_type, entry.clause, entry.after["sha256"]) == (
        "journal.change_set.made",
        "4.4.2",
        made.sha256,
    )
    assert school.session.scalar(select(text("count(*)")).select_from(ChangeSet)) == 1
