"""What an entry of the menu is: an operation, a start, a case that follows. Knows no entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from app.journal.case_checks.still_valid import Standing
from app.kernel.act import Act
from app.operations.subjects import Maker, Subject
from app.people.approvals import Demand

Stands = Callable[[UUID, Mapping[str, Any], datetime], Standing]
"""Asks about a subject, by its id, its description and the present moment, whether it still stands."""


SEATS = ("commission_chair", "commission_secretary")
"""Roles a lane may name beside those of people: seats of a commission, whose steps name their person."""
WITHDRAWN = "withdrawn"
"""How a case ended that its requester took back."""
Undecided = Callable[[Act, Mapping[str, Any], str], None]
"""Hears of a case that ended without a decision: its subject, and how it ended."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A command that a diagram may call. `success` are the outcomes that keep its writes; others undo them.

    `approved` names the parameter that must be exactly what was approved, and `fingerprint` answers its SHA-256.
    """

    name: str
    command: Callable[..., str]
    params: Mapping[str, Callable[[Any], Any]]
    outcomes: tuple[str, ...]
    success: tuple[str, ...]
    clause: str
    demands: Demand | None = None
    approved: str = ""
    fingerprint: Callable[[UUID], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """How a case begins. `subject` makes what it is about from the start form; `fact` names its id.

    A diagram may read the start facts that the subject has: its `scopes` are units a lane can lie in, its `persons` can
    be given a step, its `moments` can anchor a term, `fact` and `codes` are compared and handed to operations. A maker
    that gives another fact is a defect.

    `roles` may begin it for themselves, `for_others` for somebody whom their unit looks after; both are recorded.
    `offers` may offer it to a student, who then is the one who asks; `offered` says whether what the answers name is
    theirs to offer. A start without roles is begun by the news of another process. With `papers_for` the files of the
    case, what is said about them and the parts `kept` of its subject are for these roles of its units and for the
    persons it is about, nobody else (7.1).

    `alone`: while a case speaks of the same `cells`, or of the same `subject`, no second one begins. `standing` says
    whether what it is about still stands after the journal changed. `for_student`: it is something the student still
    has to do or prove, so it waits while he is on leave and ends when he has left (cross-cutting 10). `undecided` tells
    the room below, with the subject, that the case ended before anybody decided: WITHDRAWN, or from outside.
    """

    name: str
    diagram: str
    subject: Maker
    fact: str
    clause: str
    scopes: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("teacher",)
    for_others: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    offered: Callable[[Act, Mapping[str, Any]], bool] | None = None
    papers_for: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    alone: Literal["", "cells", "subject"] = ""
    standing: Stands | None = None
    for_student: bool = False
    undecided: Undecided | None = None

    def undeclared(self, subject: Subject) -> set[str]:
        """The facts a subject has that no diagram could know of."""
        known = {self.fact, *self.scopes, *self.persons, *self.moments, *self.codes}
        return {*subject.units, *subject.facts} - known


@dataclass(frozen=True, slots=True)
class Follow:
    """A case that begins because of news: its start, the parts of the message it is about, and which one names the
    person who decided there."""

    start: str
    parts: tuple[str, ...]
    requester: str = "by"
