"""Scenarios: a version comes into force only when it passes all of them; one is removed only with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.audit.models import AuditRecord
from app.audit.words import unseal_text
from app.diagrams import drafts, proposals, versions
from app.diagrams.draft_forms import load_draft_form_texts
from app.diagrams.draft_queries import load_open_draft
from app.diagrams.models import DiagramDraft, DiagramProposal, DiagramScenario
from app.diagrams.proposal_queries import load_version_drawing_and_forms
from app.diagrams.scenario_queries import (
    ScenarioRun,
    load_removed_scenarios,
    load_scenario_results,
    load_scenarios,
)
from app.diagrams.versions import diagram_sha256, load_published_version_id
from app.kernel import door
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.plays import scenarios, stored_plays
from app.plays.entries import CLOCK, ONE_DAY, PlayEntry, play_entries_from_json
from app.plays.scenarios import run_scenarios, store_scenario_results
from app.plays.shipped import read_shipped_scenarios, store_shipped_scenarios
from app.worker.due_work import publish_due_diagram_versions
from tests.plays.test_play import SHIPPED, source
from tests.scenarios.world import ROOT, Actor, World

KEY = "late_entry"
WHY = "Окутуучулар ушинтип аташат, мурдагы аты түшүнүксүз."
TITLE = (">Permission for a late entry<", ">Late entry<")
REMOVED_STEP = (
    'sourceRef="requested" targetRef="endorse_department_head"',
    'sourceRef="requested" targetRef="visa_deputy"',
)
"""A change after which the head of department is not asked any more."""


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    made = World(db_session, clock)
    with door.write(made.head().act()):
        store_shipped_scenarios(made.head().act(), ROOT / "workflows")
    return made


@pytest.fixture
def author(world: World) -> Actor:
    return world.actor("process_admin", world.hires("process_admin", None))


@pytest.fixture
def reviewer(world: World) -> Actor:
    return world.actor("process_admin", world.hires("process_admin", None))


def drawn(author: Actor, *changes: tuple[str, str]) -> tuple[UUID, int]:
    """A draft with these texts replaced: id and revision."""
    made = new_id()
    with door.write(author.act()):
        drafts.create_draft_from_version(author.act(), made, load_published_version_id(KEY))
    xml = author.world.session.get(DiagramDraft, made).xml
    for old, new in changes:
        assert old in xml, old
        xml = xml.replace(old, new)
    with door.write(author.act()):
        return made, drafts.save_draft(author.act(), made, 1, xml).revision


def proposed(author: Actor, draft: tuple[UUID, int], *, run: bool = True) -> UUID:
    row = author.world.session.get(DiagramDraft, draft[0])
    xml, forms, made = row.xml, load_draft_form_texts(draft[0]), new_id()
    runs = run_scenarios(KEY, xml, forms, author.act().at) if run else []
    with door.write(author.act()):
        store_scenario_results(author.act(), xml, forms, runs)
        proposals.propose_draft(author.act(), made, draft[0], draft[1], WHY)
    return made


def removed(author: Actor, reason: str) -> None:
    with door.write(author.act()):
        for row in load_scenarios(KEY):
            scenarios.remove_scenario(author.act(), row.id, reason)


def test_the_shipped_scenarios_pass_and_say_what_they_come_to(db_session):
    """A file whose trace or end is not what the shipped diagram does is to be corrected by hand."""
    for one in read_shipped_scenarios(ROOT / "workflows"):
        shipped = SHIPPED[one.kept["key"]]
        played = source(shipped.key)
        played = type(played)(played.xml, played.forms, one.kept["seed"], one.kept["began_at"])
        assert (
            scenarios.run_play_and_return_scenario_content(
                played, play_entries_from_json(one.kept["entries"])
            )
            == one.kept
        ), one.name


def test_a_draft_that_breaks_a_scenario_is_refused_and_told_which_and_where(world, author):
    draft = drawn(author, REMOVED_STEP)
    with pytest.raises(Refused) as refused:
        proposed(author, draft)
    assert refused.value.code == "diagrams.proposal.scenario_fails"
    assert refused.value.params["entry"] == 2
    assert refused.value.params["title"] == load_scenarios(KEY)[0].title


def test_a_version_is_approved_only_with_a_result_of_every_scenario(world, author, reviewer):
    draft = drawn(author, TITLE)
    with pytest.raises(Refused) as refused:
        proposed(author, draft, run=False)
    assert refused.value.code == "diagrams.proposal.scenario_not_run"
    made, base = proposed(author, draft), load_published_version_id(KEY)
    recorded(author, "Саат жылганда эч нерсе болбойт", PlayEntry(CLOCK, to=ONE_DAY))
    with pytest.raises(Refused) as refused, door.write(reviewer.act()):
        proposals.approve_proposal(reviewer.act(), made, base, None)
    assert refused.value.code == "diagrams.proposal.scenario_not_run"
    row = world.session.get(DiagramDraft, draft[0])
    xml, forms = row.xml, load_draft_form_texts(draft[0])
    runs = run_scenarios(KEY, xml, forms, world.clock())
    with door.write(reviewer.act()):
        store_scenario_results(reviewer.act(), xml, forms, runs)
        proposals.approve_proposal(reviewer.act(), made, base, None)
    assert world.session.get(DiagramProposal, made).state == "published"


def test_scenarios_run_again_before_a_version_comes_into_force_later(world, author, reviewer, app):
    made = proposed(author, drawn(author, TITLE))
    later = world.clock() + timedelta(days=2)
    with door.write(reviewer.act()):
        proposals.approve_proposal(reviewer.act(), made, load_published_version_id(KEY), later)
    recorded(author, "Мөөнөт өткөндө орун басар", PlayEntry(CLOCK, to=ONE_DAY))
    world.clock.advance(days=3)
    world.session.rollback()
    publish_due_diagram_versions(app.extensions["depter"].settings, world.clock())
    world.session.rollback()
    assert world.session.get(DiagramProposal, made).state == "published"


def test_a_scenario_is_removed_with_a_reason_which_is_kept(world, author):
    with pytest.raises(Invalid):
        removed(author, "эски")
    removed(author, WHY)
    removed(author, WHY)
    (gone,) = load_removed_scenarios(KEY, None)
    assert (gone.removed_reason, gone.removed_by) == (WHY, author.person)
    proposed(author, drawn(author, REMOVED_STEP))
    world.session.rollback()
    said = select(AuditRecord.event_type).where(AuditRecord.object_id == gone.id).order_by(AuditRecord.id)
    assert list(world.session.scalars(said)) == ["diagrams.scenario.recorded", "diagrams.scenario.removed"]
    with door.write(author.act()):
        assert store_shipped_scenarios(author.act(), ROOT / "workflows") == 0, (
            "what was removed stays removed"
        )


def test_a_play_is_stored_cut_and_kept_instead_of_an_earlier_scenario(world, author):
    draft_id, _revision = drawn(author, TITLE)
    (shipped,) = load_scenarios(KEY)
    with door.write(author.act()):
        stored_plays.copy_scenario_into_play(author.act(), draft_id, shipped.id)
    play = stored_plays.load_play(author.act(), draft_id)
    assert (play.scenario, play.seed, len(play.entries)) == (shipped.id, shipped.seed, 3)
    with pytest.raises(Stale), door.write(author.act()):
        stored_plays.keep_first_play_entries(author.act(), draft_id, 2, 1)
    with door.write(author.act()):
        stored_plays.keep_first_play_entries(author.act(), draft_id, 3, 2)
    with pytest.raises(Stale), door.write(author.act()):
        stored_plays.append_play_entry(author.act(), draft_id, 3, PlayEntry(CLOCK, to=ONE_DAY))
    with door.write(author.act()):
        stored_plays.append_play_entry(author.act(), draft_id, 2, PlayEntry(CLOCK, to=ONE_DAY))
    kept = recorded(author, "Дирекция бир күн күтөт", draft_id=draft_id, replaces=shipped.id)
    assert [row.id for row in load_scenarios(KEY)] == [kept]
    with pytest.raises(Invalid) as taken:
        recorded(author, "Дирекция бир күн күтөт", draft_id=draft_id)
    assert set(taken.value.fields) == {"title"}
    row = world.session.get(DiagramScenario, shipped.id)
    assert (row.replaced_by, unseal_text(row.removed_by, row.removed_reason)) == (kept, WHY)
    assert load_scenarios(KEY)[0].expected_open == ["decide_directorate"]
    with door.write(author.act()):
        stored_plays.keep_first_play_entries(author.act(), draft_id, 3, 0)
    assert stored_plays.load_play(author.act(), draft_id).scenario is None
    with pytest.raises(Missing), door.write(author.act()):
        stored_plays.copy_scenario_into_play(author.act(), draft_id, new_id())


def test_after_a_check_scenarios_run_as_long_as_they_are_wanted_and_old_results_go(
    world, author, monkeypatch
):
    recorded(author, "Саат жылганда эч нерсе болбойт", PlayEntry(CLOCK, to=ONE_DAY))
    rows, (xml, forms), at = load_scenarios(KEY), (source(KEY).xml, source(KEY).forms), world.clock()
    wanted = iter((True, False))
    runs = scenarios.run_scenarios_while(rows, xml, forms, at, lambda: next(wanted))
    assert [run is not None and run.passed for _row, run in runs] == [True, False]
    assert runs[1][1] is None, "the draft has another state meanwhile"
    monkeypatch.setattr(scenarios, "MAX_CHECK_SECONDS", 0.0)
    assert [run for _row, run in scenarios.run_scenarios_while(rows, xml, forms, at, lambda: True)] == [
        None
    ] * 2

    monkeypatch.setattr(scenarios, "MAX_RESULTS", 1)
    states = [
        load_version_drawing_and_forms(load_published_version_id(KEY)),
        ("<first/>", {}),
        ("<second/>", {}),
    ]
    with door.write(author.act()):
        for minutes, state in enumerate(states):
            run = ScenarioRun(True, None, {}, at + timedelta(minutes=minutes))
            store_scenario_results(author.act(), *state, [(rows[0], run)])
        scenarios.prune_draft_scenario_results(KEY)
    left = [load_scenario_results(KEY, diagram_sha256(*state)) != {} for state in states]
    assert left == [True, False, True], "those of versions stay, of drafts the last ones"


def recorded(
    author: Actor, title: str, *more: PlayEntry, draft_id: UUID | None = None, replaces: UUID | None = None
) -> UUID:
    """Record the first step of the shipped scenario with more entries, or the play of a draft, as a scenario."""
    if draft_id is None:
        shipped = next(one for one in read_shipped_scenarios(ROOT / "workflows") if one.kept["key"] == KEY)
        played = source(KEY)
        played = type(played)(played.xml, played.forms, shipped.kept["seed"], shipped.kept["began_at"])
        entries = (*play_entries_from_json(shipped.kept["entries"][:2]), *more)
    else:
        play = stored_plays.load_play(author.act(), draft_id)
        played, entries = (
            stored_plays.build_play_source_of_draft(load_open_draft(draft_id), play),
            play.entries,
        )
    kept, made = scenarios.run_play_and_return_scenario_content(played, entries), new_id()
    with door.write(author.act()):
        scenarios.store_or_replace_scenario(
            author.act(), made, title, kept, replaces, WHY if replaces else ""
        )
    return made
