"""Fixtures of the journal's tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.journal.school import School
from tests.support.query_counter import statements


@pytest.fixture
def school(db_session: Any) -> School:
    """One group of five with its lecturer."""
    return School(db_session)


@pytest.fixture
def counted(app: Any, db_session: Any) -> Callable[[], Any]:
    """`with counted() as statements:` collects every SQL statement sent to the database."""
    return statements
