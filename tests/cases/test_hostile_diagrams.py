"""A published diagram goes round what 4.4.2 demands before the journal is written: refused, nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from lxml import etree
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.cases.models import Incident
from app.diagrams import versions
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import ShippedDiagram, read_shipped_diagrams
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from tests.scenarios.world import ROOT, Actor, World

pytestmark = pytest.mark.clause("4.4.2")

DEPTER = "{urn:depter:bpmn:1}"
Edit = Callable[[etree._Element], None]


def element(drawing: etree._Element, name: str) -> etree._Element:
    (found,) = drawing.xpath("//*[@id=$name]", name=name)
    return found


def leads(flow: str, target: str) -> Edit:
    """The sequence flow leads to another step."""

    def edit(drawing: etree._Element) -> None:
        element(drawing, flow).set("targetRef", target)

    return edit


def detour(approved: str, returned: str, target: str) -> Edit:
    """On approval the case goes to the target; the way it should take is still drawn, so every step is reachable."""

    def edit(drawing: etree._Element) -> None:
        one, other = element(drawing, approved), element(drawing, returned)
        condition = "{http://www.omg.org/spec/BPMN/20100524/MODEL}conditionExpression"
        first, second = one.find(condition), other.find(condition)
        first.text, second.text = second.text, first.text
        other.set("targetRef", target)

    return edit


def without(step: str, attribute: str) -> Edit:
    def edit(drawing: etree._Element) -> None:
        del element(drawing, step).attrib[DEPTER + attribute]

    return edit


def having(step: str, attribute: str, value: str) -> Edit:
    def edit(drawing: etree._Element) -> None:
        element(drawing, step).set(DEPTER + attribute, value)

    return edit


def fed_by(event_type: str) -> Edit:
    """The effect takes its change set from this fact alone."""

    def edit(drawing: etree._Element) -> None:
        element(drawing, "apply_correction").find(f".//{DEPTER}input").set("variable", event_type)

    return edit


def unfed(drawing: etree._Element) -> None:
    """The effect is handed nothing."""
    given = element(drawing, "apply_correction").find(f".//{DEPTER}input")
    given.getparent().remove(given)


def publish(world: World, *edits: Edit) -> None:
    """The shipped diagram with these changes comes into force."""
    (ours,) = [
        each
        for each in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms")
        if each.key == "late_correction"
    ]
    drawing = etree.fromstring(ours.xml.encode())
    for edit in edits:
        edit(drawing)
    act = Act.by_system(world.clock())
    with door.write(act):
        changed = ShippedDiagram(ours.key, etree.tostring(drawing, encoding="unicode"), ours.forms)
        assert publish_shipped_diagrams(act, [changed]) == {"late_correction": "published"}
    versions.clear_version_cache()


def publish_unchecked(world: World, *edits: Edit) -> None:
    """Behind the product's back the changed diagram is in force, names and all that `sync` would refuse."""
    (ours,) = [
        each
        for each in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms")
        if each.key == "late_correction"
    ]
    drawing = etree.fromstring(ours.xml.encode())
    for edit in edits:
        edit(drawing)
    xml = etree.tostring(drawing, encoding="unicode")
    with door.write(Act.by_system(world.clock())) as session:
        found = select(DiagramVersion).where(
            DiagramVersion.key == ours.key, DiagramVersion.state == "published"
        )
        present = session.scalars(found).one()
        present.state = "retired"
        session.flush()
        session.add(
            DiagramVersion(
                id=new_id(),
                key=ours.key,
                number=present.number + 1,
                sha256=versions.diagram_sha256(xml, ours.forms),
                xml=xml,
                forms=dict(ours.forms),
                titles=present.titles,
                clause=present.clause,
                origin="edited",
                state="published",
                made_at=world.clock(),
                published_at=world.clock(),
            )
        )
    versions.clear_version_cache()


def written(world: World) -> tuple[Any, int]:
    """The cell and the length of the audit."""
    world.session.rollback()
    cell = world.cell()
    counted = world.session.scalar(select(func.count()).select_from(AuditRecord))
    world.session.rollback()
    return (cell.value, cell.version) if cell else None, counted or 0


def refused(
    world: World, press: Callable[[], Any], code: str, role: str | None = None, clause: str | None = "4.4.2"
) -> None:
    """Pressing is refused with this code, the clause and the role that is missing; nothing has changed."""
    before = written(world)
    with pytest.raises(Refused) as raised:
        press()
    assert raised.value.code == code and raised.value.clause == clause
    assert raised.value.params.get("role") == role
    assert written(world) == before


CHAIN = ("department_head", "directorate", "academic_office", "it_admin")


def approve_all_but_last(world: World, case: UUID, roles: tuple[str, ...]) -> Callable[[], Any]:
    for role in roles[:-1]:
        world.actor(role).approves(case)
    return lambda: world.actor(roles[-1]).approves(case)


@pytest.mark.parametrize(
    ("absent", "edits"),
    [
        ("department_head", [leads("request_made", "forward_directorate")]),
        ("directorate", [detour("head_approved", "head_returned", "decide_academic_office")]),
        ("academic_office", [detour("directorate_approved", "directorate_returned", "release_it")]),
        ("it_admin", [detour("academic_office_approved", "academic_office_returned", "apply_correction")]),
    ],
)
def test_a_drawing_that_goes_round_a_role_does_not_reach_the_journal(world: World, absent: str, edits: Any):
    publish(world, *edits)
    case = world.teacher().requests_correction()
    left = tuple(role for role in CHAIN if role != absent)
    refused(world, approve_all_but_last(world, case, left), "operations.approval.missing", absent)
    assert len(world.open_elements(case)) == 1 and world.case(case).status == "open"


@pytest.mark.parametrize(
    ("step", "role"),
    [
        ("endorse_department_head", "department_head"),
        ("forward_directorate", "directorate"),
        ("decide_academic_office", "academic_office"),
        ("release_it", "it_admin"),
    ],
)
def test_a_step_that_no_longer_approves_is_no_approval(world: World, step: str, role: str):
    publish(world, without(step, "approves"))
    case = world.teacher().requests_correction()
    refused(world, approve_all_but_last(world, case, CHAIN), "operations.approval.missing", role)


def test_an_approval_in_a_lane_of_another_role_is_not_that_of_the_head(world: World, database: Any):
    publish(world, having("lane_department_head", "role", "directorate"))
    case = world.teacher().requests_correction()
    department = world.school.department
    other = world.hires("directorate", department, name="Экинчи")
    hand_over(database, other)
    Actor(world, other, (RoleAssignment("directorate", department),)).approves(case)
    world.directorate().approves(case)
    world.office().approves(case)
    refused(world, lambda: world.it().approves(case), "operations.approval.missing", "department_head")


def test_a_drawing_without_the_way_through_a_step_is_not_even_published(world: World):
    with pytest.raises(DiagramsRefused, match=r"bpmn\.node\.unreachable"):
        publish(world, leads("head_approved", "decide_academic_office"))


@pytest.mark.parametrize(
    "edits",
    [
        [having("apply_correction", "operation", "journal.erase_everything")],
        [having("apply_correction", "operation", "os.system")],
    ],
)
def test_an_operation_that_is_not_on_the_menu_stops_the_case_with_nothing_written(world: World, edits: Any):
    with pytest.raises(DiagramsRefused, match=r"diagrams\.operation\.unknown"):
        publish(world, *edits)
    publish_unchecked(world, *edits)
    case = world.teacher().requests_correction()
    press = approve_all_but_last(world, case, CHAIN)
    refused(world, press, "operations.operation.unknown", clause=None)


def test_an_effect_without_its_input_is_refused_with_nothing_written(world: World):
    with pytest.raises(DiagramsRefused, match=r"diagrams\.input\.missing"):
        publish(world, unfed)
    publish_unchecked(world, unfed)
    case = world.teacher().requests_correction()
    refused(world, approve_all_but_last(world, case, CHAIN), "operations.input.missing", clause=None)


def test_approvals_of_before_a_rework_do_not_count_after_it(world: World):
    publish(world, leads("resubmitted", "release_it"))
    case = world.teacher().requests_correction()
    for actor in (world.head(), world.directorate(), world.office()):
        actor.approves(case)
    world.it().returns(case)
    world.teacher().resubmits(case)
    assert world.open_elements(case) == ["release_it"]
    refused(world, lambda: world.it().approves(case), "operations.approval.missing", "department_head")


def test_another_change_set_than_the_approved_one_is_not_applied(world: World):
    publish(world, fed_by("start.change_set"))
    case = world.teacher().requests_correction()
    world.head().returns(case)
    world.teacher().resubmits(case)
    refused(world, approve_all_but_last(world, case, CHAIN), "operations.approval.other_subject")


def test_one_person_in_two_roles_is_stopped_at_the_effect_even_if_the_task_let_him(
    world: World, database: Any
):
    case = world.teacher().requests_correction()
    both = world.people["department_head"]
    world._grant(both, "directorate", world.school.institute)
    world.head().approves(case)
    hand_over(database, both)
    world.actor("directorate", both).approves(case)
    world.office().approves(case)
    refused(world, lambda: world.it().approves(case), "operations.approval.same_person", "directorate")


def test_the_requester_is_stopped_at_the_effect_even_if_the_task_let_him(world: World, database: Any):
    case = world.teacher().requests_correction()
    requester = world.school.lecturer
    hand_over(database, requester)
    world._grant(requester, "department_head", world.school.department)
    world.actor("department_head", requester).approves(case)
    world.directorate().approves(case)
    world.office().approves(case)
    refused(world, lambda: world.it().approves(case), "operations.approval.same_person", "department_head")


def second_request(world: World) -> UUID:
    """A request about another lesson, so that neither changes what the other one is about."""
    lesson = world.school.lesson(world.clock() - timedelta(days=19))
    world._marked_absent_at(lesson, world.school.teacher_act)
    return world.teacher().requests_correction(world.edit(lesson=str(lesson)))


def test_cases_begun_under_a_sound_drawing_keep_it_and_run_to_their_end(world: World):
    sound = world.teacher().requests_correction()
    publish(world, leads("request_made", "forward_directorate"))
    hostile = second_request(world)
    refused(world, approve_all_but_last(world, hostile, CHAIN[1:]), "operations.approval.missing", CHAIN[0])
    assert approve_all_but_last(world, sound, CHAIN)().outcome == "applied"
    assert world.cell().value == "PRESENT" and world.open_elements(hostile) == ["release_it"]


def test_a_timer_that_leads_to_the_effect_becomes_an_incident_and_the_other_cases_escalate(world: World):
    sound = second_request(world)
    publish(world, leads("head_late", "apply_correction"), leads("resubmitted", "visa_deputy"))
    hostile = world.teacher().requests_correction()
    before = written(world)[0]
    fired = world.days_pass(3)
    assert (fired.advanced, fired.failed) == (1, 1)
    assert written(world)[0] == before
    assert world.open_elements(sound) == ["visa_deputy"]
    assert world.open_elements(hostile) == ["endorse_department_head"]
    assert world.case(hostile).status == "open"
    (incident,) = world.session.scalars(select(Incident)).all()
    assert (incident.case_id, incident.code) == (hostile, "operations.approval.missing")
    changed = select(func.count()).where(
        AuditRecord.case_id == hostile, AuditRecord.object_kind == "journal.cell"
    )
    assert world.session.scalar(changed) == 0


def hand_over(database: Any, person: UUID) -> None:
    """Behind the product's back the open task is this person's and keeps nobody out."""
    with database.connect() as connection:
        connection.execute(
            "UPDATE cases.task SET assignee = %s, excluded = '{}' WHERE closed_at IS NULL", (person,)
        )
