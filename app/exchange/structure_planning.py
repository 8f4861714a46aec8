"""Import a large workbook of the structure in the worker: make its plan, execute it, show the progress, stop it.

A small workbook is compared and imported while the person waits. A plan is tried in a rehearsal that takes no lock, so
that it keeps nobody from working; it is executed in one transaction under the lock of the structure.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError

from app.audit.words import seal_text, unseal_text
from app.exchange.commands import IMPORT_FINISHED_EVENT
from app.exchange.models import StructureImport, StructureProgress
from app.exchange.planning import IMPORT_PLANNED_EVENT
from app.exchange.structure_commands import (
    CheckedWorkbook,
    lock_own_structure_import,
    read_and_try_workbook,
    run_structure_steps,
)
from app.files.rules import ZIP_MEDIA_TYPE
from app.files.store import ContentLost, FileStore
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.kernel.workbook_reading import WorkbookFinding, findings_as_json, findings_from_json
from app.outbox.post import post_event
from app.people.queries.acting import load_acting_roles
from app.people.row_changes import lock_structure

STRUCTURE_PLANNING_EVENT = "exchange.structure.planning"
STRUCTURE_QUEUED_EVENT = "exchange.structure.queued"
MAX_BYTES_PLANNED_AT_ONCE = 128 * 2**10
"""Maximum size of a workbook, unpacked, that is compared while the person waits: about three hundred rows."""
MAX_STEPS_AT_ONCE = 300
"""Maximum number of steps that are executed while the person waits."""


class StructureImportStopped(Exception):
    """Somebody stopped the import while the worker had it."""


@dataclass(frozen=True, slots=True)
class StructureImportRow:
    """An import as its sender sees it: `done` of `whole` while the worker has it."""

    id: UUID
    state: str
    counts: Mapping[str, Any]
    steps: int
    findings: tuple[WorkbookFinding, ...]
    problem: str | None
    done_at: datetime | None
    done: int
    whole: int


def is_small_workbook(content: bytes) -> bool:
    """Return whether a file is compared while the person waits; also one that is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return sum(part.file_size for part in packed.infolist()) <= MAX_BYTES_PLANNED_AT_ONCE
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return True


def queue_structure_planning(act: Act, store: FileStore, import_id: UUID, name: str, content: bytes) -> None:
    """Keep a workbook and ask the worker for its plan; a repeat has no effect. Raises Missing without a person, Stale
    when the id is taken by another file."""
    if act.person is None:
        raise Missing
    store.store_upload(act, import_id, name, io.BytesIO(content), lambda _content: ZIP_MEDIA_TYPE)
    if db.session.get(StructureImport, import_id) is not None:
        return
    db.session.add(
        StructureImport(
            id=import_id,
            state="planning",
            steps=[],
            counts={},
            sent_by=act.person,
            sent_for=act.on_behalf_of,
            sent_at=act.at,
        )
    )
    db.session.flush()
    post_event(act, STRUCTURE_PLANNING_EVENT, {"import": str(import_id)})


def find_own_structure_import(act: Act, import_id: UUID) -> StructureImportRow:
    """Return an import that the person of the act sent. Raises Missing."""
    found = db.session.get(StructureImport, import_id, populate_existing=True)
    if found is None or found.sent_by != act.person:
        raise Missing
    progress = db.session.get(StructureProgress, import_id, populate_existing=True)
    text = unseal_text(found.sent_by, found.findings)
    return StructureImportRow(
        found.id,
        found.state,
        found.counts,
        len(found.steps),
        findings_from_json(text) if text else (),
        found.problem,
        found.done_at,
        progress.done if progress else 0,
        progress.whole if progress else 0,
    )


def make_structure_plan(act: Act, store: FileStore, import_id: UUID) -> None:
    """Make the plan of an import that waits for it, in the name of its sender, and tell him; leave any other import as
    it is. Safe to run again after a crash; a stopped import keeps nothing."""
    found = db.session.get(StructureImport, import_id, populate_existing=True)
    if found is None or found.state != "planning":
        return
    sender = _sender_act(act, found)
    problem, checked = None, None
    try:
        content = store.open_file(sender, import_id, lambda _file: True).content
        checked = read_and_try_workbook(
            sender, content, door.rehearse_in_write, _Progress(import_id, "planning").report
        )
    except ContentLost:
        problem = "exchange.structure_file.lost"
    except StructureImportStopped:
        return
    locked = lock_own_structure_import(sender, import_id)
    if locked.state != "planning":
        return
    locked.state, locked.problem = ("failed", problem) if checked is None else ("previewed", None)
    if checked is not None:
        _store_checked_workbook(locked, checked)
    _tell_sender(sender, locked, IMPORT_PLANNED_EVENT, {})


def _store_checked_workbook(found: StructureImport, checked: CheckedWorkbook) -> None:
    """Store the plan, or what is wrong in the workbook."""
    if checked.findings:
        found.findings = seal_text(found.sent_by, findings_as_json(checked.findings))
    else:
        found.steps = [step.as_json() for step in checked.plan.steps]
    found.counts = checked.plan.counts


def queue_structure_import(act: Act, import_id: UUID) -> None:
    """Let the worker execute a plan that its sender has seen; a repeat has no effect. Raises Missing, Stale when the
    import does not wait for that."""
    found = lock_own_structure_import(act, import_id)
    if found.state in ("queued", "finished"):
        return
    if found.state != "previewed" or found.findings:
        raise Stale("exchange.structure_file.not_waiting")
    found.state, found.problem = "queued", None
    db.session.flush()
    post_event(act, STRUCTURE_QUEUED_EVENT, {"import": str(import_id)})


def execute_queued_structure_import(act: Act, import_id: UUID) -> None:
    """Execute a queued import in the name of its sender, with the roles of today, all of it or nothing, and tell him;
    leave any other import as it is. An import that was stopped, or that somebody overtook, changes nothing."""
    # The row stays unlocked until the end, so that whoever stops the import does not wait.
    lock_structure(patient=True)
    found = db.session.get(StructureImport, import_id, populate_existing=True)
    if found is None or found.state != "queued":
        return
    sender, problem = _sender_act(act, found), None
    try:
        # A savepoint: a refused or stopped import is rolled back, and its outcome is still stored.
        with db.session.begin_nested():
            run_structure_steps(sender, found, _Progress(import_id, "queued").report)
            _require_state(import_id, "queued")
    except Stale as refused:
        problem = refused.code
    except (IntegrityError, DataError):
        problem = "exchange.structure_file.changed_meanwhile"
    except StructureImportStopped:
        return
    locked = lock_own_structure_import(sender, import_id)
    if problem is not None:
        locked.state, locked.problem = "failed", problem
    _tell_sender(sender, locked, IMPORT_FINISHED_EVENT, {"outcome": "refused"} if problem else {})


def stop_structure_import(act: Act, import_id: UUID) -> None:
    """Stop an import that the worker has: nothing of it is changed. A repeat has no effect. Raises Missing, Stale when
    it is not under way."""
    found = lock_own_structure_import(act, import_id)
    if found.state == "cancelled":
        return
    if found.state not in ("planning", "queued"):
        raise Stale("exchange.structure_file.not_at_work")
    found.state = "cancelled"
    db.session.flush()


def _sender_act(act: Act, found: StructureImport) -> Act:
    """Return the act of the sender of an import, with the roles of today."""
    roles = load_acting_roles(found.sent_by, found.sent_for, local_day(act.at))
    return Act(found.sent_by, found.sent_for, act.at, roles, locale=act.locale)


def _tell_sender(sender: Act, found: StructureImport, event_type: str, more: Mapping[str, Any]) -> None:
    """Remove the progress and tell the sender that the worker is done."""
    db.session.flush()
    db.session.execute(delete(StructureProgress).where(StructureProgress.import_id == found.id))
    recipients = {"recipients": [str(found.sent_by)], "url": f"/structure/import/{found.id}"}
    post_event(sender, event_type, {**recipients, **more})


def _require_state(import_id: UUID, state: str) -> None:
    """Raise StructureImportStopped unless the import is still in this state, as others see it."""
    with db.engine.connect() as beside:
        now = beside.scalar(select(StructureImport.state).where(StructureImport.id == import_id))
    if now != state:
        raise StructureImportStopped


class _Progress:
    """Stores how far an import is over a connection of its own, where others see it at once."""

    def __init__(self, import_id: UUID, state: str) -> None:
        self._import_id, self._state = import_id, state

    def report(self, done: int, whole: int) -> None:
        """Store the progress; raise StructureImportStopped when somebody stopped the import."""
        values = {"done": done, "whole": whole}
        kept = insert(StructureProgress).values({"import_id": self._import_id, **values})
        with db.engine.begin() as beside:
            beside.execute(kept.on_conflict_do_update(index_elements=["import_id"], set_=values))
        _require_state(self._import_id, self._state)
