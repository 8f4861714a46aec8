"""Comment on a case."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.audit.words import unseal_texts
from app.cases.access import can_see_case, require_can_write_in_case
from app.cases.audit_rows import audit_rows_of_case
from app.cases.history import append_history
from app.cases.locking import lock_case
from app.cases.models import History, Task
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Stale
from app.outbox.post import post_event

MAX_COMMENT_LENGTH = 2000


def add_case_comment(act: Act, case_id: UUID, comment_id: UUID, text: str) -> None:
    """Add a comment to a case; `comment_id` was chosen when the form was rendered, so a repeat is harmless.

    Raises Missing, Denied (he may only read this case), Invalid (`text` empty or over `MAX_COMMENT_LENGTH`
    characters), Stale (`cases.case.other_content`: the id belongs to another text, as after going back in the
    browser).
    """
    case = lock_case(case_id).case
    if act.person is None or not can_see_case(act, case):
        raise Missing
    require_can_write_in_case(act, case)
    text = text.strip()
    if not text:
        raise Invalid.field("text", "forms.field.required")
    if len(text) > MAX_COMMENT_LENGTH:
        raise Invalid.field("text", "forms.field.too_long", max=MAX_COMMENT_LENGTH)
    if _is_repeated_comment(act.person, case_id, comment_id, text):
        return
    act = act.with_case(case_id)
    entry = append_history(act, case_id, "commented", words=text, task_id=comment_id)
    record_audit_event(
        act,
        "cases.case.commented",
        ("cases.case", case_id),
        None,
        {"comment": comment_id},
        rows=audit_rows_of_case(history=entry),
    )
    holders = db.session.scalars(
        select(Task.assignee).where(Task.case_id == case_id, Task.closed_at.is_(None))
    )
    persons = {str(person) for person in (*holders, case.requester) if person and person != act.person}
    payload = {
        "case": str(case_id),
        "number": case.number,
        "subject": case.subject,
        "url": f"/cases/{case_id}",
    }
    post_event(act, "cases.case.commented", {**payload, "recipients": sorted(persons), "by": str(act.person)})


def _is_repeated_comment(person: UUID, case_id: UUID, comment_id: UUID, text: str) -> bool:
    """Return whether this person added the same comment before; raise Stale when the id has another text."""
    row = db.session.execute(
        select(History.person, History.words).where(
            History.case_id == case_id, History.kind == "commented", History.task_id == comment_id
        )
    ).one_or_none()
    if row is None:
        return False
    if row.person != person or unseal_texts([(row.person, row.words)]) != [text]:
        raise Stale("cases.case.other_content")
    return True
