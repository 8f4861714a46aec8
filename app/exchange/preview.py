"""Store a plan with its import as lines for display, independent of language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert

from app.audit.words import seal_text
from app.exchange import plan as plans
from app.exchange.changes import ImportChange, ImportPlan, MissingEnds, SkippedRow
from app.exchange.class_groups import GroupKey, ProposedGroup
from app.exchange.models import ImportPlanLine, ImportProgress, RosterImport
from app.exchange.read import Roster
from app.exchange.rights import RosterBearer
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db, model_table
from app.regulation.queries import load_unit_deadline_calendar
from app.regulation.rules import compute_deadline

LINE_BATCH_SIZE = 5000
PLAN_KEPT_POLICY = "roster.plan_kept"
PlanProgress = Callable[[int, int], None]
"""Called with the number of rows or lines done and their total."""
HIDDEN_PREVIEW_COLUMNS = frozenset({"sort_key", "external_id"})
SHOWN_COLUMNS_OF_NEW_ROW: Mapping[str, tuple[str, ...]] = {
    "semester": ("starts_on", "ends_on"),
    "offering": ("semester_id",),
    "role_grant": ("role", "valid_from", "valid_until"),
    "teaching": ("starts_on", "ends_on"),
    "membership": ("starts_on", "ends_on"),
}
"""Columns of a new row that its name does not include, by table."""


def save_import_preview(act: Act, found: RosterImport, roster: Roster) -> None:
    """Compute the plan for the person of the act and store it with the import, replacing any earlier plan."""
    plan = make_preview_plan(act, found, roster)
    set_preview(act, found, roster.version, plan)
    db.session.execute(delete(ImportProgress).where(ImportProgress.import_id == found.id))
    write_plan_lines(found, plan)


def make_preview_plan(
    act: Act, found: RosterImport, roster: Roster, progress: PlanProgress | None = None
) -> ImportPlan:
    """Return the plan of an import for the person of the act, with the choices that are stored with it."""
    return plans.make_import_plan(
        roster,
        local_day(act.at),
        RosterBearer.from_act(act),
        chosen_ends_of_missing_students(found),
        choices=chosen_groups(found),
        progress=progress,
    )


def set_preview(act: Act, found: RosterImport, version: str, plan: ImportPlan) -> None:
    """Set the import to previewed, with the numbers, findings and proposed groups of its plan."""
    calendar = load_unit_deadline_calendar(db.session, None, local_day(act.at))
    found.state, found.problem, found.previewed_at = "previewed", None, act.at
    found.kept_until = compute_deadline(calendar, PLAN_KEPT_POLICY, act.at).moment
    found.version, found.fingerprint = version, plan.fingerprint
    found.changes, found.counts, found.left_out = (
        plan.change_total,
        plan.change_counts_by_table(),
        dict(plan.left_out),
    )
    found.remarks = dict(plan.remark_counts)
    # A finding quotes the value it is about.
    findings = json.dumps([asdict(one) for one in plan.findings], ensure_ascii=False)
    found.findings = seal_text(found.sent_by, findings) if plan.findings else None
    found.groups = [_proposal_for_display(one, plan.names) for one in plan.groups]
    found.queued_by = found.queued_for = found.queued_at = None
    db.session.add(found)
    db.session.flush()


def write_plan_lines(found: RosterImport, plan: ImportPlan, progress: PlanProgress | None = None) -> None:
    """Replace the stored lines of an import by those of a plan, a batch at a time. `progress` is called with the
    lines written and their total."""
    db.session.execute(delete(ImportPlanLine).where(ImportPlanLine.import_id == found.id))
    done, whole = 0, len(plan.changes) + len(plan.skipped) + len(plan.absent)
    numbered = enumerate(_plan_line_values(plan), start=1)
    while batch := [
        {
            "import_id": found.id,
            "number": number,
            **line,
            "about": seal_text(found.sent_by, line["about"]),
            "columns": seal_text(found.sent_by, json.dumps(line["columns"], ensure_ascii=False)),
        }
        for number, line in islice(numbered, LINE_BATCH_SIZE)
    ]:
        db.session.execute(insert(model_table(ImportPlanLine)).inline(), batch)
        done += len(batch)
        if progress:
            progress(done, whole)


def chosen_ends_of_missing_students(found: RosterImport) -> MissingEnds | None:
    """Return the missing students that leave by an import; None when there are none."""
    if not found.ended_ids or found.ended_last_day is None:
        return None
    return MissingEnds(frozenset(UUID(one) for one in found.ended_ids), found.ended_last_day)


def chosen_groups(found: RosterImport) -> dict[GroupKey, bool]:
    """Return the decisions on proposed groups that are stored with an import."""
    return {_parse_group_key(key): joined for key, joined in found.group_choices.items()}


def group_key_text(key: GroupKey) -> str:
    """Return unit and name as one text, for forms and stored JSON."""
    return f"{key[0]}:{key[1]}"


def _parse_group_key(text: str) -> GroupKey:
    """Return unit and name of the text of a key."""
    unit, _, name = text.partition(":")
    return UUID(unit), name


def _proposal_for_display(one: ProposedGroup, names: Mapping[UUID, str]) -> dict[str, Any]:
    """Return a proposed group as JSON for display; ids become names."""
    return {
        "key": group_key_text(one.key),
        "name": one.name,
        "unit": names.get(one.key[0], ""),
        "courses": sorted(names.get(course, "") for course in one.courses),
        "students": one.students,
        "into_stored": one.into_stored,
        "joined": one.joined,
    }


def _plan_line_values(plan: ImportPlan) -> Iterator[dict[str, Any]]:
    """Yield the column values of the lines: changes, skipped rows, absent rows."""
    for change in plan.changes:
        yield {
            "kind": change.table,
            "action": change.action,
            "object_id": change.id,
            "about": change.about,
            "file": change.file,
            "line": change.line,
            "columns": _old_and_new_shown_values(change, plan.names),
            "remark": change.remark,
        }
    for left in plan.skipped:
        yield {
            "kind": left.table,
            "action": "skipped",
            "object_id": left.id,
            "about": left.about,
            "file": left.file,
            "line": left.line,
            "columns": _new_row_shown_values(left, plan.names),
            "remark": left.remark,
        }
    for one in plan.absent:
        yield {
            "kind": one.table,
            "action": "absent",
            "object_id": one.id,
            "about": one.about,
            "file": "",
            "line": 0,
            "columns": {},
            "remark": "",
        }


def _old_and_new_shown_values(change: ImportChange, names: Mapping[UUID, str]) -> dict[str, list[Any]]:
    """Return old and new value by column; for a new or removed row only columns that its name does not
    include."""
    if change.action == "insert":
        return _new_row_shown_values(change, names)
    if change.action == "remove":
        shown = SHOWN_COLUMNS_OF_NEW_ROW.get(change.table, ())
        return {column: [_value_as_json_for_display(change.before[column], names), None] for column in shown}
    return {
        column: [
            _value_as_json_for_display(change.before.get(column), names),
            _value_as_json_for_display(value, names),
        ]
        for column, value in change.values.items()
        if column not in HIDDEN_PREVIEW_COLUMNS
    }


def _new_row_shown_values(one: ImportChange | SkippedRow, names: Mapping[UUID, str]) -> dict[str, list[Any]]:
    """Return None and the new value by column of a new row."""
    shown = {column: one.values[column] for column in SHOWN_COLUMNS_OF_NEW_ROW.get(one.table, ())}
    if one.semester_id is not None:
        shown["semester_id"] = one.semester_id
    return {column: [None, _value_as_json_for_display(value, names)] for column, value in shown.items()}


def _value_as_json_for_display(value: Any, names: Mapping[UUID, str]) -> Any:
    """Return a value as JSON for display; ids become names."""
    if isinstance(value, UUID):
        return names.get(value, str(value))
    if isinstance(value, date):
        return value.isoformat()
    return value.get("ky", "") if isinstance(value, Mapping) else value
