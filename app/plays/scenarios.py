"""Scenarios: record a play with its expected end, run them on a drawing, store results, remove one with a reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text
from app.diagrams.models import DiagramScenario, DiagramVersion, ScenarioResult
from app.diagrams.proposal_queries import load_version_drawing_and_forms, load_versions_of_due_proposals
from app.diagrams.scenario_queries import MAX_SCENARIOS, ScenarioRow, ScenarioRun, load_scenarios
from app.diagrams.versions import diagram_sha256
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Missing, Stale
from app.plays.entries import PlayEntry, check_and_serialize_play_entries, play_entries_from_json
from app.plays.play import Play, PlaySource, open_play_in_rehearsal

WriteTransaction = Callable[[Act], AbstractContextManager[Session]]
MAX_TITLE_LENGTH = 100
MAX_CHECK_SECONDS = 10.0
"""CPU time of the scenarios after one check in the editor; a scenario takes about 0.2 s."""
MAX_RESULTS = 40
"""So many results of a scenario are kept beside those of versions: drafts are checked while one draws."""
MIN_REASON_LENGTH, MAX_REASON_LENGTH = 10, 2000
RECORDED, SHIPPED = "recorded", "shipped"


def run_scenario(scenario: ScenarioRow, xml: str, forms: Mapping[str, str], at: datetime) -> ScenarioRun:
    """Run a scenario on a drawing with its forms, in a rehearsal; `at` is when it ran."""
    entries = play_entries_from_json(scenario.entries)
    source = PlaySource(xml, forms, scenario.seed, scenario.began_at)
    try:
        with open_play_in_rehearsal(source, entries) as play:
            return _compare_play_with_scenario(scenario, play, at)
    except DepterError as refused:
        return ScenarioRun(False, 0, refusal_as_json(refused), at)


def run_scenarios(
    key: str, xml: str, forms: Mapping[str, str], at: datetime
) -> list[tuple[ScenarioRow, ScenarioRun]]:
    """Run every scenario of a process on a drawing, each in a rehearsal of its own."""
    return [(one, run_scenario(one, xml, forms, at)) for one in load_scenarios(key)]


def run_scenarios_while(
    rows: Sequence[ScenarioRow],
    xml: str,
    forms: Mapping[str, str],
    at: datetime,
    is_wanted: Callable[[], bool],
) -> list[tuple[ScenarioRow, ScenarioRun | None]]:
    """Run scenarios as long as somebody wants the result and `MAX_CHECK_SECONDS` of CPU are not used up.

    `is_wanted` is asked before each one. Those that did not run have None.
    """
    until = time.thread_time() + MAX_CHECK_SECONDS
    found: list[tuple[ScenarioRow, ScenarioRun | None]] = []
    for one in rows:
        runs = time.thread_time() < until and is_wanted()
        found.append((one, run_scenario(one, xml, forms, at) if runs else None))
    return found


def store_scenario_results(
    act: Act, xml: str, forms: Mapping[str, str], runs: Sequence[tuple[ScenarioRow, ScenarioRun]]
) -> None:
    """Store the results of runs on a drawing with its forms, in place of earlier ones."""
    sha256 = diagram_sha256(xml, forms)
    for scenario, run in runs:
        values = {
            "passed": run.passed,
            "entry": run.entry,
            "problem": dict(run.problem),
            "ran_at": run.ran_at,
        }
        db.session.execute(
            insert(ScenarioResult)
            .values({"scenario_id": scenario.id, "sha256": sha256} | values)
            .on_conflict_do_update(index_elements=["scenario_id", "sha256"], set_=values)
        )


def prune_draft_scenario_results(key: str) -> None:
    """Delete results of drafts of a process beyond the last `MAX_RESULTS` of each scenario; one statement.

    Those of versions stay. A deleted one is found anew by the next run.
    """
    newest_first = func.row_number().over(
        partition_by=ScenarioResult.scenario_id, order_by=ScenarioResult.ran_at.desc()
    )
    counted = (
        select(ScenarioResult.scenario_id, ScenarioResult.sha256, newest_first.label("place"))
        .join(DiagramScenario, DiagramScenario.id == ScenarioResult.scenario_id)
        .where(
            DiagramScenario.key == key,
            ScenarioResult.sha256.not_in(select(DiagramVersion.sha256).where(DiagramVersion.key == key)),
        )
        .subquery()
    )
    db.session.execute(
        delete(ScenarioResult).where(
            tuple_(ScenarioResult.scenario_id, ScenarioResult.sha256).in_(
                select(counted.c.scenario_id, counted.c.sha256).where(counted.c.place > MAX_RESULTS)
            )
        )
    )


def run_play_and_return_scenario_content(source: PlaySource, entries: Sequence[PlayEntry]) -> dict[str, Any]:
    """Return what a scenario keeps of a play: entries, trace and end. Raises Invalid (`play`) when the play stops."""
    with open_play_in_rehearsal(source, entries) as play:
        if play.problem is not None or not play.begun:
            raise Invalid.field("play", "diagrams.scenario.unfinished")
        case = play.load_case()
        ended = case is not None and case.status != "open"
        return {
            "key": play.published.key,
            "seed": source.seed,
            "began_at": source.began_at,
            "entries": check_and_serialize_play_entries(entries),
            "trace": [list(one.open_steps) for one in play.played],
            "expected_outcome": case.outcome if case is not None and ended else None,
            "expected_open": None if ended else list(play.played[-1].open_steps),
        }


def store_or_replace_scenario(
    act: Act,
    scenario_id: UUID,
    title: str,
    kept: Mapping[str, Any],
    replaces: UUID | None = None,
    reason: str = "",
) -> None:
    """Record what `run_play_and_return_scenario_content` returned as a scenario.

    With `replaces` it is recorded instead of that one, for a reason. A repeat changes nothing. Raises Invalid (`title`,
    `reason`, `play`), Missing, and Stale for other content.
    """
    title = title.strip()
    if not 3 <= len(title) <= MAX_TITLE_LENGTH:
        code = "forms.field.too_long" if len(title) > MAX_TITLE_LENGTH else "forms.field.too_short"
        raise Invalid.field("title", code, min=3, max=MAX_TITLE_LENGTH)
    known = db.session.get(DiagramScenario, scenario_id)
    if known is not None:
        if (known.recorded_by, known.title) != (act.person, title):
            raise Stale("diagrams.draft.other_content")
        return
    same_title = select(DiagramScenario.id).where(
        DiagramScenario.key == kept["key"],
        DiagramScenario.title == title,
        DiagramScenario.removed_at.is_(None),
        DiagramScenario.id.is_distinct_from(replaces),
    )
    if db.session.scalar(same_title.limit(1)) is not None:
        raise Invalid.field("title", "diagrams.scenario.title_taken")
    counted = db.session.scalar(
        select(func.count()).where(DiagramScenario.key == kept["key"], DiagramScenario.removed_at.is_(None))
    )
    if (counted or 0) >= MAX_SCENARIOS and replaces is None:
        raise Invalid.field("play", "diagrams.scenario.too_many", max=MAX_SCENARIOS)
    insert_scenario(act, scenario_id, title, RECORDED, kept)
    if replaces is not None:
        remove_scenario(act, replaces, reason, replaced_by=scenario_id)


def insert_scenario(act: Act, scenario_id: UUID, title: str, origin: str, kept: Mapping[str, Any]) -> None:
    """Insert a scenario and record it in the audit."""
    db.session.add(
        DiagramScenario(
            id=scenario_id,
            title=title,
            origin=origin,
            recorded_by=act.person,
            recorded_at=act.at,
            **kept,
        )
    )
    db.session.flush()
    after = {"key": kept["key"], "title": title, "origin": origin, "end": kept["expected_outcome"]}
    record_audit_event(act, "diagrams.scenario.recorded", ("diagrams.scenario", scenario_id), None, after)


def remove_scenario(act: Act, scenario_id: UUID, reason: str, replaced_by: UUID | None = None) -> str:
    """Remove a scenario that no longer fits, for a reason; return the key of its process.

    The second person sees it beside the next proposal. Removing it again changes nothing. Raises Missing, Invalid
    (`reason`).
    """
    reason = reason.strip()
    row = db.session.scalar(
        select(DiagramScenario).where(DiagramScenario.id == scenario_id).with_for_update()
    )
    if row is None:
        raise Missing
    if row.removed_at is not None:
        return row.key
    if len(reason) < MIN_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_short", min=MIN_REASON_LENGTH)
    if len(reason) > MAX_REASON_LENGTH:
        raise Invalid.field("reason", "forms.field.too_long", max=MAX_REASON_LENGTH)
    row.removed_at, row.removed_by = act.at, act.person
    row.removed_reason, row.replaced_by = seal_text(act.person, reason), replaced_by
    db.session.flush()
    after = {"key": row.key, "title": row.title, "replaced_by": replaced_by, "reason": PrivateValue(reason)}
    record_audit_event(act, "diagrams.scenario.removed", ("diagrams.scenario", row.id), None, after)
    return row.key


def refusal_as_json(error: DepterError) -> dict[str, Any]:
    """Return a refusal as JSON, so that a page can word it later in any language."""
    fields = error.fields if isinstance(error, Invalid) else {}
    return {
        "code": error.code,
        "params": _message_params_as_json(error.params),
        "fields": {
            key: [{"code": one.code, "params": _message_params_as_json(one.params)} for one in problems]
            for key, problems in fields.items()
        },
    }


def _message_params_as_json(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters of a message as JSON scalars."""
    return {
        name: value.isoformat()
        if isinstance(value, (date, datetime))
        else str(value)
        if isinstance(value, (UUID, Decimal))
        else value
        for name, value in params.items()
        if isinstance(value, (str, int, float, bool, date, datetime, UUID, Decimal))
    }


def _compare_play_with_scenario(scenario: ScenarioRow, play: Play, at: datetime) -> ScenarioRun:
    """Return whether a play has reached what the scenario expects, and the entry at which it parts from it."""
    if play.problem is not None:
        return ScenarioRun(False, play.problem.number, refusal_as_json(play.problem.error), at)
    case = play.load_case()
    outcome = case.outcome if case is not None and case.status != "open" else None
    open_steps = list(play.played[-1].open_steps) if play.played else []
    expected_open = list(scenario.expected_open) if scenario.expected_open is not None else None
    if outcome == scenario.expected_outcome and (expected_open is None or open_steps == expected_open):
        return ScenarioRun(True, None, {}, at)
    parted = next(
        (
            number
            for number, (played, recorded) in enumerate(zip(play.played, scenario.trace, strict=False), 1)
            if list(played.open_steps) != list(recorded)
        ),
        len(play.played),
    )
    other = {
        "code": "diagrams.scenario.other_end",
        "outcome": outcome,
        "open": open_steps,
        "expected_outcome": scenario.expected_outcome,
        "expected_open": expected_open,
    }
    return ScenarioRun(False, parted, other, at)


def rerun_scenarios_of_due_proposals(write: WriteTransaction, now: datetime) -> None:
    """Run the scenarios of versions that are about to come into force: some were recorded after the approval."""
    due = load_versions_of_due_proposals(now)
    for version_id, key in due:
        xml, forms = load_version_drawing_and_forms(version_id)
        runs = run_scenarios(key, xml, forms, now)
        with write(Act.by_system(now)):
            store_scenario_results(Act.by_system(now), xml, forms, runs)
