"""Execute a plan in one transaction and record it in the audit.

A row that existed before and changed has a record of its own, with before and after. New rows are listed by
their ids, `MAX_AUDITED_IDS` a record: a first roster creates tens of thousands, their values are in the rows
themselves and in the stored file, and a record for each would hide the changes somebody will look for. The list of new
roles holds the roles too, because a replay builds them again (`audit.replay`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update

from app.audit.record import AuditEvent, PrivateValue, record_audit_events
from app.exchange import plan as plans
from app.exchange.changes import WRITTEN_TABLES, ImportChange, ImportPlan, MissingEnds
from app.exchange.class_groups import GroupKey
from app.exchange.enrolment_events import post_changed_membership_spans
from app.exchange.read import Roster
from app.exchange.rights import RosterBearer
from app.exchange.semester_dates import reschedule_changed_semesters
from app.exchange.source_ids import save_group_choices, save_source_ids
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import Base, db, model_table
from app.kernel.errors import Invalid, Stale
from app.kernel.ids import new_id
from app.people.commands import notify_owners_at_previous_addresses
from app.people.models import Unit
from app.people.rules import compute_unit_depths

WRITE_BATCH_SIZE = 1000
MAX_AUDITED_IDS = 1000
PERSONAL_COLUMNS = frozenset({"family_name", "given_name", "patronymic", "sort_key", "email", "identifier"})
ProgressCallback = Callable[[int, int], None]


def execute_import_plan(
    act: Act,
    roster: Roster,
    fingerprint: str,
    *,
    import_id: UUID | None = None,
    bearer: RosterBearer | None = None,
    ends: MissingEnds | None = None,
    choices: Mapping[GroupKey, bool] | None = None,
    progress: ProgressCallback | None = None,
) -> ImportPlan:
    """Execute the previewed plan; return it. Raises Invalid when it has findings, Stale when the plan differs
    by now.

    `import_id` names the import in the audit; `bearer`, `ends` and `choices` as for `plan.make_import_plan`;
    `progress` is called with the number of changes done and their total.
    """
    # One import at a time: the plan must stay valid until it is executed.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("exchange.oneroster"))))
    plan = plans.make_import_plan(roster, local_day(act.at), bearer, ends, choices=choices)
    if plan.findings:
        raise Invalid.field("file", "exchange.file.has_findings", count=len(plan.findings))
    if plan.fingerprint != fingerprint:
        raise Stale("exchange.plan.changed")
    done, whole = 0, len(plan.changes)
    for model in WRITTEN_TABLES:
        table_changes = [change for change in plan.changes if change.table == model.__tablename__]
        for batch in _batches_in_write_order(model, table_changes):
            _write_batch_of_changes(model, batch)
            done += len(batch)
            if progress:
                progress(done, whole)
    removed = [one.id for one in plan.changes if one.action == "remove"]
    save_source_ids(plan.sources, plan.replaced_sources, removed)
    save_group_choices(plan.groups)
    _record_import_in_audit(act, roster, plan, import_id or new_id())
    post_changed_membership_spans(act, plan)
    notify_owners_at_previous_addresses(act, _former_mail_address_by_person(plan))
    reschedule_changed_semesters(act, plan)
    return plan


def _former_mail_address_by_person(plan: ImportPlan) -> dict[UUID, str]:
    """Return the previous mail address of every person whose address changed, by person."""
    return {
        one.id: one.before["email"]
        for one in plan.changes
        if one.table == "person"
        and one.before.get("email")
        and one.values.get("email", one.before["email"]) != one.before["email"]
    }


def _batches_in_write_order(
    model: type[Base], changes: Sequence[ImportChange]
) -> Sequence[Sequence[ImportChange]]:
    """Split the changes of one table into batches in the order in which they are written: removals,
    insertions, updates."""
    fresh = [change for change in changes if change.action == "insert"]
    removed = [change for change in changes if change.action == "remove"]
    others = [change for change in changes if change.action in ("update", "end")]
    layers = _group_new_units_by_depth(fresh) if model is Unit else [fresh]
    return [part for layer in (removed, *layers, others) for part in _split_into_write_batches(layer)]


def _split_into_write_batches(changes: Sequence[ImportChange]) -> Sequence[Sequence[ImportChange]]:
    """Split changes into batches of at most `WRITE_BATCH_SIZE`."""
    return [changes[start : start + WRITE_BATCH_SIZE] for start in range(0, len(changes), WRITE_BATCH_SIZE)]


def _group_new_units_by_depth(fresh: Sequence[ImportChange]) -> Sequence[Sequence[ImportChange]]:
    """Group new units by depth, parents before children, whatever the order of the file; a plan has no
    cycles."""
    new = {change.id for change in fresh}
    above = {one.id: one.values["parent_id"] for one in fresh}
    depths = compute_unit_depths({unit: parent if parent in new else None for unit, parent in above.items()})
    layers: defaultdict[int, list[ImportChange]] = defaultdict(list)
    for change in fresh:
        layers[depths[change.id] or 0].append(change)
    return [layers[depth] for depth in sorted(layers)]


def _write_batch_of_changes(model: type[Base], batch: Sequence[ImportChange]) -> None:
    """Write one batch of changes that all have the same kind of action."""
    if batch[0].action == "remove":
        db.session.execute(
            delete(model_table(model)).where(model_table(model).c.id.in_([one.id for one in batch]))
        )
        return
    rows = [{"id": one.id, **one.values} for one in batch]
    if batch[0].action == "insert":
        db.session.execute(insert(model_table(model)).inline(), rows)
        return
    for row in rows:
        db.session.execute(
            update(model_table(model)).where(model_table(model).c.id == row.pop("id")).values(**row)
        )


def _record_import_in_audit(act: Act, roster: Roster, plan: ImportPlan, import_id: UUID) -> None:
    """Record the import, its new rows and its changed rows in the audit; record nothing for an empty plan."""
    if not plan.change_total:
        return
    about = ("exchange.import", import_id)
    counts = {f"{name}.{action}": count for (name, action), count in plan.change_counts.items()}
    if plan.journal_changes:
        counts["enrolment.update"] = len(plan.journal_changes)
    after = {"version": roster.version, "counts": counts, "plan": plan.fingerprint}
    deeds = [AuditEvent("exchange.roster.imported", about, None, after, "2.1")]
    for model in WRITTEN_TABLES:
        name = model.__tablename__
        fresh = [one for one in plan.changes if one.table == name and one.action == "insert"]
        for start in range(0, len(fresh), MAX_AUDITED_IDS):
            part = fresh[start : start + MAX_AUDITED_IDS]
            listed = {"table": name, "ids": [one.id for one in part]}
            deeds.append(AuditEvent("exchange.roster.created", about, None, listed, "2.1"))
    deeds += [_row_audit_event(one) for one in plan.changes if one.action != "insert"]
    for start in range(0, len(deeds), WRITE_BATCH_SIZE):
        record_audit_events(act, deeds[start : start + WRITE_BATCH_SIZE])


def _row_audit_event(change: ImportChange) -> AuditEvent:
    """Return the audit record of one changed row; personal data are sealed under the key of the person."""
    subject = change.id if change.table == "person" else None
    before, after = (_mark_personal_values(values) for values in (change.before, change.values))
    kind = (f"{_ROOM_BY_TABLE.get(change.table, 'people')}.{change.table}", change.id)
    return AuditEvent(f"exchange.row.{change.action}", kind, before, after, "2.1", subject)


_ROOM_BY_TABLE = dict.fromkeys(("semester", "course", "offering", "teaching", "lesson"), "journal")


def _mark_personal_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values with personal columns marked private."""
    return {
        name: PrivateValue(value) if name in PERSONAL_COLUMNS else value for name, value in values.items()
    }
