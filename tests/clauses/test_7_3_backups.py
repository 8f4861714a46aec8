"""Backups (7.3): IT drafts the schedule, another person approves it; it runs by itself; drills are reported in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.backups import commands, queries
from app.backups.commands import RunOutcome
from app.backups.models import RestoreDrill
from app.backups.rules import drill_outcome, drill_period, due_moment_to_run
from app.cases.commands.start import start_case
from app.cases.incidents import record_backup_incident, resolve_backup_incidents
from app.cases.models import Case, Incident
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.errors import Denied, Invalid, Refused
from app.kernel.ids import new_id
from app.operations import STARTS
from app.outbox.dispatch import deliver_due_messages
from app.people.models import Account
from app.worker.due_work import begin_quarterly_drill
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.commissions import rector, vice_rector
from tests.scenarios.world import Actor, World
from tests.web.browser import Browser

pytestmark = pytest.mark.clause("7.3")
HOURLY = {
    "every_hours": "1",
    "first_hour": "0",
    "copies": "48",
    "archives_wal": "no",
    "place": "Экинчи имарат, NAS",
}


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


def proposes(actor: Actor, **changed: str) -> UUID:
    case_id = new_id()
    with door.write(actor.act()):
        start_case(actor.act(), case_id, "backup_schedule", HOURLY | changed)
    return case_id


def test_another_person_than_the_drafter_approves_the_schedule(world: World):
    it, ruler = world.it(), rector(world)
    assert STARTS["backup_schedule"].roles == ("it_admin",)
    with pytest.raises(Denied):
        proposes(ruler)
    # One hour of work may be lost (policy backup.rpo): hourly is the boundary, two hours need the WAL as well.
    with pytest.raises(Invalid) as wrong:
        proposes(it, every_hours="2")
    assert set(wrong.value.fields) == {"every_hours"}
    assert proposes(it, every_hours="2", archives_wal="yes")
    case = proposes(it)
    assert queries.find_schedule_in_force() is None
    ruler.returns(case, "Көчүрмөлөр кайда сакталат?")
    it.completes(case, decision="resubmit", **HOURLY | {"place": "Үчүнчү имарат"})
    ruler.approves(case)
    assert world.session.get(Case, case).outcome == "in_force"
    world.session.rollback()
    in_force = queries.find_schedule_in_force()
    assert in_force is not None and in_force.draft.place == "Үчүнчү имарат"
    assert (in_force.drafted_by, in_force.approved_at) == (it.person, world.clock())
    # Who is both administrator and rector does not approve his own: the task goes to the vice-rector.
    both = Actor(world, ruler.person, (RoleAssignment("it_admin", None), RoleAssignment("rector", None)))
    world._grant(ruler.person, "it_admin", None)
    world.session.commit()
    own = proposes(both)
    assert both.task(own) is None or world.open_tasks(own)[0].assignee == vice_rector(world).person
    with pytest.raises((Refused, AssertionError, Denied)):
        both.approves(own)


@pytest.mark.undriven
def test_a_backup_is_due_from_its_minute_on():
    def due(
        now: datetime, last: datetime | None = None, approved: datetime = datetime(2026, 10, 1, tzinfo=UTC)
    ):
        return due_moment_to_run(6, 2, approved, last, now, UNIVERSITY_ZONE)

    two_in_bishkek = datetime(2026, 10, 13, 20, 0, tzinfo=UTC)
    assert due(two_in_bishkek) == two_in_bishkek
    assert due(two_in_bishkek - timedelta(minutes=1)) == two_in_bishkek - timedelta(hours=6)
    assert due(two_in_bishkek + timedelta(hours=5), last=two_in_bishkek) is None
    assert due(two_in_bishkek + timedelta(hours=20), last=two_in_bishkek) == two_in_bishkek + timedelta(
        hours=18
    )
    assert due(two_in_bishkek, approved=two_in_bishkek) == two_in_bishkek
    assert due(two_in_bishkek, approved=two_in_bishkek + timedelta(minutes=1)) is None
    assert drill_period(date(2026, 12, 31), 3) == (date(2026, 10, 1), date(2027, 1, 1))
    assert drill_outcome(True, 240, 4) == "restored" and drill_outcome(True, 241, 4) == "too_slow"


def test_a_drill_is_reported_by_it_and_read_by_the_auditor(world: World, app: Any, settings: Any):
    it, auditor = world.it(), Actor(world, world.hires("auditor", None), (RoleAssignment("auditor", None),))
    ruler = rector(world)
    world.session.commit()
    assert not begin_quarterly_drill(settings, world.clock())
    assert world.session.scalars(select(RestoreDrill)).all() == []
    ruler.approves(proposes(it))
    for _ in range(2):
        begin_quarterly_drill(settings, world.clock())
    world.session.rollback()
    deliver_due_messages(event_handlers_by_type(settings), world.clock(), 100)
    (case,) = world.session.scalars(select(Case.id).where(Case.diagram == "restore_drill"))
    task = it.task(case)
    assert task is not None and task.due_at is not None
    with pytest.raises(AssertionError):
        auditor.completes(case)
    it.completes(case, result="restored", minutes="241", reason="Бош виртуалдык машинада, акыркы көчүрмө.")
    auditor.completes(case)
    assert world.session.get(Case, case).outcome == "too_slow"
    world.session.rollback()
    (drill,) = queries.list_drills()
    assert (drill.restored, drill.minutes, drill.within_hours, drill.case_id) == (True, 241, 4, case)

    act = Act.by_system(world.clock())
    schedule = queries.find_schedule_in_force()
    with door.write(act):
        run = commands.begin_run(act, schedule.id, world.clock() - timedelta(hours=1))
        commands.finish_run(act, run, RunOutcome("backups.run.failed", "pg_dump ended with 1"))
        record_backup_incident(act, "backups.run.failed", "pg_dump ended with 1")
        record_backup_incident(act, "backups.run.failed", "pg_dump ended with 1")
    assert [one.kind for one in world.session.scalars(select(Incident))] == ["backup"]
    for actor, sees in ((it, True), (auditor, True), (ruler, True), (world.office(), False)):
        world.session.add(Account(person_id=actor.person, login=actor.assignments[0].role, password="x"))
        world.session.commit()
        page = Browser(app).enter(actor.person).get("/backups")
        assert page.status_code == (200 if sees else 404)
        assert not sees or ("pg_dump ended with 1" in page.text and "241 min" in page.text)
    with door.write(act):
        assert resolve_backup_incidents(act) == 1
