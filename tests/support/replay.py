"""What a replay of the audit finds in the database of a test."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.audit.rebuilt_columns import find_table
from app.audit.replay.compare import RowDifference
from app.audit.replay.run import replay_audit
from app.audit.stored_rows import NEW, collect_rows
from app.journal.grading.initial_schemes import shipped_scheme_rows
from app.kernel import door
from app.kernel.act import Act

SHIPPED = {"journal.grading_scheme": shipped_scheme_rows()}


def record_rows_of_scene(session: Any, url: str, at: datetime) -> None:
    """Record the rows that a scene has inserted without a command, so that a replay finds only what comes after."""
    tables = {one.table for one in rows_past_the_audit(url)} | {"people.role_grant"}
    with door.write(Act.by_system(at)):
        for name in tables:
            rows = session.execute(select(find_table(name))).mappings().all()
            collect_rows(session, name, NEW, rows)


def rows_past_the_audit(url: str) -> list[RowDifference]:
    """Return what differs, besides roles: scenes insert those of their people without a command. Events of
    tests are left out."""
    found: list[RowDifference] = []
    result: Any = replay_audit(url, SHIPPED, found.append)
    unusable = [one for one in result.unusable if not one.event_type.startswith("tests.")]
    assert not unusable, unusable
    return [one for one in found if one.table != "people.role_grant"]
