"""The metadata with its naming convention, and the session of the request or job."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, Table, Text, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, mapped_column

ROOM_SCHEMAS = (
    "people",
    "files",
    "regulation",
    "audit",
    "sealer",
    "outbox",
    "notices",
    "backups",
    "journal",
    "exchange",
    "diagrams",
    "cases",
)
"""The PostgreSQL schemas, one for each room."""

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

UUIDpk = Annotated[UUID, mapped_column(primary_key=True)]


class Base(DeclarativeBase):
    """Base of every model: aware moments, text without length, JSONB for structured values.

    Rows of an `unchanging` model are never updated (a trigger enforces it), so a transaction reads each only
    once.
    """

    unchanging: ClassVar[bool] = False

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


db = SQLAlchemy(metadata=Base.metadata)
"""Holds the engine and `db.session`, the session of the request or job; models derive from `Base`."""


def model_table(model: type[Base]) -> Table:
    """Return the table of a model, for statements that bypass the unit of work."""
    return cast(Table, model.__table__)


@event.listens_for(Session, "loaded_as_persistent")
@event.listens_for(Session, "pending_to_persistent")
def _hold_unchanging_row(session: Session, row: Any) -> None:
    """Hold a row of an unchanging model until the transaction ends."""
    # The session holds its rows weakly: a row that nothing else refers to would be read again.
    if getattr(row, "unchanging", False):
        session.info.setdefault("kept", []).append(row)


@event.listens_for(Session, "after_transaction_end")
def _release_held_rows(session: Session, transaction: SessionTransaction) -> None:
    """Release the held rows when the outermost transaction ends."""
    if transaction.parent is None:
        session.info.pop("kept", None)
