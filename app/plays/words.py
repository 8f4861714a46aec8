"""Words for entries of a play and for the results of scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from app.bpmn.model import DECISION_FIELD, ProcessModel
from app.diagrams.scenario_queries import ScenarioRow, ScenarioRun
from app.forms.form_file import Form
from app.kernel.errors import DepterError, Invalid
from app.kernel.i18n import moment_text, pick_text
from app.plays.entries import (
    CLOCK,
    ONE_DAY,
    START,
    TO_DEADLINE,
    PlayEntry,
    parse_clock_moment,
    play_entries_from_json,
)
from app.plays.university import name_of_post_holder
from app.texts.error_texts import error_message, message_text, problem_texts_by_field
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _

OTHER_END = "diagrams.scenario.other_end"
RESULT_LABELS: Mapping[str, str] = {
    "passed": N_("passed"),
    "failed": N_("fails"),
    "waiting": N_("not run yet"),
}


def play_entry_text(
    entry: PlayEntry, model: ProcessModel | None = None, forms: Mapping[str, Form] | None = None
) -> str:
    """Return an entry in words: who did what, or where the clock was moved."""
    if entry.kind == CLOCK:
        return _clock_move_text(entry.to)
    who = {"who": name_of_post_holder(entry.person)}
    if entry.kind == START and entry.behalf:
        return _("%(who)s begins the case for %(student)s") % (
            who | {"student": name_of_post_holder(entry.behalf)}
        )
    if entry.kind == START:
        return _("%(who)s begins the case") % who
    task = model.user_tasks.get(entry.element) if model else None
    title = pick_text(task.titles, locale()) if task else entry.element
    said = f"{who['who']}: {title}"
    decision = entry.answers.get(DECISION_FIELD)
    form = (forms or {}).get(task.form) if task else None
    return f"{said}: {_form_decision_text(form, decision)}" if decision else said


def _clock_move_text(to: str) -> str:
    if to == TO_DEADLINE:
        return _("The clock moves past the next deadline")
    if to == ONE_DAY:
        return _("The clock moves by one day")
    try:
        return _("The clock moves to %(when)s") % {"when": moment_text(parse_clock_moment(to), locale())}
    except Invalid:
        return _("The clock moves")


def _form_decision_text(form: Form | None, decision: Any) -> str:
    """Return how a form words a decision; a decision that it does not know by its code."""
    item = form.field_with_key(DECISION_FIELD) if form else None
    offered = {value.value: value for value in item.values} if item else {}
    found = offered.get(decision)
    return pick_text(found.decided_label or found.label, locale()) if found else str(decision)


def refused_entry_text(error: DepterError) -> str:
    """Return why an entry was refused, with the fields of its form."""
    if not isinstance(error, Invalid):
        return error_message(error)
    texts = problem_texts_by_field(error).items()
    return "; ".join(f"{key}: {' '.join(problems)}" for key, problems in texts) or error_message(error)


def scenario_views(
    runs: Sequence[tuple[ScenarioRow, ScenarioRun | None]],
    model: ProcessModel | None,
    forms: Mapping[str, Form],
    names: Mapping[Any, Any],
) -> list[SimpleNamespace]:
    """Return scenarios with their results in words; `names` are those of who recorded them."""
    return [
        SimpleNamespace(
            id=row.id,
            title=row.title,
            by=names[row.recorded_by].short if row.recorded_by in names else "",
            at=row.recorded_at,
            steps=len(row.entries),
            expected=expected_scenario_end_text(row, model),
            state=_scenario_run_state(run),
            state_label=_(RESULT_LABELS[_scenario_run_state(run)]),
            where=scenario_run_parting_text(row, run, model, forms)
            if run is not None and not run.passed
            else "",
            ran_at=run.ran_at if run is not None else None,
        )
        for row, run in runs
    ]


def expected_scenario_end_text(row: ScenarioRow, model: ProcessModel | None) -> str:
    """Return how a scenario is expected to end."""
    return _reached_end_or_open_steps_text(row.expected_outcome, row.expected_open, model)


def _scenario_run_state(run: ScenarioRun | None) -> str:
    return "waiting" if run is None else "passed" if run.passed else "failed"


def scenario_run_parting_text(
    row: ScenarioRow, run: ScenarioRun, model: ProcessModel | None, forms: Mapping[str, Form]
) -> str:
    """Return where and why a run parts from what was recorded."""
    problem, entries = run.problem, play_entries_from_json(row.entries)
    number = run.entry or 0
    if problem.get("code") == OTHER_END:
        reached = _reached_end_or_open_steps_text(problem.get("outcome"), problem.get("open"), model)
        expected = _reached_end_or_open_steps_text(
            problem.get("expected_outcome"), problem.get("expected_open"), model
        )
        why = _("expected was: %(expected)s; it comes to: %(reached)s") % {
            "expected": expected,
            "reached": reached,
        }
    else:
        why = _play_problem_text(problem)
    if not 0 < number <= len(entries):
        return why
    entry = {"number": number, "entry": play_entry_text(entries[number - 1], model, forms), "why": why}
    return _("Entry %(number)s (%(entry)s): %(why)s") % entry


def _play_problem_text(problem: Mapping[str, Any]) -> str:
    fields = problem.get("fields") or {}
    if fields:
        return "; ".join(
            f"{key}: {' '.join(message_text(one['code'], one['params']) for one in problems)}"
            for key, problems in fields.items()
        )
    return message_text(str(problem.get("code", "")), problem.get("params") or {})


def _reached_end_or_open_steps_text(
    outcome: str | None, steps: Sequence[str] | None, model: ProcessModel | None
) -> str:
    """Return an end by its title, or the open steps by theirs."""
    if outcome is not None:
        end = next((one for one in model.ends.values() if one.outcome == outcome), None) if model else None
        return pick_text(end.titles, locale()) if end else outcome
    tasks = model.user_tasks if model else {}
    titles = [pick_text(tasks[step].titles, locale()) if step in tasks else step for step in steps or ()]
    return _("open: %(steps)s") % {"steps": ", ".join(titles)} if titles else _("nothing is open")
