"""One metadata with one naming convention, and the session of the request or job. Knows no table."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

SCHEMAS = (
    "people",
    "files",
    "regulation",
    "audit",
    "outbox",
    "notices",
    "journal",
    "exchange",
    "diagrams",
    "cases",
)
"""One PostgreSQL schema a room."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

UUIDpk = Annotated[UUID, mapped_column(primary_key=True)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class Base(DeclarativeBase):
    """Every model: aware moments, text without length, JSONB for structured values."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


db = SQLAlchemy(metadata=Base.metadata)
"""Holds the engine and `db.session`, the session of the request or job; models derive from `Base`."""


def table(model: type[Base]) -> Table:
    """The table of a model, for statements that go past the unit of work."""
    return cast(Table, model.__table__)
