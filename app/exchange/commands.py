"""Commands of an import: upload a roster, renew its preview, queue it, execute it. Each runs inside
`door.write`."""

from __future__ import annotations

import io
from collections.abc import Collection
from datetime import date
from typing import IO, Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError

from app.exchange.apply import ProgressCallback as ReportProgress
from app.exchange.apply import execute_import_plan
from app.exchange.models import ImportProgress, RosterImport
from app.exchange.preview import chosen_ends_of_missing_students, save_import_preview
from app.exchange.queries import load_missing_stay_ids, load_roster_import_findings
from app.exchange.read import MIN_YEAR, Roster, read_roster
from app.exchange.rights import RosterBearer
from app.files.rules import MAX_BYTES, ZIP_MEDIA_TYPE
from app.files.store import ContentLost, FileStore
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
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
    """Store a roster and its plan; the same file under the same id is the same import. `inclusive_ends`: its
    `endDate`s are last days.

    Raises Invalid on the field `file` (none, empty, over 10 MB, no ZIP, harmful), Stale when the id is taken.
    """
    content = stream.read(MAX_BYTES + 1)
    if not content:
        raise Invalid.field("file", "files.file.empty" if name else "exchange.file.none")
    if len(content) > MAX_BYTES:
        raise Invalid.field("file", "exchange.file.over_limit", megabytes=MAX_BYTES // 2**20)
    roster = read_roster(content, inclusive_ends=inclusive_ends)
    try:
        store.store_upload(act, import_id, name, io.BytesIO(content), lambda _content: ZIP_MEDIA_TYPE)
    except Stale:
        raise Stale("exchange.import.other_content") from None
    if db.session.get(RosterImport, import_id) is None:
        save_import_preview(act, RosterImport(id=import_id, sent_by=act.person, sent_at=act.at), roster)


def renew_import_preview(act: Act, store: FileStore, import_id: UUID) -> None:
    """Compute a new plan from the present data and the rights of the act; ends of missing students that these
    no longer allow are dropped. Raises Missing, Stale when the import is not waiting."""
    found = _lock_import_or_missing(import_id)
    if found.state not in ("previewed", "failed"):
        raise Stale("exchange.import.not_waiting")
    roster = _read_stored_roster(act, store, found)
    save_import_preview(act, found, roster)
    if found.findings and found.ended_ids:
        found.ended_ids, found.ended_last_day = [], None
        save_import_preview(act, found, roster)


def choose_ends_of_missing_students(
    act: Act, store: FileStore, import_id: UUID, stays: Collection[UUID], last_day: date
) -> None:
    """End these students of the stored preview on their last day, and no others; the preview is computed
    again. Ids that are not missing in the file have no effect.

    Raises Missing, Stale when the import is not waiting, Invalid on `last_day` when it lies after today or
    before `MIN_YEAR`, on `student` when somebody may not be ended by this person.
    """
    found = _lock_import_or_missing(import_id)
    if found.state not in ("previewed", "failed"):
        raise Stale("exchange.import.not_waiting")
    if last_day.year < MIN_YEAR or last_day > local_day(act.at):
        raise Invalid.field("last_day", "exchange.import.last_day_ahead")
    missing = load_missing_stay_ids(import_id)
    found.ended_ids = sorted(str(one) for one in {*stays} & missing)
    found.ended_last_day = last_day if found.ended_ids else None
    save_import_preview(act, found, _read_stored_roster(act, store, found))
    # With a finding the page could not show the ticks any more, so the choice is refused.
    if found.findings:
        first = load_roster_import_findings(found)[0]
        raise Invalid.field("student", first["code"], **first["params"])


def queue_import(act: Act, import_id: UUID, fingerprint: str) -> None:
    """Queue the previewed plan for the worker; a repeat has no effect.

    Raises Missing, Invalid when there are findings, Stale when another plan waits, Refused when nothing would
    change.
    """
    found = _lock_import_or_missing(import_id)
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
    found = db.session.scalar(_build_lock_import_statement(import_id))
    if found is None or found.state != "queued" or found.queued_by is None:
        return
    roles = load_acting_roles(found.queued_by, found.queued_for, local_day(act.at))
    requester = Act(found.queued_by, found.queued_for, act.at, roles, locale=act.locale)
    try:
        roster = _read_stored_roster(requester, store, found)
        # A savepoint: a refused plan is rolled back, and its outcome is still stored in this transaction.
        with db.session.begin_nested():
            execute_import_plan(
                requester,
                roster,
                found.fingerprint,
                import_id=import_id,
                bearer=RosterBearer.from_act(requester),
                ends=chosen_ends_of_missing_students(found),
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


def _build_lock_import_statement(import_id: UUID) -> Select[RosterImport]:
    """Select the import with a row lock."""
    # FOR NO KEY UPDATE: the progress row, written over another connection, refers to this key.
    return select(RosterImport).where(RosterImport.id == import_id).with_for_update(key_share=True)


def _lock_import_or_missing(import_id: UUID) -> RosterImport:
    """Return the locked import; raises Missing."""
    found = db.session.scalar(_build_lock_import_statement(import_id))
    if found is None:
        raise Missing
    return found


def _read_stored_roster(act: Act, store: FileStore, found: RosterImport) -> Roster:
    """Return the roster of the stored file of an import."""
    content = store.open_file(act, found.id, lambda _file: True).content
    return read_roster(content, inclusive_ends=found.inclusive_ends)


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
