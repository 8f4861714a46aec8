"""When a one-time link opens an account, and why it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.people.rules import EXPIRED, OPEN, REPLACED, USED, invitation_stage

NOW = datetime(2026, 10, 14, 3, tzinfo=UTC)
BEFORE, SECOND = NOW - timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("used", "replaced", "expires", "account", "stage"),
    [
        (None, None, NOW + SECOND, False, OPEN),
        (None, None, NOW, False, EXPIRED),
        (None, None, BEFORE, False, EXPIRED),
        (BEFORE, None, NOW + SECOND, False, USED),
        (BEFORE, None, BEFORE, True, USED),
        (None, BEFORE, NOW + SECOND, False, REPLACED),
        (None, BEFORE, BEFORE, False, REPLACED),
        (None, BEFORE, NOW + SECOND, True, USED),
        (None, None, NOW + SECOND, True, USED),
    ],
)
def test_the_stage_of_a_link(used, replaced, expires, account, stage):
    assert invitation_stage(used, replaced, expires, account, NOW) == stage
