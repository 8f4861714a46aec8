"""Attach uploaded files to a case. The room `files` stores the bytes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record_audit_event
from app.cases.access import can_see_case, require_can_write_in_case
from app.cases.audit_rows import audit_rows_of_case, stored_text_audit_value
from app.cases.case_record import CaseRecord
from app.cases.history import append_history
from app.cases.locking import lock_case
from app.cases.models import Attachment
from app.files.models import File
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale


def attach_file_to_case(act: Act, case_id: UUID, file_id: UUID) -> None:
    """Attach a stored file to an open case; harmless when it is attached already.

    Raises Missing, Denied (he may only read this case), Stale (`cases.case.closed`), Invalid as
    `attach_uploads_to_case` does.
    """
    case = lock_case(case_id).case
    if act.person is None or not can_see_case(act, case):
        raise Missing
    require_can_write_in_case(act, case)
    if case.status != "open" and _load_unattached_file_ids(case_id, [file_id]):
        raise Stale("cases.case.closed")
    attach_uploads_to_case(act.with_case(case_id), case, [file_id])


def attach_uploads_to_case(act: Act, case: CaseRecord, file_ids: Sequence[UUID]) -> None:
    """Attach files that the person has uploaded to the case; no statement when there are none.

    Raises Invalid when one of them does not exist, was uploaded by another person or belongs to another case.
    """
    if not file_ids:
        return
    names = dict(
        db.session.execute(
            select(File.id, File.name).where(File.id.in_(file_ids), File.uploaded_by == act.person)
        ).all()
    )
    if set(file_ids) - names.keys():
        raise Invalid.field("files", "cases.file.unknown")
    rows = [
        {"id": file_id, "case_id": case.id, "person": act.person, "at": act.at, "name": names[file_id]}
        for file_id in dict.fromkeys(file_ids)
    ]
    added = db.session.scalars(
        insert(Attachment).values(rows).on_conflict_do_nothing().returning(Attachment.id)
    ).all()
    if _load_unattached_file_ids(case.id, set(file_ids).difference(added)):
        raise Invalid.field("files", "cases.file.unknown")
    for file_id in added:
        entry = append_history(act, case.id, "attached", task_id=file_id, answers={"file": str(file_id)})
        name = stored_text_audit_value(act.person, names[file_id])
        record_audit_event(
            act,
            "cases.case.attached",
            ("cases.case", case.id),
            None,
            {"file": file_id},
            rows={**audit_rows_of_case(history=entry), "attachment": {"name": name}},
        )


def _load_unattached_file_ids(case_id: UUID, file_ids: Collection[UUID]) -> set[UUID]:
    """Return which of these files are not attached to the case; no statement when there are none."""
    if not file_ids:
        return set()
    statement = select(Attachment.id).where(Attachment.case_id == case_id, Attachment.id.in_(file_ids))
    return set(file_ids).difference(db.session.scalars(statement))
