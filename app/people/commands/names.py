"""Command of an auditor who wants to see names: it asks for a reason, ends by itself and is in the audit (7.1)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid
from app.kernel.ids import new_id
from app.people.audit_limits_rules import AUDITOR
from app.people.name_models import NameUncovering

NAMES_SHOWN_FOR = timedelta(hours=1)
"""How long names stay uncovered; they are masked earlier when the session ends."""
MIN_REASON_LENGTH, MAX_REASON_LENGTH = 10, 500


def uncover_names(act: Act, session_id: UUID, reason: str) -> UUID:
    """Show names to an auditor in this session for `NAMES_SHOWN_FOR`; return the id of the entry.

    Raises Denied for who does not audit, Invalid (`reason`) for none, a very short or a long one.
    """
    if act.person is None or not any(one.role == AUDITOR for one in act.assignments):
        raise Denied("people.names.not_masked")
    words = reason.strip()
    if not words:
        raise Invalid.field("reason", "forms.field.required")
    if len(words) < MIN_REASON_LENGTH:
        raise Invalid.field("reason", "people.names.short_reason", least=MIN_REASON_LENGTH)
    if len(words) > MAX_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_long", max=MAX_REASON_LENGTH)
    until = act.at + NAMES_SHOWN_FOR
    entry = NameUncovering(
        id=new_id(),
        session_id=session_id,
        person_id=act.person,
        at=act.at,
        until=until,
        reason=seal_text(act.person, words),
    )
    db.session.add(entry)
    db.session.flush()
    after = {"until": until, "reason": PrivateValue(words)}
    record_audit_event(
        act, "people.names.uncovered", ("people.login_session", session_id), None, after, "7.1"
    )
    return entry.id
