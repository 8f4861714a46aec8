"""When a one-time link opens an account, and why it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.people.invitation_rules import (
    EXPIRED_INVITATION,
    OPEN_INVITATION,
    REPLACED_INVITATION,
    USED_INVITATION,
    invitation_stage,
)

NOW = datetime(2026, 10, 14, 3, tzinfo=UTC)
BEFORE, SECOND = NOW - timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("used", "replaced", "expires", "account", "stage"),
    [
        (None, None, NOW + SECOND, False, OPEN_INVITATION),
        (None, None, NOW, False, EXPIRED_INVITATION),
        (None, None, BEFORE, False, EXPIRED_INVITATION),
        (BEFORE, None, NOW + SECOND, False, USED_INVITATION),
        (BEFORE, None, BEFORE, True, USED_INVITATION),
        (None, BEFORE, NOW + SECOND, False, REPLACED_INVITATION),
        (None, BEFORE, BEFORE, False, REPLACED_INVITATION),
        (None, BEFORE, NOW + SECOND, True, USED_INVITATION),
        (None, None, NOW + SECOND, True, USED_INVITATION),
    ],
)
def test_the_stage_of_a_link(used, replaced, expires, account, stage):
    assert invitation_stage(used, replaced, expires, account, NOW) == stage
