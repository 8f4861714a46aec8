"""Make the plan of an import: at once for a small file, by the worker for a large one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.words import unseal_text
from app.exchange.models import ImportPlanLine, ImportProgress, RosterImport
from app.exchange.preview import make_preview_plan, save_import_preview, set_preview, write_plan_lines
from app.exchange.read import check_archive_size, read_roster
from app.exchange.stored_imports import lock_import_or_missing, lock_import_statement, read_stored_roster
from app.files.models import File
from app.files.store import ContentLost, FileStore
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Refused, Stale
from app.outbox.post import post_event
from app.people.models import Membership
from app.people.queries.acting import load_acting_roles

IMPORT_PLANNING_EVENT = "exchange.import.planning"
IMPORT_PLANNED_EVENT = "exchange.import.planned"
MAX_BYTES_PLANNED_AT_ONCE = 256 * 2**10
"""Maximum size of a roster, unpacked, that is compared while the person waits: about three thousand rows."""
MAX_STAYS_PLANNED_AT_ONCE = 20_000
"""Maximum number of stored stays of students with which a roster is compared while the person waits."""
READ_SHARE, COMPARED_SHARE, WHOLE_SHARE = 30, 80, 100
"""Percent of the work done when the file is read, when its rows are compared, and when the lines are stored."""


class PlanningCancelled(Exception):
    """Somebody cancelled the import while its plan was made."""


def plan_now_or_later(act: Act, found: RosterImport, content: bytes) -> None:
    """Make the plan of an import at once when file and university are small, else ask the worker for it.

    Raises Invalid on `file` for no ZIP, Refused while the worker makes the plan of another import.
    """
    if check_archive_size(content) <= MAX_BYTES_PLANNED_AT_ONCE and not _has_many_stays():
        save_import_preview(act, found, read_roster(content, inclusive_ends=found.inclusive_ends))
        return
    refuse_while_another_is_planned(found.id)
    found.state, found.problem, found.kept_until = "planning", None, None
    found.planned_by, found.planned_for = act.person, act.on_behalf_of
    db.session.add(found)
    db.session.flush()
    db.session.execute(delete(ImportProgress).where(ImportProgress.import_id == found.id))
    post_event(act, IMPORT_PLANNING_EVENT, {"import": str(found.id)})


def refuse_while_another_is_planned(import_id: UUID) -> None:
    """Raise Refused while the worker makes the plan of another import."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("exchange.planning"))))
    other = db.session.execute(
        select(RosterImport.sent_by, File.name)
        .join(RosterImport, RosterImport.id == File.id)
        .where(RosterImport.state == "planning", RosterImport.id != import_id)
    ).first()
    if other is not None:
        raise Refused("exchange.import.other_planning", name=unseal_text(other.sent_by, other.name))


def _has_many_stays() -> bool:
    """Return whether more than `MAX_STAYS_PLANNED_AT_ONCE` stays of students are stored."""
    some = select(literal(1)).select_from(Membership).limit(MAX_STAYS_PLANNED_AT_ONCE + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) > MAX_STAYS_PLANNED_AT_ONCE


def make_requested_plan(act: Act, store: FileStore, import_id: UUID) -> None:
    """Make the plan of an import that waits for it, in the name of the person who asked, and tell that person;
    leave any other import as it is. Safe to run again after a crash; ends early when the import is cancelled."""
    found = db.session.get(RosterImport, import_id)
    if found is None or found.state != "planning" or found.planned_by is None:
        return
    person, behalf = found.planned_by, found.planned_for
    roles = load_acting_roles(person, behalf, local_day(act.at))
    requester = Act(person, behalf, act.at, roles, locale=act.locale)
    report = _PlanningReport(import_id)
    try:
        # A savepoint: a cancelled plan leaves no lines, and the message still counts as delivered.
        with db.session.begin_nested():
            _make_and_store_plan(requester, store, found, report)
    except PlanningCancelled:
        return
    except (ContentLost, Invalid) as problem:
        locked = lock_import_or_missing(import_id)
        if locked.state != "planning":
            return
        locked.state = "failed"
        locked.problem = (
            "exchange.file.lost" if isinstance(problem, ContentLost) else "exchange.file.not_a_zip"
        )
    db.session.flush()
    payload = {"recipients": [str(person)], "url": f"/roster/{import_id}"}
    post_event(requester, IMPORT_PLANNED_EVENT, payload)


def _make_and_store_plan(
    requester: Act, store: FileStore, found: RosterImport, report: _PlanningReport
) -> None:
    """Make the plan and store it. Raises PlanningCancelled, ContentLost, Invalid.

    The row of the import is locked only at the end, so that whoever cancels does not wait.
    """
    roster = read_stored_roster(requester, store, found, report.new_callback(0, READ_SHARE))
    compared = report.new_callback(READ_SHARE, COMPARED_SHARE)
    plan, problem = make_preview_plan(requester, found, roster, compared), None
    if plan.findings and found.ended_ids:
        # With a finding the page could not show the ticks any more.
        problem, found.ended_ids, found.ended_last_day = plan.findings[0].code, [], None
        db.session.flush()
        plan = make_preview_plan(requester, found, roster, compared)
    write_plan_lines(found, plan, report.new_callback(COMPARED_SHARE, WHOLE_SHARE))
    locked = db.session.scalar(lock_import_statement(found.id))
    if locked is None or locked.state != "planning":
        raise PlanningCancelled
    set_preview(requester, locked, roster.version, plan)
    locked.problem = problem
    db.session.execute(delete(ImportProgress).where(ImportProgress.import_id == locked.id))


class _PlanningReport:
    """Stores the progress of planning in percent, over a connection of its own, where others see it at once."""

    def __init__(self, import_id: UUID) -> None:
        self._import_id, self._percent = import_id, 0

    def new_callback(self, first: int, last: int) -> Callable[[int, int], None]:
        """Return a callback for the part of the work from `first` to `last` percent. It raises PlanningCancelled
        when the import waits for no plan any more."""

        def report_part(done: int, whole: int) -> None:
            percent = first + (last - first) * min(done, whole) // max(whole, 1)
            if percent > self._percent:
                self._percent = percent
                self._store_percent()

        return report_part

    def _store_percent(self) -> None:
        """Store the percent; raise PlanningCancelled when the import waits for no plan any more."""
        values = {"done": self._percent, "whole": WHOLE_SHARE}
        kept = insert(ImportProgress).values({"import_id": self._import_id, **values})
        with db.engine.begin() as beside:
            beside.execute(kept.on_conflict_do_update(index_elements=["import_id"], set_=values))
            state = beside.scalar(select(RosterImport.state).where(RosterImport.id == self._import_id))
        if state != "planning":
            raise PlanningCancelled


def cancel_planning(act: Act, import_id: UUID) -> None:
    """Cancel an import whose plan is being made; a repeat has no effect. Raises Missing, Stale when its plan is
    made already."""
    found = lock_import_or_missing(import_id)
    if found.state == "cancelled":
        return
    if found.state != "planning":
        raise Stale("exchange.import.not_planning")
    found.state = "cancelled"
    db.session.flush()


def drop_old_plans(now: datetime, limit: int) -> int:
    """Delete the plans of up to `limit` imports that nobody agreed to in time; return their number. The imports
    stay, and a new plan can be made from the stored file."""
    old = db.session.scalars(
        select(RosterImport)
        .where(RosterImport.state.in_(("previewed", "failed")), RosterImport.kept_until <= now)
        .order_by(RosterImport.kept_until)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    for found in old:
        found.state, found.fingerprint, found.changes, found.kept_until = "dropped", "", 0, None
        found.counts, found.left_out, found.remarks, found.findings, found.groups = {}, {}, {}, None, []
        db.session.execute(delete(ImportPlanLine).where(ImportPlanLine.import_id == found.id))
    db.session.flush()
    return len(old)
