"""Replays the audit after every test that has a database: `pytest -p tests.support.replay_everywhere tests/clauses`.

What a test itself inserts without a command is recorded first, as if an act had written it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session


@event.listens_for(Session, "before_commit")
def _record_rows_of_test(session: Session) -> None:
    from app.audit.record import record_rows_without_event
    from app.kernel.act import Act
    from app.kernel.rehearsal import find_rehearsal_of_session

    if (
        session.info.get("act") is None
        and not session.in_nested_transaction()
        and find_rehearsal_of_session(session) is None
    ):
        record_rows_without_event(session, Act.by_system(datetime.now(UTC)))


@pytest.fixture(autouse=True)
def _replayed(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "db_reset" not in request.fixturenames:
        return
    from tests.support.replay import rows_past_the_audit

    app: Any = request.getfixturevalue("app")
    with app.app_context():
        from app.kernel.db import db

        db.session.rollback()
        found = rows_past_the_audit(request.getfixturevalue("settings").migration_database_url)
    assert not found, "\n".join(map(str, found[:20]))
