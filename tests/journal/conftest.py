"""Fixtures of the journal's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from tests.journal.school import School


@pytest.fixture
def school(db_session: Any) -> School:
    """One group of five with its lecturer."""
    return School(db_session)


@pytest.fixture
def counted(app: Any, db_session: Any) -> Callable[[], Any]:
    """`with counted() as statements:` collects every SQL statement sent to the database."""
    from app.kernel.db import db

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return counting
