"""Commands of an import: upload a roster, renew its preview, queue it, execute it. Each runs inside
`door.write`."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from datetime import date
from typing import IO, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError

from app.exchange.apply import ProgressCallback as ReportProgress
from app.exchange.apply import execute_import_plan
from app.exchange.models import ImportProgress, RosterImport
from app.exchange.planning import plan_now_or_later, refuse_while_another_is_planned
from app.exchange.preview import chosen_ends_of_missing_students, chosen_groups, save_import_preview
from app.exchange.queries import load_missing_stay_ids, load_roster_import_findings
from app.exchange.read import MIN_YEAR, check_archive_size
from app.exchange.rights import RosterBearer
from app.exchange.stored_imports import (
    lock_import_or_missing,
    lock_import_statement,
    read_stored_file,
    read_stored_roster,
)
from app.files.rules import MAX_BYTES, ZIP_MEDIA_TYPE
from app.files.store import ContentLost, FileStore
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Refused, Stale
from app.outbox.post import post_event
from app.people.queries.acting import load_acting_roles

IMPORT_QUEUED_EVENT = "exchange.import.queued"
IMPORT_FINISHED_EVENT = "exchange.import.finished"


def store_uploaded_roster(
    act: Act,
    store: FileStore,
    import_id: UUID,
    name: str,
    stream: IO[bytes],
    *,
    inclusive_ends: bool = False,
) -> None:
    """Store a roster; its plan is made at once, or by the worker for a large one. The same file under the same id
    is the same import. `inclusive_ends`: its `endDate`s are last days.

    Raises Invalid on the field `file` (none, empty, over 10 MB, no ZIP, harmful, or while the worker makes the plan
    of another import), Stale when the id is taken.
    """
    content = stream.read(MAX_BYTES + 1)
    if not content:
        raise Invalid.field("file", "files.file.empty" if name else "exchange.file.none")
    if len(content) > MAX_BYTES:
        raise Invalid.field("file", "exchange.file.over_limit", megabytes=MAX_BYTES // 2**20)
    check_archive_size(content)
    known = db.session.get(RosterImport, import_id)
    if known is None:
        try:
            refuse_while_another_is_planned(import_id)
        except Refused as busy:
            raise Invalid.field("file", busy.code, **busy.params) from None
    try:
        store.store_upload(act, import_id, name, io.BytesIO(content), lambda _content: ZIP_MEDIA_TYPE)
    except Stale:
        raise Stale("exchange.import.other_content") from None
    if known is None:
        plan_now_or_later(act, _new_import(act, import_id, inclusive_ends), content)


def _new_import(act: Act, import_id: UUID, inclusive_ends: bool) -> RosterImport:
    """Return an import without a plan, not yet added to the session."""
    return RosterImport(
        id=import_id,
        version="",
        inclusive_ends=inclusive_ends,
        fingerprint="",
        changes=0,
        counts={},
        left_out={},
        remarks={},
        findings=None,
        ended_ids=[],
        groups=[],
        group_choices={},
        sent_by=act.person,
        sent_at=act.at,
        previewed_at=act.at,
    )


def renew_import_preview(act: Act, store: FileStore, import_id: UUID) -> None:
    """Compute a new plan from the present data and the rights of the act; ends of missing students that these
    no longer allow are dropped. Raises Missing, Stale when the import is not waiting, Refused while the plan of
    another one is made."""
    found = _lock_waiting_import(import_id)
    content = read_stored_file(act, store, found)
    plan_now_or_later(act, found, content)
    if found.findings and found.ended_ids and found.state == "previewed":
        found.ended_ids, found.ended_last_day = [], None
        plan_now_or_later(act, found, content)


def choose_ends_of_missing_students(
    act: Act, store: FileStore, import_id: UUID, stays: Collection[UUID], last_day: date
) -> None:
    """End these students of the stored preview on their last day, and no others; the preview is computed
    again. Ids that are not missing in the file have no effect.

    Raises Missing, Stale when the import is not waiting, Invalid on `last_day` when it lies after today or
    before `MIN_YEAR`, on `student` when somebody may not be ended by this person, Refused while the plan of
    another import is made.
    """
    found = _lock_waiting_import(import_id)
    if last_day.year < MIN_YEAR or last_day > local_day(act.at):
        raise Invalid.field("last_day", "exchange.import.last_day_ahead")
    missing = load_missing_stay_ids(import_id)
    found.ended_ids = sorted(str(one) for one in {*stays} & missing)
    found.ended_last_day = last_day if found.ended_ids else None
    plan_now_or_later(act, found, read_stored_file(act, store, found))
    # With a finding the page could not show the ticks any more, so the choice is refused.
    if found.findings and found.state == "previewed":
        first = load_roster_import_findings(found)[0]
        raise Invalid.field("student", first["code"], **first["params"])


def choose_groups(act: Act, store: FileStore, import_id: UUID, choices: Mapping[str, bool]) -> None:
    """Join the classes of these proposed groups or keep them apart, by key of the proposal; the preview is
    computed again. Keys that are not proposed have no effect.

    Raises Missing, Stale when the import is not waiting, Refused while the plan of another import is made.
    """
    found = _lock_waiting_import(import_id)
    proposed = {one["key"] for one in found.groups}
    chosen = {key: joined for key, joined in choices.items() if key in proposed}
    found.group_choices = {**found.group_choices, **chosen}
    plan_now_or_later(act, found, read_stored_file(act, store, found))


def _lock_waiting_import(import_id: UUID) -> RosterImport:
    """Return the locked import. Raises Missing, Stale when no new plan can be made for it now."""
    found = lock_import_or_missing(import_id)
    if found.state not in ("previewed", "failed", "cancelled", "dropped"):
        raise Stale("exchange.import.not_waiting")
    return found


def queue_import(act: Act, import_id: UUID, fingerprint: str) -> None:
    """Queue the previewed plan for the worker; a repeat has no effect.

    Raises Missing, Invalid when there are findings, Stale when another plan waits, Refused when nothing would
    change.
    """
    found = lock_import_or_missing(import_id)
    seen = found.fingerprint == fingerprint
    if found.state == "queued" and seen and found.queued_by == act.person:
        return
    if found.state != "previewed":
        raise Stale("exchange.import.not_waiting")
    if found.findings:
        raise Invalid.field(
            "file", "exchange.file.has_findings", count=len(load_roster_import_findings(found))
        )
    if not seen:
        raise Stale("exchange.plan.changed")
    if not found.changes:
        raise Refused("exchange.import.nothing")
    found.state, found.problem = "queued", None
    found.queued_by, found.queued_for, found.queued_at = act.person, act.on_behalf_of, act.at
    db.session.flush()
    post_event(act, IMPORT_QUEUED_EVENT, {"import": str(import_id)})


def execute_import(act: Act, store: FileStore, import_id: UUID) -> None:
    """Execute a queued import in the name of the person who queued it, with today's rights; leave any other
    import as it is.

    A plan that differs by now is refused and replaced by a new one. Errors of the database's constraints or
    of the disk are rolled back and stored as the problem; an unavailable database raises, so that the message
    is delivered again.
    """
    found = db.session.scalar(lock_import_statement(import_id))
    if found is None or found.state != "queued" or found.queued_by is None:
        return
    roles = load_acting_roles(found.queued_by, found.queued_for, local_day(act.at))
    requester = Act(found.queued_by, found.queued_for, act.at, roles, locale=act.locale)
    try:
        roster = read_stored_roster(requester, store, found)
        # A savepoint: a refused plan is rolled back, and its outcome is still stored in this transaction.
        with db.session.begin_nested():
            execute_import_plan(
                requester,
                roster,
                found.fingerprint,
                import_id=import_id,
                bearer=RosterBearer.from_act(requester),
                ends=chosen_ends_of_missing_students(found),
                choices=chosen_groups(found),
                progress=_build_progress_callback(import_id, found.changes),
            )
    except (Stale, Invalid):
        save_import_preview(requester, found, roster)
        _store_and_post_import_end(requester, found, "previewed", "exchange.plan.changed")
    except (IntegrityError, DataError):
        _store_and_post_import_end(requester, found, "failed", "exchange.import.failed")
    except ContentLost:
        _store_and_post_import_end(requester, found, "failed", "exchange.file.lost")
    else:
        found.ended_at = act.at
        _store_and_post_import_end(requester, found, "finished", None)


def _store_and_post_import_end(requester: Act, found: RosterImport, state: str, problem: str | None) -> None:
    """Store the state of the import and post its end to the person who queued it."""
    found.state, found.problem = state, problem
    db.session.flush()
    payload: dict[str, Any] = {"recipients": [str(requester.person)], "url": f"/roster/{found.id}"}
    if problem is None:
        made = sum(kind["insert"] for kind in found.counts.values())
        counts = {"created": made, "changed": found.changes - made, "refused": 0}
        post_event(requester, IMPORT_FINISHED_EVENT, {**payload, "counts": counts})
    else:
        post_event(requester, IMPORT_FINISHED_EVENT, {**payload, "outcome": "refused"})


def _build_progress_callback(import_id: UUID, changes: int) -> ReportProgress:
    """Return a callback that stores progress over a connection of its own."""

    # Rows of the running transaction are invisible to others until it commits.
    def write_progress(done: int, whole: int) -> None:
        row = {"import_id": import_id, "done": done, "whole": whole}
        kept = insert(ImportProgress).values(row)
        kept = kept.on_conflict_do_update(index_elements=["import_id"], set_={"done": done, "whole": whole})
        with db.engine.begin() as beside:
            beside.execute(kept)

    write_progress(0, changes)
    return write_progress
