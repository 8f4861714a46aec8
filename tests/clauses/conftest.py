"""The small school of the journal's tests and the world around it, for the clauses that are lived in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.diagrams import versions
from app.worker.event_handlers import event_handlers_by_type
from tests.journal.conftest import counted, school
from tests.people.conftest import staff
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World

__all__ = ["counted", "school", "sheets", "staff", "world"]


@pytest.fixture
def world(db_session: Any, clock: Any) -> Iterator[World]:
    """A small university; whatever a scenario did to it, it is whole afterwards."""
    versions.clear_version_cache()
    made = World(db_session, clock)
    yield made
    made.is_whole()


@pytest.fixture
def sheets(world: World, settings: Any) -> Sheets:
    """The grade sheets of the world's journal, with the worker's real handlers."""
    return Sheets(world, event_handlers_by_type(settings))
