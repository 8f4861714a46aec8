"""The type of the stored rows that a roster is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.kernel.db import Base

StoredRows = Mapping[type[Base], Mapping[UUID, Any]]
"""Stored rows by table and id."""
