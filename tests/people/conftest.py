"""Fixtures of the people's tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.people.staff import Staff
from tests.support.clock import FrozenClock


@pytest.fixture
def staff(db_session: Any, clock: FrozenClock) -> Staff:
    """A university with one institute and two departments, nobody in it yet."""
    return Staff(clock)
