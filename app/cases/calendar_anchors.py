"""Anchors of open cases that depend on the academic calendar: current values and deadlines counted from them.

Reads cases and the providers in `operations.calendar_anchors`. Writes nothing: `compute_case_states_with_new_anchors`
returns the new states.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.bpmn import engine
from app.cases.deadline_moves import OpenDeadline
from app.cases.locking import DAMAGE_ERRORS
from app.cases.models import Case, CaseState
from app.cases.state import verify_state_checksum
from app.diagrams.versions import VersionDamaged, load_version
from app.journal.semesters.queries import PreviewDates
from app.kernel.db import db
from app.operations import CALENDAR_ANCHOR_LOADERS


@dataclass(frozen=True, slots=True)
class CalendarAnchoredCase:
    """A case whose anchors depend on the academic calendar, with their current values by process variable."""

    id: UUID
    version: UUID
    anchors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReanchoredCase:
    """The engine state of a case with the current anchors, and the anchors before and after."""

    case: UUID
    body: bytes
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def load_cases_with_deadlines_by_calendar(
    ids: Collection[UUID], instead: PreviewDates | None
) -> dict[UUID, CalendarAnchoredCase]:
    """Return those of the cases whose anchors depend on the calendar, by id.

    `instead` replaces dates of the calendar for a preview. One statement and up to two for each diagram.
    """
    statement = select(Case.id, Case.diagram, Case.version_id, Case.subject_id)
    rows = db.session.execute(
        statement.where(Case.id.in_(list(ids)), Case.diagram.in_(list(CALENDAR_ANCHOR_LOADERS)))
    ).all()
    anchored = {}
    for diagram, anchors_of in CALENDAR_ANCHOR_LOADERS.items():
        of_diagram = [row for row in rows if row.diagram == diagram and row.subject_id]
        anchors = anchors_of([row.subject_id for row in of_diagram], instead) if of_diagram else {}
        for row in of_diagram:
            if row.subject_id in anchors:
                anchored[row.id] = CalendarAnchoredCase(row.id, row.version_id, anchors[row.subject_id])
    return anchored


def replace_deadline_anchors(
    deadlines: Iterable[OpenDeadline], cases: Mapping[UUID, CalendarAnchoredCase]
) -> list[OpenDeadline]:
    """Return the deadlines; those counted from such an anchor get its current value."""
    return [_replace_deadline_anchor(deadline, cases.get(deadline.case)) for deadline in deadlines]


def _replace_deadline_anchor(deadline: OpenDeadline, case: CalendarAnchoredCase | None) -> OpenDeadline:
    """Return the deadline with its current anchor; unchanged without one or if the version is damaged."""
    if case is None:
        return deadline
    try:
        model = load_version(case.version).model
    except VersionDamaged:
        return deadline
    element = (
        model.user_tasks.get(deadline.element) if deadline.of_task else model.timers.get(deadline.element)
    )
    variable = element.anchor if element is not None else ""
    moment = case.anchors.get(variable.removeprefix("start.")) if variable else None
    return replace(deadline, anchor=datetime.fromisoformat(moment)) if moment else deadline


def compute_case_states_with_new_anchors(cases: Sequence[CalendarAnchoredCase]) -> list[ReanchoredCase]:
    """Return new states for the cases whose anchors changed; one statement. The caller holds the locks."""
    statement = select(CaseState.case_id, CaseState.body, CaseState.check)
    rows = db.session.execute(statement.where(CaseState.case_id.in_([case.id for case in cases])))
    states = {row.case_id: (row.body, row.check) for row in rows}
    reanchored = (
        _compute_reanchored_case_or_none(case, *states[case.id]) for case in cases if case.id in states
    )
    return [case_state for case_state in reanchored if case_state is not None]


def _compute_reanchored_case_or_none(
    case: CalendarAnchoredCase, body: bytes, check: bytes
) -> ReanchoredCase | None:
    """Return the new state of one case; None when nothing changed or when IT has to repair the case first."""
    try:
        spec = load_version(case.version).spec
        state = verify_state_checksum(body, check)
        variables = engine.read_state_as_step_result(spec, state).variables
        before = {name: variables.get(f"start.{name}") for name in case.anchors}
        if before == dict(case.anchors):
            return None
        step = engine.replace_start_variables(
            spec, state, {f"start.{name}": value for name, value in case.anchors.items()}
        )
        return ReanchoredCase(case.id, step.state, before, dict(case.anchors))
    except DAMAGE_ERRORS:
        return None
