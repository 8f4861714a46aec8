"""A replay knows every event: it has a reducer, or it says that nothing it changes is built again."""

from __future__ import annotations

import re

from app.audit.replay.events_without_rows import EVENTS_WITHOUT_ROWS
from app.audit.replay.rules import REDUCER_BY_EVENT_TYPE, is_known_event_type
from app.texts.deeds import DEEDS, NOUNS
from tests.audit.event_types import written_event_types


def test_every_event_has_a_reducer_or_says_that_it_needs_none() -> None:
    known = REDUCER_BY_EVENT_TYPE.keys() | EVENTS_WITHOUT_ROWS
    assert not REDUCER_BY_EVENT_TYPE.keys() & EVENTS_WITHOUT_ROWS
    written = written_event_types()
    plain = {name for name in written if not name.startswith("re:")}
    patterns = [re.compile(name.removeprefix("re:")) for name in written if name.startswith("re:")]
    lacking = {
        name: place for name, place in written.items() if name in plain and not is_known_event_type(name)
    }
    assert not lacking, (
        f"give each a reducer (audit.replay.rules) or enter it in EVENTS_WITHOUT_ROWS: {lacking}"
    )
    stale = {name for name in known - plain if not any(one.fullmatch(name) for one in patterns)}
    assert not stale, f"nobody writes these events any more: {sorted(stale)}"
    assert all(any(one.fullmatch(name) for name in known) for one in patterns)


def test_every_event_is_told_in_words() -> None:
    known = REDUCER_BY_EVENT_TYPE.keys() | EVENTS_WITHOUT_ROWS
    parts = {name: name.rpartition(".") for name in known}
    assert {noun for noun, _dot, _deed in parts.values()} - NOUNS.keys() == set()
    assert {deed for _noun, _dot, deed in parts.values()} - DEEDS.keys() == set()
