"""Anchors of open cases that hang on the academic calendar: what they are now, and terms counted from them.

Reads cases and asks the menu (`operations.DATED`) what their start facts are; `restated` hands back states that say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.bpmn import engine
from app.cases.deadline_moves import OpenTerm
from app.cases.locking import DAMAGES
from app.cases.models import Case, CaseState
from app.cases.state import checked
from app.diagrams.versions import VersionDamaged, load
from app.journal.semesters.queries import Dates
from app.kernel.db import db
from app.operations import DATED


@dataclass(frozen=True, slots=True)
class DatedCase:
    """A case whose anchors hang on the academic calendar, and what they are now, by fact."""

    id: UUID
    version: UUID
    anchors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Restated:
    """The state of a case with the anchors of now, and what they were."""

    case: UUID
    body: bytes
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def dated_cases(ids: Collection[UUID], instead: Dates | None) -> dict[UUID, DatedCase]:
    """Those of the cases that hang on it; one statement and up to two a diagram."""
    wanted = select(Case.id, Case.diagram, Case.version_id, Case.subject_id)
    found = db.session.execute(wanted.where(Case.id.in_(list(ids)), Case.diagram.in_(list(DATED)))).all()
    made = {}
    for diagram, anchors_of in DATED.items():
        mine = [row for row in found if row.diagram == diagram and row.subject_id]
        known = anchors_of([row.subject_id for row in mine], instead) if mine else {}
        for row in mine:
            if row.subject_id in known:
                made[row.id] = DatedCase(row.id, row.version_id, known[row.subject_id])
    return made


def anchored_anew(terms: Iterable[OpenTerm], cases: Mapping[UUID, DatedCase]) -> list[OpenTerm]:
    """The terms, those counted from such an anchor with the moment it is now."""
    return [_anew(term, cases.get(term.case)) for term in terms]


def _anew(term: OpenTerm, case: DatedCase | None) -> OpenTerm:
    if case is None:
        return term
    try:
        model = load(case.version).model
    except VersionDamaged:
        return term
    drawn = model.user_tasks.get(term.element) if term.of_task else model.timers.get(term.element)
    fact = drawn.anchor if drawn is not None else ""
    moment = case.anchors.get(fact.removeprefix("start.")) if fact else None
    return replace(term, anchor=datetime.fromisoformat(moment)) if moment else term


def restated(cases: Sequence[DatedCase]) -> list[Restated]:
    """The new states of those whose facts say another moment; one statement. The caller holds the cases."""
    wanted = select(CaseState.case_id, CaseState.body, CaseState.check)
    rows = db.session.execute(wanted.where(CaseState.case_id.in_([case.id for case in cases])))
    states = {row.case_id: (row.body, row.check) for row in rows}
    found = (_restated(case, *states[case.id]) for case in cases if case.id in states)
    return [one for one in found if one is not None]


def _restated(case: DatedCase, body: bytes, check: bytes) -> Restated | None:
    """None where nothing changed, and for a case that IT has to mend before anybody reads it."""
    try:
        spec = load(case.version).spec
        state = checked(body, check)
        facts = engine.look(spec, state).facts
        before = {name: facts.get(f"start.{name}") for name in case.anchors}
        if before == dict(case.anchors):
            return None
        said = engine.restate(spec, state, {f"start.{name}": value for name, value in case.anchors.items()})
        return Restated(case.id, said.state, before, dict(case.anchors))
    except DAMAGES:
        return None
