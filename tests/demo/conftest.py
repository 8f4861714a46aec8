"""Fixtures of the demo's tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo.university import Demo


@pytest.fixture
def demo(app: Any, db_session: Any, clock: Any) -> Demo:
    return Demo(app, clock)
