"""Plays of shipped diagrams: each start can be played to an end, by synthetic people, and nothing is left behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app import operations
from app.bpmn.parse import parse_diagram
from app.diagrams.versions import read_shipped_diagrams
from app.kernel.ids import new_id
from app.plays.entries import START, PlayEntry
from app.plays.play import PlaySource, playing
from tests.scenarios.world import ROOT

NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
SHIPPED = {one.key: one for one in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms")}


def source(key: str) -> PlaySource:
    shipped = SHIPPED[key]
    return PlaySource(shipped.xml, shipped.forms, new_id(), NOW)


@pytest.mark.parametrize("key", sorted(SHIPPED))
def test_scene(db_session: Any, key: str) -> None:
    import time
    t=time.time()
    with playing(source(key)) as play:
        print(key, play.university.things.keys(), time.time()-t)
        if not play.start.roles:
            play.apply(PlayEntry(START, play.start.play.requester))
            print(play.played, play.find_next_deadline())
