"""A module or final grade changes by a commission's protocol, verified by the office, released by IT (4.4.3b, P08)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from app import operations
from app.cases.commands.start import start_case
from app.cases.models import Case
from app.cases.queries.related import load_related_cases
from app.journal.appeals.correction_rules import visas_needed_for_result_change
from app.journal.appeals.protocol_commands import apply_academic_correction, prepare_correction
from app.journal.grade_sheets.result_commands import ResultAmendment, amend_result
from app.journal.gradebook.record_marks import CellEdit, record_mark
from app.journal.tables import AcademicCorrection, Result
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Denied, DepterError, Missing, Refused
from app.kernel.ids import new_id
from app.people.approvals import ApprovalContext
from tests.scenarios import appeals
from tests.scenarios.excuses import by_policy, news
from tests.scenarios.grade_sheets import shut_sheet

pytestmark = pytest.mark.clause("4.4.3")


@pytest.fixture
def decided(world, sheets):
    """An appeal that raised the points from 8 to 9; answers its protocol."""
    appeals.commission(world)
    case = appeals.appeals(world, appeals.signed(world, sheets))
    assert appeals.decided(world, case) == "changed"
    ((protocol, _signed),) = appeals.protocols(world)
    return protocol.id


def test_office_and_it_release_a_new_version_that_names_the_protocol(world, sheets, decided):
    case = appeals.correction(world, sheets)
    assert world.open_elements(case) == ["verify_office"]
    world.office().approves(case)
    assert world.open_elements(case) == ["release_it"]
    assert sheets.result().total == 8
    assert world.it().approves(case).outcome == "applied"
    old, new = appeals.versions(world, sheets)
    assert (old.entered, new.entered, new.total, new.version) == (8, 9, 9, 2)
    assert new.protocol_id == decided and old.protocol_id is None, "the old version stays"


@pytest.mark.clause("7.6")
def test_of_a_closed_sheet_teacher_student_head_and_directorate_are_told(world, sheets, decided):
    case = sheets.case()
    world.head().approves(case)
    world.office().approves(case)
    appeals.released(world, sheets)
    (told,) = news(world, "journal.correction.released")
    people = {
        world.student,
        world.school.lecturer,
        world.people["department_head"],
        world.people["directorate"],
    }
    assert set(told["recipients"]) == {str(person) for person in people}
    assert told["protocol"] == "1/2026"


def test_the_office_asks_the_secretary_and_it_returns_for_a_technical_reason(world, sheets, decided):
    case = appeals.correction(world, sheets)
    world.office().returns(case, "Протоколдун тиркемеси жок")
    (task,) = world.open_tasks(case)
    assert task.element == "clarify_secretary"
    appeals.person(world, task.assignee).completes(case, note="Тиркеме кошулду")
    world.office().approves(case)
    world.it().returns(case, "Тутум жаңыртылууда")
    assert world.open_elements(case) == ["verify_office"]
    world.office().approves(case)
    assert world.it().approves(case).outcome == "applied"


def test_a_result_that_changed_meanwhile_goes_back_to_the_office(world, sheets, decided):
    case = appeals.correction(world, sheets)
    world.office().approves(case)
    row = sheets.result()
    other = ResultAmendment(row.sheet_id, row.student_id, new_id(), row.version, grades=())
    act = Act.by_system(world.clock())
    world.session.rollback()
    with door.write(act):
        assert amend_result(act, other) == "amended"
    assert world.it().approves(case).outcome is None
    assert world.open_elements(case) == ["verify_office"]
    world.office().approves(case)
    assert world.it().approves(case).outcome == "applied"
    assert [one.version for one in appeals.versions(world, sheets)] == [1, 2, 3]


def test_the_chair_who_decided_does_not_approve_and_two_persons_have_to(world, sheets, decided):
    case = appeals.correction(world, sheets)
    (task,) = world.open_tasks(case)
    assert world.case(case).requester in task.excluded
    world.office().approves(case)
    (task,) = world.open_tasks(case)
    assert world.people["academic_office"] in task.excluded


def test_a_repeat_of_the_news_begins_one_correction_and_releasing_twice_writes_once(world, sheets, decided):
    appeals.released(world, sheets)
    sheets.delivers()
    corrections = world.session.query(AcademicCorrection).all()
    act = Act.by_system(world.clock())
    with door.write(act):
        assert apply_academic_correction(act, corrections[0].id) == "amended"
    assert len(appeals.versions(world, sheets)) == 2


def test_no_other_door_leads_to_a_result(world, sheets, decided):
    """Every other way is tried: journal, sheet, correction, menu without approvals, a protocol nobody signed, SQL."""
    teacher, inside, over = world.teacher().act(), world.attended(0), world.attended(9)
    with door.write(teacher):  # inside its own deadline a grade is entered, and the result does not change
        record_mark(teacher, CellEdit(inside, world.student, "GRADE", "100", 0))
    for refused, attempt in (
        (DepterError, lambda: record_mark(teacher, CellEdit(over, world.student, "GRADE", "100", 0))),
        (DepterError, lambda: prepare_correction(world.office().act(), new_id(), new_id())),
        (DepterError, lambda: _released_without_approvals(world)),
        (DBAPIError, lambda: world.session.query(Result).update({"total": 100})),
        (DBAPIError, lambda: world.session.query(Result).delete()),
    ):
        world.session.rollback()
        with pytest.raises(refused), door.write(world.office().act()):
            attempt()
    world.session.rollback()
    with pytest.raises(DepterError):
        sheets.enters("MODULE1", "10", world.student, version=1)
    with pytest.raises((Denied, Missing)):
        act = world.office().act()
        with door.write(act):
            start_case(act, new_id(), "academic_correction", {"protocol": str(decided)})
    assert sheets.result().total == 8


def _released_without_approvals(world):
    made = prepare_correction(world.office().act(), new_id(), appeals.protocols(world)[0][0].id)
    ground = ApprovalContext(world.people["directorate"], {}, made.sha256, ())
    operations.run_operation(
        "journal.release_correction", world.it().act(), {"correction": str(made.id)}, ground
    )


def test_an_upheld_result_begins_no_correction(world, sheets):
    appeals.commission(world)
    case = appeals.appeals(world, appeals.signed(world, sheets))
    assert appeals.decided(world, case, "KEEP", "KEEP", "KEEP", points=None) == "upheld"
    assert news(world, "journal.protocol.changes") == []
    protocol = appeals.protocols(world)[0][0].id
    act = world.office().act()
    with pytest.raises(Refused) as refused, door.write(act):
        prepare_correction(act, new_id(), protocol)
    assert (refused.value.code, refused.value.clause) == ("journal.correction.no_protocol", "4.4.3")


# --- a closed document (7.6 with 4.4.2) ---------------------------------------------------------------------


def shut(world, sheets):
    """The sheet over the result is closed while the protocol waits for the office."""
    world.session.rollback()
    with door.write(world.office().act()):
        shut_sheet(world.office().act(), sheets.row().id)


@pytest.mark.clause("7.6")
@pytest.mark.clause("4.4.2")
def test_a_closed_sheet_changes_by_the_visas_of_head_and_directorate(world, sheets, decided):
    shut(world, sheets)
    case = appeals.correction(world, sheets)
    world.office().approves(case)
    assert world.open_elements(case) == ["endorse_head"]
    world.head().approves(case)
    assert world.open_elements(case) == ["endorse_directorate"]
    world.directorate().returns(case, "Протоколдо күнү жок")
    assert world.open_elements(case) == ["verify_office"]
    world.office().approves(case)
    world.head().approves(case)
    world.directorate().approves(case)
    assert sheets.result().total == 8
    assert world.it().approves(case).outcome == "applied"
    assert sheets.result().total == 9 and sheets.row().state == "CLOSED"


@pytest.mark.clause("7.6")
def test_a_sheet_closed_after_the_office_verified_it_goes_back_for_its_visas(world, sheets, decided):
    case = appeals.correction(world, sheets)
    world.office().approves(case)
    shut(world, sheets)
    assert world.it().approves(case).outcome is None and sheets.result().total == 8
    assert world.open_elements(case) == ["verify_office"]
    world.office().approves(case)
    for actor in (world.head(), world.directorate(), world.it()):
        done = actor.approves(case)
    assert done.outcome == "applied" and sheets.result().total == 9


@pytest.mark.clause("7.6")
def test_by_the_universitys_option_head_and_directorate_are_told_and_nothing_waits(world, sheets, decided):
    by_policy(world, "NOTE", "closed_change.visas", "7.6")
    shut(world, sheets)
    case = appeals.correction(world, sheets)
    assert news(world, "journal.correction.noted") == []
    world.office().approves(case)
    assert world.open_elements(case) == ["release_it"]
    (told,) = news(world, "journal.correction.noted")
    assert set(told["recipients"]) == {
        str(world.people["department_head"]),
        str(world.people["directorate"]),
    }
    assert world.it().approves(case).outcome == "applied"


def test_no_diagram_releases_a_closed_document_without_the_visas(world, sheets, decided):
    shut(world, sheets)
    appeals.correction(world, sheets)
    prepared = world.session.query(AcademicCorrection).one()
    act = Act.by_system(world.clock())
    with door.write(act):
        assert apply_academic_correction(act, prepared.id) == "visas_needed"
    demand = operations.OPERATIONS["journal.release_closed_correction"].required_approvals
    assert set(demand.roles) == {"department_head", "directorate", "academic_office", "it_admin"}
    assert [
        visas_needed_for_result_change(*given)
        for given in ((False, "VISAS"), (True, "NOTE"), (True, "VISAS"))
    ] == [
        "none",
        "note",
        "visas",
    ]


@pytest.mark.parametrize(
    ("steps", "element", "deputy", "who"),
    [
        (0, "verify_office", "verify_deputy", "academic_office"),
        (1, "endorse_head", "endorse_head_deputy", "department_head"),
        (2, "endorse_directorate", "endorse_directorate_deputy", "directorate"),
        (3, "release_it", "release_deputy", "it_admin"),
    ],
)
def test_a_silent_step_is_the_deputys_after_its_working_day(
    world, sheets, decided, steps, element, deputy, who
):
    shut(world, sheets)
    case = appeals.correction(world, sheets)
    for actor in (world.office(), world.head(), world.directorate())[:steps]:
        actor.approves(case)
    (task,) = world.open_tasks(case)
    assert task.element == element
    world.clock.set(task.due_at)
    world.days_pass(0)
    assert world.open_elements(case) == [element]
    world.days_pass(1 / 86400)
    assert world.open_elements(case) == [deputy]
    world.actor(f"{who}_deputy").approves(case)
    assert world.open_elements(case) != [deputy]


def test_a_secretary_who_does_not_answer_leaves_it_to_the_office(world, sheets, decided):
    case = appeals.correction(world, sheets)
    world.office().returns(case, "Протоколдун тиркемеси жок")
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    world.days_pass(0)
    assert world.open_elements(case) == ["clarify_secretary"]
    world.days_pass(1 / 86400)
    assert world.open_elements(case) == ["verify_office"]


@pytest.mark.clause("6.3")
def test_an_appeal_and_its_correction_link_to_each_other_for_who_may_see_both(world, sheets, decided):
    correction = world.case(appeals.correction(world, sheets))
    (appeal,) = world.session.query(Case).filter_by(diagram="appeal").all()

    def linked(actor, case):
        return [one.id for one in load_related_cases(actor.act(), case)]

    for actor in (world.student_actor(), world.office(), world.head(), world.directorate()):
        assert linked(actor, appeal) == [correction.id] and linked(actor, correction) == [appeal.id]
    fellow = world.student_actor(world.school.students[1])
    assert linked(fellow, appeal) == [] == linked(fellow, correction)
