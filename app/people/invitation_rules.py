"""Rules for one-time links. Pure."""

from __future__ import annotations

from datetime import datetime

OPEN_INVITATION, USED_INVITATION, REPLACED_INVITATION, EXPIRED_INVITATION = (
    "open",
    "used",
    "replaced",
    "expired",
)
"""Stages of a one-time link."""


def invitation_stage(
    used_at: datetime | None,
    replaced_at: datetime | None,
    expires_at: datetime,
    has_account: bool,
    now: datetime,
) -> str:
    """Return the stage of a one-time link. A link whose person got an account in another way is used too."""
    if used_at is not None or has_account:
        return USED_INVITATION
    if replaced_at is not None:
        return REPLACED_INVITATION
    return EXPIRED_INVITATION if now >= expires_at else OPEN_INVITATION
