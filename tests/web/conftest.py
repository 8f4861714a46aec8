"""Fixtures of the tests of the entrance for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from app.people.models import Account
from tests.people.staff import Staff
from tests.support.clock import FrozenClock
from tests.web.browser import Browser


@pytest.fixture
def staff(db_session: Any, clock: FrozenClock) -> Staff:
    """A university with one institute and two departments, nobody in it yet."""
    return Staff(clock)


@pytest.fixture
def anna(staff: Staff) -> UUID:
    """A head of department; user name `asanova`."""
    person = staff.person("Асанова", login="asanova")
    staff.grants(person, "department_head", staff.department)
    return person


@pytest.fixture
def visitor(app: Any, db_session: Any) -> Browser:
    """Nobody is signed in; in English."""
    return Browser(app)


@pytest.fixture
def enter(app: Any, world: Any) -> Callable[..., Browser]:
    """`enter(person)` is the browser of somebody of the test's `world`, who gets an account; in English."""

    def come_in(person: UUID, locale: str = "en") -> Browser:
        world.session.rollback()
        world.session.merge(Account(person_id=person, login=str(person), password="never"))
        world.session.commit()
        return Browser(app, locale).enter(person)

    return come_in


@pytest.fixture
def other_app(app: Any, settings: Any) -> Callable[..., Any]:
    """`with other_app(redis_url=...) as app:` an application with other settings on the same database."""

    @contextmanager
    def made(**changed: Any) -> Iterator[Any]:
        from app import create_app
        from app.kernel import door
        from app.kernel.db import db

        kept = list(door.after_commit_hooks)
        other = create_app(replace(settings, **changed), app.extensions["depter"].clock)
        other.testing = True
        try:
            yield other
        finally:
            door.after_commit_hooks[:] = kept
            with other.app_context():
                db.session.remove()
                db.engine.dispose()

    return made
