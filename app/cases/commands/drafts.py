"""Comments of a case, and drafts of forms that only their author reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.cases.models import Draft
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Invalid

MAX_DRAFT_BYTES = 64 * 1024


def save_draft(act: Act, form: UUID, body: Mapping[str, Any]) -> None:
    """Save the input of a form as it is: a draft is not validated. Raises Invalid when it is too large."""
    if len(repr(body)) > MAX_DRAFT_BYTES:
        raise Invalid.field("body", "cases.draft.too_large", max=MAX_DRAFT_BYTES)
    row = {"person": act.person, "form": form, "body": dict(body), "saved_at": act.at}
    statement = insert(Draft).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["person", "form"],
            set_={"body": statement.excluded.body, "saved_at": statement.excluded.saved_at},
        )
    )


def delete_draft(act: Act, form: UUID) -> None:
    """Delete the draft of a form."""
    db.session.execute(delete(Draft).where(Draft.person == act.person, Draft.form == form))
