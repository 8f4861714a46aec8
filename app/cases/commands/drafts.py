"""Comments of a case, and drafts of forms that only their author reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Delete, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.words import seal_text
from app.cases.models import Draft
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid

MAX_DRAFT_BYTES = 64 * 1024
MAX_DRAFTS = 20
MAX_BYTES_OF_DRAFTS = 1024 * 1024
"""Limits for one person: anybody who may sign in may save drafts under any number."""


def save_form_draft(act: Act, form: UUID, body: Mapping[str, Any]) -> None:
    """Save the input of a form as it is: a draft is not validated. Raises Invalid when it is too large.

    Of the person's drafts the last `MAX_DRAFTS` stay, as long as they have at most `MAX_BYTES_OF_DRAFTS` together.
    """
    if len(repr(body)) > MAX_DRAFT_BYTES:
        raise Invalid.field("body", "cases.draft.too_large", max=MAX_DRAFT_BYTES)
    assert act.person is not None, "a draft belongs to a person"
    row = {
        "person": act.person,
        "form": form,
        "body": seal_text(act.person, json.dumps(body, ensure_ascii=False)),
        "saved_at": act.at,
    }
    statement = insert(Draft).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["person", "form"],
            set_={"body": statement.excluded.body, "saved_at": statement.excluded.saved_at},
        )
    )
    db.session.execute(_delete_excess_drafts_statement(act.person, form))


def _delete_excess_drafts_statement(person: UUID, kept: UUID) -> Delete:
    """Return the statement that deletes the oldest drafts of a person beyond the limits, never the one named."""
    newest_first = (Draft.form != kept, Draft.saved_at.desc(), Draft.form)
    numbered = (
        select(
            Draft.form,
            func.row_number().over(order_by=newest_first).label("number"),
            func.sum(func.octet_length(Draft.body)).over(order_by=newest_first).label("bytes"),
        )
        .where(Draft.person == person)
        .subquery()
    )
    beyond = or_(numbered.c.number > MAX_DRAFTS, numbered.c.bytes > MAX_BYTES_OF_DRAFTS)
    return delete(Draft).where(
        Draft.person == person, Draft.form != kept, Draft.form.in_(select(numbered.c.form).where(beyond))
    )


def delete_form_draft(act: Act, form: UUID) -> None:
    """Delete the draft of a form."""
    db.session.execute(delete(Draft).where(Draft.person == act.person, Draft.form == form))
