"""The verbs of an import: send a roster, look again, ask for its execution, execute it. Each inside `door.write`."""

from __future__ import annotations

import io
from typing import IO
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError

from app.exchange.apply import Progress as Tell
from app.exchange.apply import apply
from app.exchange.models import Import, Progress
from app.exchange.preview import keep_preview
from app.exchange.read import Roster, read
from app.exchange.rights import Bearer
from app.files.models import File
from app.files.rules import MOST_BYTES, ZIP
from app.files.store import Lost, Store
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.outbox.post import post
from app.people.queries.acting import acting_hats

QUEUED = "exchange.import.queued"
FINISHED = "exchange.import.finished"


def send(act: Act, store: Store, import_id: UUID, name: str, stream: IO[bytes]) -> None:
    """Keep a roster and its plan; the same file by the same form again is the same import.

    Raises Invalid on the field `file` (none, empty, over 10 MB, no ZIP, built to do harm), Stale when the id is taken.
    """
    content = stream.read(MOST_BYTES + 1)
    if not content:
        raise Invalid.field("file", "files.file.empty" if name else "exchange.file.none")
    if len(content) > MOST_BYTES:
        raise Invalid.field("file", "exchange.file.over_limit", megabytes=MOST_BYTES // 2**20)
    roster = read(content)
    try:
        store.store(act, import_id, name, io.BytesIO(content), lambda _content: ZIP)
    except Stale:
        raise Stale("exchange.import.other_content") from None
    if db.session.get(Import, import_id) is None:
        keep_preview(act, Import(id=import_id, sent_by=act.person, sent_at=act.at), roster)


def look_again(act: Act, store: Store, import_id: UUID) -> None:
    """A new plan for the data as they are now, and for who looks. Raises Missing, Stale when it does not wait."""
    found = _locked(import_id)
    if found.state not in ("previewed", "failed"):
        raise Stale("exchange.import.not_waiting")
    keep_preview(act, found, _roster(act, store, import_id))


def queue(act: Act, import_id: UUID, fingerprint: str) -> None:
    """Ask the worker to do the plan that was seen; asking twice is asking once.

    Raises Missing, Invalid when there are findings, Stale when another plan waits, Refused when nothing would change.
    """
    found = _locked(import_id)
    seen = found.fingerprint == fingerprint
    if found.state == "queued" and seen and found.queued_by == act.person:
        return
    if found.state != "previewed":
        raise Stale("exchange.import.not_waiting")
    if found.findings:
        raise Invalid.field("file", "exchange.file.has_findings", count=len(found.findings))
    if not seen:
        raise Stale("exchange.plan.changed")
    if not found.changes:
        raise Refused("exchange.import.nothing")
    found.state, found.problem = "queued", None
    found.queued_by, found.queued_for, found.queued_at = act.person, act.on_behalf_of, act.at
    db.session.flush()
    post(act, QUEUED, {"import": str(import_id)})


def execute(act: Act, store: Store, import_id: UUID) -> None:
    """Do what was asked for, as who asked, with his rights of today; an import that is not queued is left as it is.

    A plan that no longer fits is refused, and a new one waits. What the database or the disk refuses is rolled back
    and said; a database that is away is raised, and the message comes again.
    """
    found = db.session.scalar(_lock(import_id))
    if found is None or found.state != "queued" or found.queued_by is None:
        return
    hats = acting_hats(found.queued_by, found.queued_for, local_day(act.at))
    doer = Act(found.queued_by, found.queued_for, act.at, hats, locale=act.locale)
    try:
        roster = _roster(doer, store, import_id)
        with db.session.begin_nested():
            apply(
                doer,
                roster,
                found.fingerprint,
                import_id=import_id,
                bearer=Bearer.of(doer),
                progress=_told_beside(import_id, found.changes),
            )
    except (Stale, Invalid):
        keep_preview(doer, found, roster)
        _ended(doer, found, "previewed", "exchange.plan.changed")
    except (IntegrityError, DataError):
        _ended(doer, found, "failed", "exchange.import.failed")
    except Lost:
        _ended(doer, found, "failed", "exchange.file.lost")
    else:
        found.ended_at = act.at
        _ended(doer, found, "finished", None)


def _ended(doer: Act, found: Import, state: str, problem: str | None) -> None:
    """Write down how it ended, and ring for who asked."""
    found.state, found.problem = state, problem
    db.session.flush()
    name = db.session.scalar(select(File.name).where(File.id == found.id))
    news = {"name": name, "recipients": [str(doer.person)], "url": f"/roster/{found.id}"}
    if problem is None:
        made = sum(kind["insert"] for kind in found.counts.values())
        counts = {"created": made, "changed": found.changes - made, "refused": 0}
        post(doer, FINISHED, {**news, "counts": counts})
    else:
        post(doer, FINISHED, {**news, "outcome": "refused"})


def _lock(import_id: UUID) -> Select[Import]:
    """Without locking the key: the progress beside this transaction refers to it."""
    return select(Import).where(Import.id == import_id).with_for_update(key_share=True)


def _locked(import_id: UUID) -> Import:
    found = db.session.scalar(_lock(import_id))
    if found is None:
        raise Missing
    return found


def _roster(act: Act, store: Store, import_id: UUID) -> Roster:
    return read(store.open_file(act, import_id, lambda _file: True).content)


def _told_beside(import_id: UUID, changes: int) -> Tell:
    """Progress goes through a connection of its own: what this transaction writes nobody sees before it ends."""

    def tell(done: int, whole: int) -> None:
        row = {"import_id": import_id, "done": done, "whole": whole}
        kept = insert(Progress).values(row)
        kept = kept.on_conflict_do_update(index_elements=["import_id"], set_={"done": done, "whole": whole})
        with db.engine.begin() as beside:
            beside.execute(kept)

    tell(0, changes)
    return tell
