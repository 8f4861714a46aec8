"""Migrations as their pages show them: one migration with its counts, its cases by result, the list of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from app.audit.words import unseal_texts
from app.cases.access import visible_cases_condition
from app.cases.migration.reasons import STAY_CODES, StayReason
from app.cases.migration.tables import Migration, MigrationCase
from app.cases.models import Case
from app.diagrams.models import DiagramVersion
from app.kernel.act import Act
from app.kernel.db import db

_CASES_PER_REPORT_BATCH = 1000


@dataclass(frozen=True, slots=True)
class MigrationView:
    """One migration. `counts` are its cases by state, `reason` is the text of whoever chose it."""

    id: UUID
    diagram: str
    number: int
    target_version_id: UUID
    target_number: int
    filter: Mapping[str, Any]
    chosen_by: UUID
    chosen_at: datetime
    run_by: UUID
    state: str
    reverting: bool
    problem: str | None
    ended_at: datetime | None
    counts: Mapping[str, int]
    reason: str = ""

    @property
    def total(self) -> int:
        """Return how many cases were chosen."""
        return sum(self.counts.values())

    @property
    def ever_moved_case_count(self) -> int:
        """Return how many cases were moved, also those that were moved back later."""
        return sum(self.counts.get(state, 0) for state in ("moved", "reverted", "kept"))

    @property
    def done(self) -> int:
        """Return how many cases are done: moved or not, or, while it goes back, moved back or not."""
        if self.reverting:
            return self.counts.get("reverted", 0) + self.counts.get("kept", 0)
        return self.total - self.counts.get("waiting", 0)

    @property
    def whole(self) -> int:
        """Return how many cases have to be done."""
        return self.ever_moved_case_count if self.reverting else self.total


@dataclass(frozen=True, slots=True)
class MigrationCaseView:
    """One case of a migration. `reason` is why it stays; `is_readable`: the reader may open the case."""

    position: int
    case_id: UUID
    number: str
    from_version_id: UUID
    from_number: int
    state: str
    reason: StayReason | None
    at: datetime | None
    is_readable: bool


_MIGRATION_COLUMNS = [
    getattr(Migration, name) for name in MigrationView.__slots__ if hasattr(Migration, name)
]


def load_migrations(key: str, limit: int, before: int | None = None) -> list[MigrationView]:
    """Return the migrations of a process, the newest first, with number below `before`; two statements."""
    statement = _migrations_statement().where(Migration.diagram == key)
    if before is not None:
        statement = statement.where(Migration.number < before)
    rows = db.session.execute(statement.order_by(Migration.number.desc()).limit(limit)).all()
    counts = _load_case_counts_by_state([row.id for row in rows])
    return [_migration_view(row, counts, "") for row in rows]


def find_migration(key: str, number: int) -> MigrationView | None:
    """Return one migration with its reason; None when there is none. Three statements."""
    row = db.session.execute(
        _migrations_statement().where(Migration.diagram == key, Migration.number == number)
    ).one_or_none()
    if row is None:
        return None
    (reason,) = unseal_texts([(row.chosen_by, row.words)])
    return _migration_view(row, _load_case_counts_by_state([row.id]), reason)


def _migrations_statement() -> Select[Any]:
    return select(*_MIGRATION_COLUMNS, Migration.words, DiagramVersion.number.label("target_number")).join(
        DiagramVersion, DiagramVersion.id == Migration.target_version_id
    )


def _migration_view(row: Any, counts: Mapping[UUID, Mapping[str, int]], reason: str) -> MigrationView:
    columns = {name: value for name, value in row._mapping.items() if name != "words"}
    return MigrationView(**columns, counts=counts.get(row.id, {}), reason=reason)


def _load_case_counts_by_state(ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    """Return how many cases of each migration have each state; one statement."""
    found: dict[UUID, dict[str, int]] = {}
    rows = db.session.execute(
        select(MigrationCase.migration_id, MigrationCase.state, func.count())
        .where(MigrationCase.migration_id.in_(list(ids)))
        .group_by(MigrationCase.migration_id, MigrationCase.state)
    )
    for migration_id, state, count in rows:
        found.setdefault(migration_id, {})[state] = count
    return found


def load_stay_reason_counts(migration_id: UUID) -> list[tuple[StayReason, int]]:
    """Return why cases of a migration were not moved or not moved back, with their number; one statement."""
    step, role = (MigrationCase.details[name].astext for name in ("step", "role"))
    rows = db.session.execute(
        select(MigrationCase.code, step, role, func.count())
        .where(MigrationCase.migration_id == migration_id, MigrationCase.code.is_not(None))
        .group_by(MigrationCase.code, step, role)
    )
    found = [
        (StayReason(code, {name: value for name, value in (("step", at), ("role", who)) if value}), count)
        for code, at, who, count in rows
    ]
    order = {code: place for place, code in enumerate(STAY_CODES)}
    return sorted(found, key=lambda one: (order.get(one[0].code, len(order)), one[0].step))


def load_migration_cases(
    act: Act, migration_id: UUID, limit: int, *, state: str = "", after: int = 0
) -> list[MigrationCaseView]:
    """Return cases of a migration in its order, after the position `after`; one statement."""
    statement = (
        select(
            MigrationCase.position,
            MigrationCase.case_id,
            Case.number,
            MigrationCase.from_version_id,
            DiagramVersion.number,
            MigrationCase.state,
            MigrationCase.code,
            MigrationCase.details,
            MigrationCase.at,
            visible_cases_condition(act),
        )
        .join(Case, Case.id == MigrationCase.case_id)
        .join(DiagramVersion, DiagramVersion.id == MigrationCase.from_version_id)
        .where(MigrationCase.migration_id == migration_id, MigrationCase.position > after)
        .order_by(MigrationCase.position)
        .limit(limit)
    )
    if state:
        statement = statement.where(MigrationCase.state == state)
    return [_migration_case_view(tuple(row)) for row in db.session.execute(statement)]


def _migration_case_view(columns: tuple[Any, ...]) -> MigrationCaseView:
    """Return the view of one row of `load_migration_cases`."""
    before, (code, details, at, is_readable) = columns[:-4], columns[-4:]
    reason = StayReason(code, details) if code else None
    return MigrationCaseView(*(*before, reason, at, is_readable))


def iterate_migration_cases(act: Act, migration_id: UUID) -> Iterator[MigrationCaseView]:
    """Yield every case of a migration in its order, for a report; one statement for each thousand."""
    after = 0
    while rows := load_migration_cases(act, migration_id, _CASES_PER_REPORT_BATCH, after=after):
        yield from rows
        after = rows[-1].position


def load_readable_case_ids(act: Act, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the cases that the person may open; one statement."""
    statement = select(Case.id).where(Case.id.in_(list(ids)), visible_cases_condition(act))
    return set(db.session.scalars(statement))
