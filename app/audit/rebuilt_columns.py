"""The columns of tables with stored rows: which make the key, which are sealed, which hold bytes."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ARRAY, DateTime, Table
from sqlalchemy.types import Boolean, LargeBinary, TypeEngine, Uuid

from app.audit.rebuilt_tables import NOT_SEALED, OWNER_BY_STORED_TABLE
from app.kernel.db import Base

_CLEAR_TYPES = (Uuid, DateTime, Boolean, LargeBinary)


def find_table(name: str) -> Table:
    """Return the table of this name, `schema.table`. Raises KeyError for an unknown one."""
    return Base.metadata.tables[name]


@cache
def list_key_columns(name: str) -> tuple[str, ...]:
    """Return the columns of the primary key of a table."""
    return tuple(column.name for column in find_table(name).primary_key.columns)


@cache
def list_sealed_columns(name: str) -> frozenset[str]:
    """Return the columns of a table with stored rows that a record keeps sealed.

    A column is sealed unless its type shows that it holds an id, a moment, a truth value or a text sealed already.
    """
    if OWNER_BY_STORED_TABLE[name] == NOT_SEALED:
        return frozenset()
    keys = list_key_columns(name)
    return frozenset(
        column.name
        for column in find_table(name).columns
        if column.name not in keys and not isinstance(_element_type(column.type), _CLEAR_TYPES)
    )


@cache
def list_identifying_columns(name: str) -> tuple[str, ...]:
    """Return the columns that every record of a row names, besides what it deletes: its key and whose key seals it."""
    owner = OWNER_BY_STORED_TABLE[name]
    return (*list_key_columns(name), *((owner,) if owner != NOT_SEALED else ()))


@cache
def list_byte_columns(name: str) -> frozenset[str]:
    """Return the columns of a table that hold bytes."""
    return frozenset(c.name for c in find_table(name).columns if isinstance(c.type, LargeBinary))


def _element_type(kind: TypeEngine[object]) -> TypeEngine[object]:
    return kind.item_type if isinstance(kind, ARRAY) else kind
