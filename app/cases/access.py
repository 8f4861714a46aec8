"""Who may look at a case: who asked, whom it is about, who acts or acted in it, and those its units answer to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true

from app import operations
from app.cases.held import HeldCase
from app.cases.models import Case, History, Task
from app.kernel.act import Act, Hat
from app.kernel.db import db

_UNIT_ROLES = frozenset({"department_head", "programme_head", "directorate", "curator"})
_WIDE_ROLES = frozenset({"academic_office", "it_admin", "auditor"})


def may_see(act: Act, case: Case | HeldCase) -> bool:
    """Whether the person of the act may open this case; at most one statement."""
    if act.person is None:
        return True
    persons = [person for person in (act.person, act.on_behalf_of) if person]
    if case.requester in persons or set(case.about) & set(persons):
        return True
    if any(reaches(hat, case.units) for hat in act.hats):
        return True
    return bool(db.session.scalar(select(took_part(case.id, persons))))


def keeps_papers(diagram: str) -> bool:
    """Whether the files of these cases open only to some of those who may see the case (7.1)."""
    return any(start.papers_for for start in operations.STARTS.values() if start.diagram == diagram)


def may_open_papers(act: Act, case: Case | HeldCase) -> bool:
    """Whether the person of the act may open the files of a case that he may see: all of them, unless the start of
    the case keeps its papers for some roles of its units and for the persons it is about (7.1)."""
    kept = next((start for start in operations.STARTS.values() if start.diagram == case.diagram), None)
    if kept is None or not kept.papers_for:
        return may_see(act, case)
    persons = {person for person in (act.person, act.on_behalf_of) if person}
    if persons & {case.requester, *case.about}:
        return True
    return any(hat.role in kept.papers_for and hat.unit in case.units for hat in act.hats)


def seen_by(act: Act) -> ColumnElement[bool]:
    """The cases that the person of the act may open, as a condition: what `may_see` says of each."""
    if act.person is None or any(hat.role in _WIDE_ROLES and hat.unit is None for hat in act.hats):
        return true()
    persons = [person for person in (act.person, act.on_behalf_of) if person]
    units = [hat.unit for hat in act.hats if hat.role in _UNIT_ROLES and hat.unit]
    case: Any = Case.id
    return or_(
        Case.requester.in_(persons),
        Case.about.overlap(persons),
        Case.units.overlap(units),
        took_part(case, persons),
    )


def opened_by(act: Act, cases: Collection[UUID]) -> frozenset[UUID]:
    """Those of these cases that the person of the act may open; one statement."""
    if not cases:
        return frozenset()
    return frozenset(db.session.scalars(select(Case.id).where(Case.id.in_(list(cases)), seen_by(act))))


def reaches(hat: Hat, units: list[UUID]) -> bool:
    """Whether the hat opens every case of one of these units."""
    if hat.role in _WIDE_ROLES and hat.unit is None:
        return True
    return hat.role in _UNIT_ROLES and hat.unit in units


def took_part(case_id: UUID, persons: list[UUID]) -> ColumnElement[bool]:
    """Whether one of the persons holds, or has finished, a task of the case."""
    return or_(
        exists().where(Task.case_id == case_id, or_(Task.assignee.in_(persons), Task.closed_by.in_(persons))),
        exists().where(History.case_id == case_id, History.person.in_(persons)),
    )
