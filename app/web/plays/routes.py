"""The page on which a draft is tried: forms as each person, the clock, the drawing, back and again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.cases.queries.case_history import load_case_history
from app.diagrams import draft_queries
from app.diagrams.draft_queries import StoredDraft
from app.diagrams.scenario_queries import load_scenario
from app.kernel import door
from app.kernel.clock import local_time
from app.kernel.errors import DepterError, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.kernel.typed_values import read_moment_field
from app.plays import stored_plays
from app.plays.entries import CLOCK, COMPLETE, ONE_DAY, START, TO_DEADLINE, PlayEntry
from app.plays.play import Play, open_play_in_rehearsal
from app.plays.stored_plays import StoredPlay, build_play_source_of_draft
from app.plays.words import refused_entry_text
from app.texts.translate import gettext as _
from app.web.cases.case_drawing import case_diagram_json
from app.web.cases.form_view import read_posted_answers
from app.web.core.visitor import allow_access, current_act, use_play_person_and_clock
from app.web.labels.messages import problem_texts_by_field
from app.web.plays import presenter
from app.web.plays.presenter import Turn
from app.web.studio.fields import read_revision_or_version_number
from app.web.studio.presenter import draft_heading

blueprint = Blueprint("plays", __name__)


@blueprint.get("/processes/drafts/<uuid:draft_id>/try")
@allow_access("processes.edit")
def show_play(draft_id: UUID) -> str:
    """Show the play of the visitor: the form of the open step, and what has happened so far."""
    draft = draft_queries.load_open_draft(draft_id)
    return render_play(draft, stored_plays.load_play(current_act(), draft_id))


@blueprint.post("/processes/drafts/<uuid:draft_id>/try")
@allow_access("processes.edit")
def submit_turn(draft_id: UUID) -> Any:
    """Begin the case or complete a step as a person of the play; a refused form is shown again with what was typed."""
    draft = draft_queries.load_open_draft(draft_id)
    stored, seen = (
        stored_plays.load_play(current_act(), draft_id),
        _parse_seen_entry_count(request.args.get("seen")),
    )
    person, step, behalf = (request.args.get(name, "") for name in ("person", "step", "behalf"))
    if seen != len(stored.entries):
        raise Stale("diagrams.play.changed")
    with open_play_in_rehearsal(build_play_source_of_draft(draft, stored), stored.entries) as running:
        if running.problem is not None:
            raise Stale("diagrams.play.changed")
        turn = presenter.require_turn(running, running.load_case(), person, step, behalf)
        try:
            entry = _read_posted_play_entry(running, turn)
            running.run_play_entry(entry)
        except DepterError as refused:
            if isinstance(refused, Missing):
                raise
            status = refused.status if refused.status != 500 else 409
            return _render_running_play_page(draft, stored, running, turn, refused), status
    with door.write(current_act()):
        stored_plays.append_play_entry(current_act(), draft_id, seen, entry)
    return redirect(url_for("plays.show_play", draft_id=draft_id))


@blueprint.post("/processes/drafts/<uuid:draft_id>/try/clock")
@allow_access("processes.edit")
def move_clock(draft_id: UUID) -> Any:
    """Move the clock of the play past the next deadline, by a day, or to a moment; timers that come due fire."""
    draft = draft_queries.load_open_draft(draft_id)
    stored, seen = (
        stored_plays.load_play(current_act(), draft_id),
        _parse_seen_entry_count(request.form.get("seen")),
    )
    if seen != len(stored.entries):
        raise Stale("diagrams.play.changed")
    try:
        entry = PlayEntry(CLOCK, to=_read_posted_clock_target())
        with open_play_in_rehearsal(build_play_source_of_draft(draft, stored), stored.entries) as running:
            if running.problem is not None:
                raise Stale("diagrams.play.changed")
            running.run_play_entry(entry)
    except (Invalid, Refused) as refused:
        return render_play(draft, stored, refused), refused.status
    with door.write(current_act()):
        stored_plays.append_play_entry(current_act(), draft_id, seen, entry)
    return redirect(url_for("plays.show_play", draft_id=draft_id))


@blueprint.post("/processes/drafts/<uuid:draft_id>/try/back")
@allow_access("processes.edit")
def return_play_to_entry(draft_id: UUID) -> Any:
    """Keep the first entries of the play; with none the play begins again."""
    seen, kept = (
        _parse_seen_entry_count(request.form.get("seen")),
        read_revision_or_version_number("kept", request.form.get("kept")),
    )
    with door.write(current_act()):
        stored_plays.keep_first_play_entries(current_act(), draft_id, seen, kept)
    if kept == 0:
        flash(_("The play begins again."), "good")
    return redirect(url_for("plays.show_play", draft_id=draft_id))


@blueprint.get("/processes/drafts/<uuid:draft_id>/try/drawing.json")
@allow_access("processes.edit")
def get_play_diagram_json(draft_id: UUID) -> Any:
    """Return the drawing with the token and the path of the play: `{xml, names, done, open, path}`."""
    draft = draft_queries.load_open_draft(draft_id)
    stored = stored_plays.load_play(current_act(), draft_id)
    try:
        with open_play_in_rehearsal(build_play_source_of_draft(draft, stored), stored.entries) as running:
            entries = load_case_history(running.case_id) if running.begun else ()
            steps = [task.element for task in running.load_open_tasks()]
            return case_diagram_json(running.published, entries, steps)
    except Refused:
        return {"xml": draft.xml, "names": {}, "done": [], "open": [], "path": []}


def render_play(draft: StoredDraft, stored: StoredPlay, refused: DepterError | None = None) -> str:
    """Render the page of a play from its stored entries; `refused` is what was refused beside the form."""
    try:
        with open_play_in_rehearsal(build_play_source_of_draft(draft, stored), stored.entries) as running:
            return _render_running_play_page(draft, stored, running, None, None, refused)
    except Refused as impossible:
        return render_template(
            "plays/play.html",
            heading=draft_heading(draft.row),
            impossible=refused_entry_text(impossible),
            seen=len(stored.entries),
        )


def _render_running_play_page(
    draft: StoredDraft,
    stored: StoredPlay,
    running: Play,
    turn: Turn | None,
    refused: DepterError | None,
    beside: DepterError | None = None,
) -> str:
    """Render the page while its play runs; `refused` belongs to the form of the turn, `beside` to another form."""
    case = running.load_case()
    choice = presenter.choose_turn(
        running,
        case,
        {"step": turn.task.element if turn and turn.task else "", "as": turn.code} if turn else request.args,
    )
    seen = len(stored.entries)
    shown = choice.turn if running.problem is None else None
    html = presenter.render_turn_form(running, draft.row.id, seen, shown, refused) if shown else ""
    view = presenter.play_view(running, case)
    scenario = _scenario_title(stored)
    return render_template(
        "plays/play.html",
        heading=draft_heading(draft.row),
        impossible=None,
        seen=seen,
        choice=choice,
        turn_html=html,
        play=view,
        scenario_id=new_id(),
        scenario=scenario,
        typed={name: request.form.get(name, "") for name in ("title", "reason", "moment")},
        errors=problem_texts_by_field(beside) if isinstance(beside, Invalid) else {},
        refusal=refused_entry_text(beside)
        if beside is not None and not isinstance(beside, Invalid)
        else None,
        drawing_url=url_for("plays.get_play_diagram_json", draft_id=draft.row.id),
    )


def _scenario_title(stored: StoredPlay) -> str | None:
    """Return the title of the scenario that was opened as this play; None when there is none."""
    if stored.scenario is None:
        return None
    try:
        return load_scenario(stored.scenario).title
    except Missing:
        return None


def _read_posted_play_entry(running: Play, turn: Turn) -> PlayEntry:
    """Return the posted form of a turn as an entry. Raises Invalid."""
    if turn.task is None:
        form = running.start_form if running.start.roles else None
    else:
        form = running.published.forms.get(running.published.model.user_tasks[turn.task.element].form)
    with use_play_person_and_clock(running.act_of_person(turn.person)):
        answers = read_posted_answers(form, request.form) if form else {}
    kind, element = (START, "") if turn.task is None else (COMPLETE, turn.task.element)
    specimens = presenter.posted_specimen_fields(form, request.form)
    return PlayEntry(kind, turn.person, element, answers, specimens, behalf=turn.behalf)


def _read_posted_clock_target() -> str:
    """Return where the posted form moves the clock. Raises Invalid (`moment`)."""
    to = request.form.get("to", "")
    if to in (TO_DEADLINE, ONE_DAY):
        return to
    return local_time(read_moment_field("moment", request.form.get("moment"))).isoformat()


def _parse_seen_entry_count(given: str | None) -> int:
    return read_revision_or_version_number("seen", given)
