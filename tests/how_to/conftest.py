"""Fixtures of the tests of docs/how-to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.diagrams import versions
from tests.scenarios.world import World


@pytest.fixture
def world(db_session: Any, clock: Any) -> Iterator[World]:
    """A small university; what the program of a page left in it is whole."""
    versions.clear_version_cache()
    made = World(db_session, clock)
    yield made
    made.is_whole()
