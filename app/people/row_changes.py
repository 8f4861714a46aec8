"""Add and change rows of the structure: a repeat has no effect, an older form is refused, every change is audited.

A form proves by a digest which values it showed, so that a change made meanwhile, also by an import, is not lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from psycopg.errors import LockNotAvailable
from sqlalchemy import Select, func, select
from sqlalchemy.exc import OperationalError

from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.canonical import canonical_sha256, to_json_value
from app.kernel.db import Base, db
from app.kernel.errors import Denied, FieldProblem, Missing, Refused, Stale
from app.kernel.rehearsal import current_rehearsal
from app.people.queries.units import load_unit_and_ancestor_ids
from app.people.rules import PermissionScope, is_permitted
from app.people.structure_rules import refusal_of_last_day, refusal_to_end_used

STRUCTURE_LOCK = "people.structure"
MAX_LOCK_SECONDS = 5
"""How long a page waits for a change of the structure that goes on; an import of a university holds it for
minutes."""
Row = TypeVar("Row", bound=Base)


def require_permission_in_units(act: Act, verb: str, *units: UUID | None) -> None:
    """Raise Denied unless the act may use the verb in one of these units (3.1)."""
    if is_permitted(act.assignments, verb):
        return
    scope = {above for unit in units if unit is not None for above in load_unit_and_ancestor_ids(unit)}
    if not is_permitted(act.assignments, verb, PermissionScope(units=frozenset(scope))):
        raise Denied("people.structure.not_yours")


def row_values(row: Any, columns: Iterable[str]) -> dict[str, Any]:
    """Return the values of these columns of a row."""
    return {name: getattr(row, name) for name in columns}


def row_digest(row: Any, columns: Iterable[str]) -> str:
    """Return a digest of the values of these columns, by which a form proves what it showed."""
    return canonical_sha256(to_json_value(row_values(row, columns)))[:16]


def lock_structure(*, patient: bool = False) -> None:
    """Take the lock of the structure until the transaction ends: two changes at once never make a circle of units or
    two of what may be there once. A second call in the same transaction, by an import of many rows, does nothing.

    A rehearsal takes no lock: nothing of it stays, and it keeps nobody from working. Raises Refused when an import
    holds the lock for more than `MAX_LOCK_SECONDS`, unless `patient`.
    """
    session = db.session()
    if current_rehearsal() is not None:
        return
    if (
        session.info.get(STRUCTURE_LOCK) is not None
        and session.info[STRUCTURE_LOCK] is session.get_transaction()
    ):
        return
    key = func.hashtext(STRUCTURE_LOCK)
    if patient:
        session.execute(select(func.pg_advisory_xact_lock(key)))
    else:
        limit = func.set_config("lock_timeout", f"{MAX_LOCK_SECONDS}s", True)
        try:
            session.execute(select(limit, func.pg_advisory_xact_lock(key)))
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            raise Refused("people.structure.busy") from None
    session.info[STRUCTURE_LOCK] = session.get_transaction()


def load_row(model: type[Row], id: UUID) -> Row:
    """Return a row as it is stored now. Raises Missing."""
    found = db.session.get(model, id, populate_existing=True)
    if found is None:
        raise Missing
    return found


def load_row_to_change(
    act: Act, model: type[Row], id: UUID, verb: str, unit_column: str, *new_units: UUID | None
) -> Row:
    """Take the lock of the structure and return a row whose unit, and the new ones, the act may change with the verb.

    Raises Missing, Denied, Refused (an import holds the lock).
    """
    lock_structure()
    row = load_row(model, id)
    for unit in (getattr(row, unit_column), *new_units):
        require_permission_in_units(act, verb, unit)
    return row


def require_end_possible(
    last: date | None, used_code: str, count_left: Callable[[date], Mapping[str, int]]
) -> None:
    """Return when a row of the structure may get this last day, or (None) may go on: nothing of it goes on after it, as
    `count_left` counts. Raises Invalid on `last`, Refused with the counts."""
    wrong = refusal_of_last_day(last)
    if wrong is not None:
        raise wrong
    if last is not None:
        refusal = refusal_to_end_used(used_code, count_left(last))
        if refusal is not None:
            raise refusal


def code_problems(code: str, same_code: Select[Any]) -> dict[str, list[FieldProblem]]:
    """Return the problem of a code that another row has, by its field; one statement, none without a code."""
    if not code or db.session.scalar(same_code.limit(1)) is None:
        return {}
    return {"code": [FieldProblem("people.structure.code_taken", {"code": code})]}


def is_row_added_before(model: type[Base], id: UUID, values: Mapping[str, Any]) -> bool:
    """Return whether this very row was added before, by the same form. Raises Stale when it has other values."""
    row = db.session.get(model, id, populate_existing=True)
    if row is None:
        return False
    if row_values(row, values) != dict(values):
        raise Stale("people.form.other_content")
    return True


def add_row(
    act: Act,
    model: type[Base],
    id: UUID,
    values: Mapping[str, Any],
    event_type: str,
    kind: str,
    clause: str | None,
) -> None:
    """Add a row and its audit record."""
    db.session.add(model(id=id, **values))
    db.session.flush()
    record_audit_event(act, event_type, (kind, id), None, dict(values), clause)


def change_row(
    act: Act,
    row: Any,
    seen: str,
    columns: Iterable[str],
    values: Mapping[str, Any],
    event_type: str,
    kind: str,
    clause: str | None,
) -> bool:
    """Set values of a row whose digest of `columns` the form showed; return False when nothing changes.

    Raises Stale when the row was changed after the form was drawn.
    """
    before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
    if not before:
        return False
    if row_digest(row, columns) != seen:
        raise Stale("people.structure.changed_meanwhile")
    for name in before:
        setattr(row, name, values[name])
    db.session.flush()
    record_audit_event(
        act, event_type, (kind, row.id), before, {name: values[name] for name in before}, clause
    )
    return True
