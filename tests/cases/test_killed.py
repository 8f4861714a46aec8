"""kill -9 before every statement of a completion, and after COMMIT: nothing is lost, nothing happens twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.audit.models import AuditRecord
from app.cases.models import History
from app.kernel.db import ROOM_SCHEMAS
from app.outbox.models import Message
from tests.scenarios.world import Actor, World
from tests.support.crash_process import AFTER_COMMIT, NEVER, Victim
from tests.support.replay import record_rows_of_scene, rows_past_the_audit

LATEST = 200
"""No completion has more statements than this."""


@pytest.fixture(scope="session")
def victim(settings: Any) -> Iterator[Victim]:
    made = Victim("tests.cases.victim", settings)
    yield made
    made.end()


def approval(actor: Actor, case: UUID) -> str:
    """What the victim is told to do: approve, as this actor, at this moment."""
    task = actor.task(case)
    assert task is not None
    (assignment,) = actor.assignments
    return json.dumps(
        {
            "task": str(task.id),
            "person": str(actor.person),
            "role": assignment.role,
            "unit": str(assignment.unit) if assignment.unit else None,
            "at": actor.world.clock().isoformat(),
            "answers": {"decision": "approve"},
        }
    )


def contents(world: World) -> dict[str, str]:
    """A digest of the rows of every table: what is committed, and nothing else."""
    world.session.rollback()
    tables = world.session.scalars(
        text(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = ANY(:rooms)"
            " AND tablename !~ '_y[0-9]{4}$'"
        ),
        {"rooms": list(ROOM_SCHEMAS)},
    ).all()
    row = "coalesce(md5(string_agg(found::text, '|' ORDER BY found::text)), '')"
    found = {table: str(world.session.scalar(text(f"SELECT {row} FROM {table} found"))) for table in tables}
    world.session.rollback()
    return found


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {table for table, digest in after.items() if before[table] != digest}


def to_it(world: World, case: UUID) -> None:
    for actor in (world.head(), world.directorate(), world.office()):
        actor.approves(case)


WRITTEN = {"cases.state", "cases.history", "cases.task", "audit.record", "outbox.message"}
"""What every completion writes."""
APPLIED = WRITTEN | {'cases."case"', "journal.cell", "journal.cell_version"}
"""What the release writes beside that."""


@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.torture)])
@pytest.mark.parametrize("step", ["visa", "release"])
def test_dying_before_any_statement_leaves_everything_as_it_was(
    world: World, victim: Victim, step: str, stride: int, settings: Any
):
    case, actor = _before(world, step)
    record_rows_of_scene(world.session, settings.migration_database_url, world.clock())
    work, before = approval(actor, case), contents(world)
    statements = 1
    while victim.dies(statements, work):
        assert differing(before, contents(world)) == set(), f"half of it stays, killed before {statements}"
        statements += stride
        assert statements < LATEST
    assert statements > 8
    assert (WRITTEN if step == "visa" else APPLIED) <= differing(before, contents(world))
    _check_once(world, case, step)
    assert rows_past_the_audit(settings.migration_database_url) == []


@pytest.mark.parametrize("step", ["visa", "release"])
def test_dying_after_the_commit_has_done_everything_and_pressing_again_does_nothing(
    world: World, victim: Victim, step: str
):
    case, actor = _before(world, step)
    work, before = approval(actor, case), contents(world)
    assert victim.dies(AFTER_COMMIT, work)
    done = contents(world)
    assert (WRITTEN if step == "visa" else APPLIED) <= differing(before, done)
    assert not victim.dies(NEVER, work)
    assert differing(done, contents(world)) == set()
    _check_once(world, case, step)


def _before(world: World, step: str) -> tuple[UUID, Actor]:
    case = world.teacher().requests_correction()
    if step == "visa":
        return case, world.head()
    to_it(world, case)
    return case, world.it()


def _check_once(world: World, case: UUID, step: str) -> None:
    """Each step stands once in history, audit and outbox, and the cell has one more version at most."""
    world.session.rollback()
    steps = 1 if step == "visa" else 4
    facts = Counter(
        world.session.scalars(select(AuditRecord.event_type).where(AuditRecord.case_id == case)).all()
    )
    assert facts["cases.task.completed"] == steps and facts["journal.mark.corrected"] == (steps == 4)
    sent = [(row.event_type, json.dumps(row.payload, sort_keys=True)) for row in world.session.query(Message)]
    assert len(sent) == len(set(sent))
    done = [row.element for row in world.session.query(History).filter_by(case_id=case, kind="completed")]
    assert len(done) == len(set(done)) == steps
    cell = world.cell()
    assert cell is not None
    expected = ("ABSENT", 1, "open") if step == "visa" else ("PRESENT", 2, "done")
    assert (cell.value, cell.version, world.case(case).status) == expected
