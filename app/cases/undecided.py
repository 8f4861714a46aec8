"""Notify the owner module when a case closes without a decision."""

from __future__ import annotations

from app import operations
from app.cases.case_record import HeldCase
from app.kernel.act import Act


def tell_undecided(act: Act, case: HeldCase, how: str) -> None:
    """Call the `undecided` function of the case's start before the case closes; nothing when it has none."""
    start = next((start for start in operations.STARTS.values() if start.diagram == case.diagram), None)
    if start is not None and start.undecided is not None:
        start.undecided(act, case.subject, how)
