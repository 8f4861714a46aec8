"""The stored play of an editor: its entries are added, cut and begun again; each page plays them anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.diagrams.draft_queries import StoredDraft, load_open_draft
from app.diagrams.models import DiagramPlay, DiagramScenario
from app.diagrams.scenario_queries import load_scenarios
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing, Stale
from app.plays.entries import PlayEntry, check_and_serialize_play_entries, play_entries_from_json
from app.plays.play import PlaySource
from app.plays.university import clock_start_of_new_play


@dataclass(frozen=True, slots=True)
class StoredPlay:
    """The play of a draft by one editor; `scenario` is the scenario it was opened from."""

    seed: UUID
    began_at: datetime
    entries: tuple[PlayEntry, ...]
    scenario: UUID | None = None


def load_play(act: Act, draft_id: UUID) -> StoredPlay:
    """Return the play of the act's person; one that nobody has begun is empty and not stored. One statement."""
    row = db.session.scalar(
        select(DiagramPlay).where(DiagramPlay.draft_id == draft_id, DiagramPlay.person_id == act.person)
    )
    if row is None:
        return _build_empty_play(act, draft_id)
    return StoredPlay(row.seed, row.began_at, play_entries_from_json(row.entries), row.scenario_id)


def build_play_source_of_draft(draft: StoredDraft, play: StoredPlay) -> PlaySource:
    """Return what a play of a draft runs: its drawing and its forms as they are now."""
    return PlaySource(draft.xml, draft.form_texts_named_in_drawing, play.seed, play.began_at)


def append_play_entry(act: Act, draft_id: UUID, seen: int, entry: PlayEntry) -> None:
    """Append an entry to a play that had `seen` entries. Raises Missing, Invalid (too many), Stale."""
    load_open_draft(draft_id)
    play = _lock_play(act, draft_id)
    _store_play_entries(act, draft_id, seen, play, (*play.entries, entry))


def keep_first_play_entries(act: Act, draft_id: UUID, seen: int, kept: int) -> None:
    """Keep the first entries of a play; with none it begins again, today. Raises Missing, Stale."""
    load_open_draft(draft_id)
    play = _lock_play(act, draft_id)
    if len(play.entries) != seen:
        raise Stale("diagrams.play.changed")
    fresh = _build_empty_play(act, draft_id)
    _store_play_entries(act, draft_id, seen, play if kept else fresh, play.entries[:kept])


def count_play_entries_in_no_scenario(act: Act, draft_id: UUID) -> int:
    """Return how many entries of the play of the act's person no scenario holds: 0 when all are in one.

    Raises Missing.
    """
    draft, play = load_open_draft(draft_id), load_play(act, draft_id)
    entries = [entry.as_json() for entry in play.entries]
    kept = any(list(one.entries[: len(entries)]) == entries for one in load_scenarios(draft.row.key))
    return 0 if kept else len(entries)


def copy_scenario_into_play(act: Act, draft_id: UUID, scenario_id: UUID, seen: int | None = None) -> None:
    """Make a scenario of the process the play of the draft, in place of one that had `seen` entries.

    Raises Missing, and Stale when the play has other entries than were seen (None: whatever it has).
    """
    draft, scenario = load_open_draft(draft_id), db.session.get(DiagramScenario, scenario_id)
    if scenario is None or scenario.key != draft.row.key:
        raise Missing
    opened = StoredPlay(scenario.seed, scenario.began_at, (), scenario.id)
    play = _lock_play(act, draft_id)
    if seen is not None and len(play.entries) != seen:
        raise Stale("diagrams.play.changed")
    _store_play_entries(
        act, draft_id, len(play.entries), opened, play_entries_from_json(scenario.entries), play
    )


def _build_empty_play(act: Act, draft_id: UUID) -> StoredPlay:
    """Return an empty play; its seed is the same until the first entry is stored."""
    seed = uuid5(draft_id, f"{act.person}")
    return StoredPlay(seed, clock_start_of_new_play(act.at), ())


def _lock_play(act: Act, draft_id: UUID) -> StoredPlay:
    row = db.session.scalar(
        select(DiagramPlay)
        .where(DiagramPlay.draft_id == draft_id, DiagramPlay.person_id == act.person)
        .with_for_update()
    )
    if row is None:
        return _build_empty_play(act, draft_id)
    return StoredPlay(row.seed, row.began_at, play_entries_from_json(row.entries), row.scenario_id)


def _store_play_entries(
    act: Act,
    draft_id: UUID,
    seen: int,
    play: StoredPlay,
    entries: Sequence[PlayEntry],
    stored: StoredPlay | None = None,
) -> None:
    """Store the entries of a play. Raises Stale when it has other entries than were seen."""
    if len((stored or play).entries) != seen and entries:
        raise Stale("diagrams.play.changed")
    values = {
        "seed": play.seed,
        "began_at": play.began_at,
        "entries": check_and_serialize_play_entries(entries),
        "scenario_id": play.scenario,
        "updated_at": act.at,
    }
    row = {"id": uuid5(draft_id, f"play {act.person}"), "draft_id": draft_id, "person_id": act.person}
    db.session.execute(
        insert(DiagramPlay)
        .values(row | values)
        .on_conflict_do_update(index_elements=["draft_id", "person_id"], set_=values)
    )
