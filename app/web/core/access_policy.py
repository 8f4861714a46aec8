"""Access policy of routes: `@allow("anyone")`, `@allow("signed_in")` or `@allow("verb", ...)`.

A route without a declaration is closed to everyone. A verb admits to the page only; the rooms decide what may
be seen of one object, by the object's scope. A page that cannot tell scopes is closed to an auditor limited by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from app.kernel.act import RoleAssignment
from app.people.audit_limits_rules import may_open_pages_of_verb
from app.people.rules import PERMISSIONS

ViewFunction = TypeVar("ViewFunction", bound=Callable[..., Any])
ANYONE = "anyone"
SIGNED_IN = "signed_in"


def allow_access(*what: str) -> Callable[[ViewFunction], ViewFunction]:
    """Declare the access policy of a route. Raises ValueError for an unknown verb."""
    unknown = set(what) - set(PERMISSIONS) - {ANYONE, SIGNED_IN}
    if unknown or not what:
        raise ValueError(f"unknown policy: {sorted(unknown)}")

    def set_access_policy(view: ViewFunction) -> ViewFunction:
        view.policy = what  # type: ignore[attr-defined]
        return view

    return set_access_policy


def writes_every_year(view: ViewFunction) -> ViewFunction:
    """Declare that a route writes the year of every date: a page of history, a register, or what is printed or kept."""
    view.every_year = True  # type: ignore[attr-defined]
    return view


def is_every_year_written(view: Callable[..., Any] | None) -> bool:
    """Return whether a view writes the year of every date."""
    return getattr(view, "every_year", False)


def opens_before_rules(view: ViewFunction) -> ViewFunction:
    """Declare that a route opens also for somebody who has not accepted the rules of personal access yet (3.2)."""
    view.before_rules = True  # type: ignore[attr-defined]
    return view


def is_open_before_rules(view: Callable[..., Any] | None) -> bool:
    """Return whether a view opens before the rules are accepted."""
    return getattr(view, "before_rules", False)


def declared_access_policy(view: Callable[..., Any] | None) -> tuple[str, ...]:
    """Return the policy declared by a view; () when there is none."""
    return getattr(view, "policy", ())


def is_route_access_allowed(policy: tuple[str, ...], assignments: Iterable[RoleAssignment] | None) -> bool:
    """Return whether a person with these role assignments (None: not signed in) may open the route."""
    if ANYONE in policy:
        return True
    if assignments is None:
        return False
    held = list(assignments)
    return SIGNED_IN in policy or any(
        one.role in PERMISSIONS[verb] and may_open_pages_of_verb(one, verb)
        for verb in policy
        if verb in PERMISSIONS
        for one in held
    )
