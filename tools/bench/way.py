"""What a way is: how a process is asked for, and what each of its steps answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.scenarios.world import Actor, World

APPROVE: Mapping[str, Any] = {"decision": "approve"}
WORDS = {"reason": "Тизмени жана документти карап чыктым."}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about to be made: by whom, of which start, with what answers of its form.

    `fields` are the same answers as the page of the start posts them, `query` what its address says; without fields
    the start is not measured over HTTP. With `news` the case is begun by a message, not by a person.
    """

    actor: Actor
    start: str
    answers: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    news: bool = False


Answers = Mapping[str, Any] | Callable[[World, Asked], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Way:
    """`ask(world, many)` prepares a request about `many` lessons; `steps` answers each element in its turn.

    Answers that depend on the case are a function of world and request. `single` says that a case of this process is
    always about one thing; `by_hand` names steps whose page takes more than a form, done by their command. `more` is
    what its costliest deed may send beyond the ceilings of the tests, because there a commission is seated as well.
    `waits` says that the case waits for a timer of its diagram, which is due and is fired, not measured.
    """

    ask: Callable[[World, int], Asked]
    steps: Mapping[str, Answers]
    single: bool = False
    by_hand: tuple[str, ...] = ()
    more: int = 0
    waits: bool = False
