"""Fixtures and verbs of the tests of migrations: a process administrator and his deeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.cases.migration import runs
from app.cases.migration.move import MoveResult, migrate_case, revert_case_migration
from app.cases.migration.plan import MigrationPlan, plan_migration
from app.cases.migration.worker import migrate_waiting_cases
from app.cases.models import History, Migration, MigrationCase, Timer
from app.cases.queries.processes import RunningFilter
from app.diagrams.versions import load_version
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Refused
from tests.scenarios.world import World

REASON = "Жаңы чийме күчүнө кирди"
EVERY = RunningFilter()


@dataclass
class Administrator:
    """A process administrator of a world."""

    world: World
    person: UUID

    def act(self, reason: str = REASON) -> Act:
        return Act(self.person, None, self.world.clock(), (RoleAssignment("process_admin"),), reason)

    def migrates(self, case: UUID, target: UUID, **more: Any) -> MoveResult:
        with door.write(self.act()):
            return migrate_case(self.act(), case, target, **more)

    def reverts(self, case: UUID, source: UUID, target: UUID) -> MoveResult:
        with door.write(self.act()):
            return revert_case_migration(self.act(), case, source, target)

    def is_refused(self, case: UUID, target: UUID) -> tuple[str, dict[str, Any]]:
        """Why a case does not move: the last part of the code, and the details."""
        with pytest.raises(Refused) as refused:
            self.migrates(case, target)
        return refused.value.code.rpartition(".")[2], refused.value.params

    def plans(self, target: UUID, filter_: RunningFilter = EVERY) -> MigrationPlan:
        self.world.session.rollback()
        return plan_migration(self.act(), load_version(target), filter_)

    def starts(
        self,
        target: UUID,
        filter_: RunningFilter = EVERY,
        ticked: list[UUID] | None = None,
        id_: UUID | None = None,
    ) -> int:
        with door.write(self.act()):
            return runs.start_migration(
                self.act(), id_ or uuid4(), load_version(target), filter_, ticked, REASON
            )

    def does(self, deed: Any, number: int = 1) -> None:
        """Pause, resume or revert migration `number` of the late correction."""
        with door.write(self.act()):
            deed(self.act(), "late_correction", number)

    def works(self, limit: int = 100) -> int:
        """The worker moves what waits."""
        return migrate_waiting_cases(door.write, self.world.clock(), limit)

    def results(self) -> list[tuple[UUID, str, str | None]]:
        """Case, state and code of every row of every migration."""
        self.world.session.rollback()
        rows = self.world.session.execute(
            select(MigrationCase.case_id, MigrationCase.state, MigrationCase.code)
            .join(Migration, Migration.id == MigrationCase.migration_id)
            .order_by(Migration.number, MigrationCase.position)
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def administrator(world: World) -> Administrator:
    person = world.hires("process_admin", None)
    return Administrator(world, person)


def timers(world: World, case: UUID) -> dict[str, Any]:
    """The timers of the diagram of a case: their moments by element."""
    world.session.rollback()
    rows = world.session.execute(
        select(Timer.element, Timer.due_at).where(Timer.case_id == case, Timer.kind == "diagram")
    )
    return {row.element: row.due_at for row in rows}


def kinds(world: World, case: UUID) -> list[str]:
    """The kinds of the history entries of a case."""
    world.session.rollback()
    return list(
        world.session.scalars(select(History.kind).where(History.case_id == case).order_by(History.id))
    )
