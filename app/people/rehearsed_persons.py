"""In a rehearsal only its own persons are read, with their roles and memberships: nobody real takes part in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from app.kernel.rehearsal import Rehearsal, find_rehearsal_of_session
from app.people.models import Membership, Person, RoleGrant, Substitute

_PERSON_COLUMNS: tuple[tuple[Any, Any], ...] = (
    (Person, Person.id),
    (RoleGrant, RoleGrant.person_id),
    (Membership, Membership.person_id),
    (Substitute, Substitute.absent_id),
)


def make_persons_visible_in_rehearsal(rehearsal: Rehearsal, persons: Iterable[UUID]) -> None:
    """Let the queries of a rehearsal read these persons, whom it has made."""
    rehearsal.persons.update(persons)


@event.listens_for(Session, "do_orm_execute")
def _limit_queries_to_rehearsal_persons(state: ORMExecuteState) -> None:
    """Add to every query of a rehearsal that it reads the persons of the rehearsal only."""
    rehearsal = find_rehearsal_of_session(state.session)
    if rehearsal is None or not state.is_select:
        return
    state.statement = state.statement.options(*_criteria_of_persons(rehearsal))


def _criteria_of_persons(rehearsal: Rehearsal) -> tuple[Any, ...]:
    """Return the criteria for the persons of a rehearsal; made once for each set of persons, because an import tries
    thousands of queries with the same hundreds of persons."""
    kept = _CRITERIA.get(rehearsal)
    if kept is None or kept[0] != len(rehearsal.persons):
        persons = sorted(rehearsal.persons)
        made = tuple(
            with_loader_criteria(model, column.in_(persons), include_aliases=True)
            for model, column in _PERSON_COLUMNS
        )
        kept = _CRITERIA[rehearsal] = (len(persons), made)
    return kept[1]


_CRITERIA: WeakKeyDictionary[Rehearsal, tuple[int, tuple[Any, ...]]] = WeakKeyDictionary()
