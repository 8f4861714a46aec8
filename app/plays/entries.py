"""Entries of a play: who began the case, who completed which step with which answers, and moves of the clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from app.kernel.errors import Invalid

START, COMPLETE, CLOCK = "start", "complete", "clock"
TO_DEADLINE, ONE_DAY = "deadline", "day"
"""Where the clock is moved to: beyond the next deadline, by one day, or to a moment as ISO text."""
MAX_ENTRIES = 200
MAX_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class PlayEntry:
    """One entry. `person` is the code of a post of the synthetic university, `element` the step that is completed.

    `behalf` is the code of the student in whose name a case is begun, or to whom it is offered; "" for his own.

    `answers` are what the form sent, before its check; `files` are the fields in which a specimen was handed in. `to`
    says where the clock is moved.
    """

    kind: str
    person: str = ""
    element: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    to: str = ""
    behalf: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the entry as JSON; without `behalf` where there is nobody, as plays stored it before they knew it."""
        stored = {**asdict(self), "answers": dict(self.answers), "files": list(self.files)}
        if not self.behalf:
            del stored["behalf"]
        return stored


def play_entries_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[PlayEntry, ...]:
    """Return the entries of a stored play."""
    return tuple(PlayEntry(**{**one, "files": tuple(one.get("files", ()))}) for one in stored)


def check_and_serialize_play_entries(entries: Sequence[PlayEntry]) -> list[dict[str, Any]]:
    """Return entries as they are stored. Raises Invalid for too many or too much."""
    if len(entries) > MAX_ENTRIES:
        raise Invalid.field("play", "diagrams.play.too_many_entries", max=MAX_ENTRIES)
    stored = [entry.as_json() for entry in entries]
    if len(json.dumps(stored, ensure_ascii=False)) > MAX_BYTES:
        raise Invalid.field("play", "diagrams.play.too_large", max=MAX_BYTES // 1000)
    return stored


def parse_clock_moment(to: str) -> datetime:
    """Return the moment in a clock entry. Raises Invalid (`moment`)."""
    try:
        moment = datetime.fromisoformat(to)
    except ValueError:
        raise Invalid.field("moment", "diagrams.play.moment") from None
    if moment.tzinfo is None:
        raise Invalid.field("moment", "diagrams.play.moment")
    return moment
