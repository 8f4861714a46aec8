"""Whether a test drives the product: opens the one door for a command, or asks for a page. Counts, judges nobody.

A pure call of a rule drives nothing, however true its assertion is. `watch` is called once, when the app is made; the
rest is `count` before and after.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Driven:
    """Commands and requests since the last reset, of all threads."""

    commands: int = 0
    requests: int = 0

    def reset(self) -> None:
        """Begin anew."""
        self.commands = self.requests = 0

    @property
    def at_all(self) -> bool:
        """Whether anything was driven."""
        return bool(self.commands or self.requests)


count = Driven()


def watch(app: Any) -> None:
    """Count every opening of the door and every request of this app."""
    from flask import request_started

    from app.kernel import door

    opened = door.write

    def write(act: Any) -> AbstractContextManager[Any]:
        count.commands += 1
        return opened(act)

    def begun(sender: Any, **_: Any) -> None:
        count.requests += 1

    door.write = write
    request_started.connect(begun, app, weak=False)
