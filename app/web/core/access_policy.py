"""Every route declares who may come in: `@allow("anyone")`, `@allow("signed_in")` or `@allow("verb", ...)`.

An undeclared route is shut. A verb opens the door to the page only; what may be seen of one object is decided by
its room with the object's scope. Knows declarations, not objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from app.kernel.act import Hat
from app.people.rules import ALLOWED

View = TypeVar("View", bound=Callable[..., Any])
ANYONE = "anyone"
SIGNED_IN = "signed_in"


def allow(*what: str) -> Callable[[View], View]:
    """Declare the policy of a route; raises ValueError for a verb nobody knows."""
    unknown = set(what) - set(ALLOWED) - {ANYONE, SIGNED_IN}
    if unknown or not what:
        raise ValueError(f"unknown policy: {sorted(unknown)}")

    def declare(view: View) -> View:
        view.policy = what  # type: ignore[attr-defined]
        return view

    return declare


def policy_of(view: Callable[..., Any] | None) -> tuple[str, ...]:
    """What a view declares; () when nothing."""
    return getattr(view, "policy", ())


def opens(policy: tuple[str, ...], hats: Iterable[Hat] | None) -> bool:
    """Whether somebody with these hats (None: not signed in) may come in."""
    if ANYONE in policy:
        return True
    if hats is None:
        return False
    worn = {hat.role for hat in hats}
    return SIGNED_IN in policy or any(worn & set(ALLOWED[verb]) for verb in policy if verb in ALLOWED)
