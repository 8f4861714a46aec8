"""Which start facts of a case hang on the academic calendar, and what they are now: the anchors that may move.

A diagram names the fact (`depter:anchor`); here stands who knows it, so that a changed semester finds its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from app.journal.semesters.queries import Dates, sheet_anchors, workoff_anchors

Anchors = Callable[[Collection[UUID], Dates | None], Mapping[UUID, Mapping[str, str]]]
"""Subjects of cases, and dates to be taken instead of the stored ones (None: none are); by subject its facts, named
plainly."""

DATED: Mapping[str, Anchors] = {"workoff": workoff_anchors, "grade_sheet": sheet_anchors}
"""By diagram."""
