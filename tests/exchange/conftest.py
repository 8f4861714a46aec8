"""A hand for rosters, on an empty university."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.rostering import Rosters


@pytest.fixture
def rosters(db_session: Any, clock: Any) -> Rosters:
    return Rosters(db_session, clock)
