"""Query of account resets shortly before a decision of the owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select

from app.people.models import AccountReset


def last_watched_account_reset_subquery(persons: Sequence[Any], at: Any) -> ScalarSelect[Any]:
    """Return the last reset of an account of one of these persons under whose watch the moment lies, as JSON
    [moment, kind, person, made by]; a scalar subquery over columns of another statement, NULL when there is
    none."""
    columns = (AccountReset.at, AccountReset.kind, AccountReset.person_id, AccountReset.made_by)
    return (
        select(func.json_build_array(*columns))
        .where(
            or_(*(AccountReset.person_id == person for person in persons)),
            AccountReset.at <= at,
            AccountReset.watched_until >= at,
        )
        .order_by(AccountReset.at.desc())
        .limit(1)
        .scalar_subquery()
    )
