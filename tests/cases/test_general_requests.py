"""A process that no code knows: drawn, approved by a second person, run to its end, and what it leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditRecord
from app.cases.access import can_see_case, load_visible_case_ids
from app.cases.commands.start import start_case
from app.cases.models import Case
from app.diagrams import drafts, proposals, versions
from app.diagrams.versions import load_published_version_id, load_version
from app.forms.schema import check_form_answers
from app.journal.requests.commands import NOTE_RETENTION
from app.journal.tables import Note, Request, RequestDecision
from app.kernel import door
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.operations import OPERATIONS, STARTS
from app.outbox.models import Message
from app.worker.due_work import delete_expired_request_notes
from tests.scenarios.world import Actor, World
from tests.support import certificate

WHY = "Students ask for this paper every week; nobody keeps count."
OWN_TABLES = {"journal.request", "journal.request_decision", "journal.note"}
_STEP_SCHEMAS = ("cases", "audit", "outbox")
"""Schemas that every step of a case writes to."""


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    world = World(db_session, clock)
    world._grant(world.student, "student", world.school.institute)
    return world


def published(
    world: World,
    start: str = "about_me",
    starters: str = "student",
    key: str = certificate.KEY,
    xml: str = "",
) -> None:
    """Draw it, propose it, and let another administrator approve."""
    author = world.actor("process_admin", world.hires("process_admin", None))
    reviewer = world.actor("process_admin", world.hires("process_admin", None))
    draft_id, proposal_id = new_id(), new_id()
    xml = xml or certificate.drawing(start, starters, key)
    with door.write(author.act()):
        drafts.create_draft_from_file(author.act(), draft_id, xml)
    with door.write(author.act()):
        drafts.save_draft(author.act(), draft_id, 1, xml, certificate.forms(start, key))
    with door.write(author.act()):
        proposals.propose_draft(author.act(), proposal_id, draft_id, 2, WHY)
    with door.write(reviewer.act()):
        proposals.approve_proposal(reviewer.act(), proposal_id, None, None)


def student(world: World) -> Actor:
    return Actor(world, world.student, (RoleAssignment("student", world.school.institute),))


def asks(actor: Actor, key: str = certificate.KEY, **answers: Any) -> UUID:
    case_id, version = new_id(), load_published_version_id(key)
    given = {"copies": "one", "purpose": "Салык кызматына"} | answers
    form = load_version(version).forms[f"{key}.start"] if version else None
    clean = check_form_answers(form, given) if form else given
    with door.write(actor.act()):
        start_case(actor.act(), case_id, key, clean)
    return case_id


def test_a_certificate_is_asked_for_returned_and_issued(world: World) -> None:
    published(world)
    case = asks(student(world))
    world.directorate().returns(case, "Кайсы мекемеге экенин так жазыңыз")
    student(world).completes(case, decision="resubmit", copies="two", purpose="Социалдык фондго")
    world.directorate().approves(case)
    world.office().completes(case, number="17-К")
    world.session.rollback()
    row = world.session.get(Case, case)
    assert (row.status, row.outcome, row.about) == ("done", "issued", [world.student])
    assert (row.subject["answers"], row.iteration) == ({"copies": "two"}, 2)
    decided = world.session.scalars(select(RequestDecision)).one()
    assert (decided.decision, decided.person_id) == ("approve", world.people["directorate"])
    note = world.session.scalars(select(Note)).one()
    assert (note.student_id, note.titles["ky"]) == (world.student, certificate.NOTE[0])
    told = world.session.scalars(
        select(Message).where(Message.event_type == "journal.request.notified")
    ).one()
    assert told.payload["recipients"] == [str(world.student)]
    assert dict(zip(("ky", "ru", "en"), certificate.READY, strict=True)) == told.payload["title"]
    first, second = world.session.scalars(select(Request).order_by(Request.made_at, Request.id))
    assert (second.previous_id, first.sha256 != second.sha256) == (first.id, True)
    world.is_whole()


def test_what_was_written_freely_is_only_in_the_sealed_history(world: World) -> None:
    published(world)
    asks(student(world), purpose="Жеке сыр")
    everything = [str(row) for row in world.session.execute(text("SELECT r::text FROM journal.request r"))]
    everything += [str(row) for row in world.session.execute(text("SELECT c::text FROM cases.case c"))]
    assert len(everything) == 2 and not any("Жеке сыр" in row for row in everything)


def test_the_note_goes_when_it_was_kept_long_enough(world: World, app: Any) -> None:
    published(world)
    case = asks(student(world))
    world.directorate().approves(case)
    world.office().completes(case, number="1")
    settings = app.extensions["depter"].settings
    for waited, left in ((NOTE_RETENTION, 1), (NOTE_RETENTION + timedelta(days=2), 0)):
        delete_expired_request_notes(settings, world.clock() + waited)
        world.session.rollback()
        assert world.session.scalar(select(func.count()).select_from(Note)) == left


def test_only_who_was_chosen_may_begin(world: World) -> None:
    published(world)
    with pytest.raises(Denied):
        asks(world.teacher())
    with pytest.raises(Missing):
        asks(student(world), key="about_me")


def test_a_request_about_a_student_stays_in_reach(world: World) -> None:
    published(world, "about_a_student", "directorate teacher")
    case = asks(world.directorate(), student={"id": str(world.student)})
    row = world.session.get(Case, case)
    assert (row.about, row.units) == ([world.student], [world.school.institute])
    stranger = world.hires("student", world.school.institute)
    with pytest.raises(Invalid):
        asks(world.teacher(), student={"id": str(stranger)})


def test_a_request_about_a_journal_and_about_a_unit(world: World) -> None:
    published(world, "about_a_journal", "teacher", "journal_wish")
    case = asks(world.teacher(), "journal_wish", offering={"id": str(world.school.offering)})
    world.session.rollback()
    row = world.session.get(Case, case)
    assert row.units == [world.school.department, world.school.institute]
    assert row.subject["offering"] == str(world.school.offering)
    with pytest.raises(Missing):
        asks(world.teacher(), "journal_wish", offering={"id": str(new_id())})
    published(world, "about_a_unit", "department_head", "unit_wish")
    case = asks(world.head(), "unit_wish", unit={"id": str(world.school.department)})
    world.session.rollback()
    row = world.session.get(Case, case)
    assert row.units == [world.school.department, world.school.institute]
    with pytest.raises(Invalid):
        asks(world.head(), "unit_wish", unit={"id": str(world.school.institute)})


def test_who_reads_a_general_case(world: World) -> None:
    """Whom it is about, the roles of its steps, and the readers of every case; nobody else."""
    published(world)
    case = asks(student(world))
    row = world.session.get(Case, case)
    stranger = world.hires("student", world.school.institute)
    elsewhere = world.hires("directorate", world.school.department)
    office, teacher = world.office(), world.teacher()
    readers = {
        "student": student(world),
        "directorate": world.directorate(),
        "office": office,
        "auditor": Actor(world, world.hires("auditor", None), (RoleAssignment("auditor", None),)),
    }
    others = {
        "another student": Actor(world, stranger, (RoleAssignment("student", world.school.institute),)),
        "another directorate": Actor(
            world, elsewhere, (RoleAssignment("directorate", world.school.department),)
        ),
        "a teacher": teacher,
    }
    assert {name for name, one in (readers | others).items() if can_see_case(one.act(), row)} == set(readers)
    for actor in (readers | others).values():
        listed = case in load_visible_case_ids(actor.act(), [case])
        assert listed == (actor in readers.values())


def test_a_step_for_teachers_opens_the_case_for_the_teachers_of_the_unit(world: World) -> None:
    drawn = certificate.drawing("about_me", "department_head")
    assert 'depter:role="directorate" depter:scope="start.unit_institute"' in drawn
    xml = drawn.replace(
        'depter:role="directorate" depter:scope="start.unit_institute"',
        'depter:role="teacher" depter:scope="start.unit"',
    )
    published(world, xml=xml)
    case = asks(world.head())
    row = world.session.get(Case, case)
    assert can_see_case(world.teacher().act(), row)
    assert case in load_visible_case_ids(world.teacher().act(), [case])


def test_who_has_no_unit_is_told_why_the_request_goes_nowhere(world: World) -> None:
    published(world, "about_me", "academic_office")
    with pytest.raises(Refused) as refused:
        asks(world.office())
    assert refused.value.code == "cases.start.no_unit"


def test_general_operations_write_nothing_but_their_own_tables(world: World, database: Any) -> None:
    """Counted by PostgreSQL for every table while a whole case runs."""
    published(world)
    before = _written(world)
    case = asks(student(world))
    world.directorate().approves(case)
    world.office().completes(case, number="1")
    grown = {table for table, rows in _written(world).items() if rows != before.get(table)}
    assert grown >= OWN_TABLES
    assert {table for table in grown - OWN_TABLES if table.split(".")[0] not in _STEP_SCHEMAS} == set()
    kinds = set(world.session.scalars(select(AuditRecord.event_type).where(AuditRecord.case_id == case)))
    assert {"journal.request.made", "journal.request.decided", "journal.note.added"} <= kinds


def _written(world: World) -> dict[str, str]:
    """The content of every table, as a digest."""
    world.session.rollback()
    schemas = ("people", "regulation", "journal", "diagrams", "notices", "files", "exchange", *_STEP_SCHEMAS)
    tables = world.session.scalars(
        text(
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(:schemas)"
            " AND tablename !~ '_y[0-9]{4}$'"
        ),
        {"schemas": list(schemas)},
    ).all()
    digest = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
    return {table: world.session.scalar(text(digest.format(table))) for table in tables}


def test_each_general_entry_declares_what_it_keeps() -> None:
    general = [one for one in OPERATIONS.values() if one.general]
    assert len(general) == 4
    assert all(one.record is not None and one.record.readers and not one.clause for one in general)
    assert not any(one.required_approvals for one in general)
    assert {one.name for one in STARTS.values() if one.general} == {
        "about_me",
        "about_a_student",
        "about_a_journal",
        "about_a_unit",
    }
