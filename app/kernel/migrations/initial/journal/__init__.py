"""Create the tables of the journal."""

from __future__ import annotations

from app.kernel.migrations.initial.journal import (
    appeals,
    commissions,
    excuses,
    makeups,
    marks,
    plan,
    reminders,
    requests,
    results,
)


def create_tables() -> None:
    """Create the tables, each after those that it refers to. `people` has to exist."""
    for part in (plan, excuses, results, marks, makeups, commissions, appeals, reminders, requests):
        part.create_tables()
