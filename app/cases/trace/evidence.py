"""What stands behind changes: their cases with the files a reader may open, and the messages that a case sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, or_, select

from app.audit.words import unseal_texts
from app.cases.access import is_case_content_hidden_for, load_visible_case_ids
from app.cases.audit_scope import AuditScope, cases_condition
from app.cases.models import Attachment, Case
from app.cases.queries.case_details import AttachedFile
from app.kernel.act import Act
from app.kernel.db import db
from app.notices.models import BellNotice, Letter
from app.outbox.models import Message

MAX_FILES = 200
"""Files of all cases behind one page."""
MAX_MESSAGES = 100
"""Messages of a case on one page."""


@dataclass(frozen=True, slots=True)
class CaseBehind:
    """A case behind a change. `hidden`: its words and files are not for this reader (7.1)."""

    id: UUID
    number: str
    diagram: str
    hidden: bool
    files: tuple[AttachedFile, ...]


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of a case to one person. `read_at`: he read it in the journal; `mailed_at`: a letter left.

    Without a person it is an event that nobody is notified of.
    """

    id: int
    event_type: str
    params: dict[str, Any]
    person: UUID | None
    at: datetime
    read_at: datetime | None
    mailed_at: datetime | None
    dead_at: datetime | None


def load_cases_behind(
    act: Act, cases: Collection[UUID], scope: AuditScope | None = None
) -> dict[UUID, CaseBehind]:
    """Return those of these cases that the person may open, with their files; four statements, none without cases.

    For a limited reader they are those of his limits, with the files of his days.
    """
    visible = load_visible_case_ids(act, cases)
    if not visible:
        return {}
    wanted = select(Case).where(Case.id.in_(visible))
    rows = db.session.scalars(wanted if scope is None else wanted.where(cases_condition(scope))).all()
    until = scope.last_moment if scope is not None else None
    open_ids = [row.id for row in rows if not is_case_content_hidden_for(act, row)]
    records = db.session.execute(
        select(Attachment.case_id, Attachment.id, Attachment.name, Attachment.person, Attachment.at)
        .where(Attachment.case_id.in_(open_ids), *([Attachment.at < until] if until else []))
        .order_by(Attachment.at, Attachment.id)
        .limit(MAX_FILES)
    ).all()
    names = unseal_texts((one.person, one.name) for one in records)
    files: dict[UUID, list[AttachedFile]] = {}
    for one, name in zip(records, names, strict=True):
        files.setdefault(one.case_id, []).append(AttachedFile(one.id, name, one.person, one.at))
    return {
        row.id: CaseBehind(
            row.id, row.number, row.diagram, row.id not in open_ids, tuple(files.get(row.id, ()))
        )
        for row in rows
    }


def load_messages_of_case(
    case_id: UUID, until: datetime | None = None, limit: int = MAX_MESSAGES
) -> list[SentMessage]:
    """Return the messages that a case sent, newest first, each with its reader; one statement."""
    told = or_(BellNotice.person == Letter.person, BellNotice.person.is_(None))
    statement = (
        select(Message, BellNotice, Letter.person, Letter.sent_at)
        .outerjoin(BellNotice, BellNotice.message_id == Message.id)
        .outerjoin(Letter, (Letter.message_id == Message.id) & told)
        .where(Message.payload["case"].astext == cast(str(case_id), Text))
    )
    if until is not None:
        statement = statement.where(Message.posted_at < until)
    rows = db.session.execute(statement.order_by(Message.id.desc(), BellNotice.id).limit(limit))
    return [
        SentMessage(
            message.id,
            message.event_type,
            notice.params if notice else message.payload,
            notice.person if notice else mailed_to,
            message.posted_at,
            notice.read_at if notice else None,
            mailed_at,
            message.dead_at,
        )
        for message, notice, mailed_to, mailed_at in rows
    ]
