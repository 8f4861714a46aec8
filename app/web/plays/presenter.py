"""Views of a running play: the form of the open step, the clock, what was done, and what the case would have caused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from sqlalchemy import select

from app.cases import rules
from app.cases.commands.start import require_may_start_process
from app.cases.events import TASK_REMINDED
from app.cases.locking import task_state_from_record
from app.cases.models import Case, Task
from app.cases.queries.case_history import load_case_history
from app.diagrams.versions import load_published_version_id, load_version_unless_damaged
from app.forms.form_file import Form
from app.kernel.clock import local_time
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Stale
from app.kernel.i18n import pick_text
from app.notices.texts import NOTICE_EVENT_TYPES, compose_notice_text
from app.operations import FOLLOW_UP_BY_EVENT_TYPE
from app.outbox.models import Message
from app.plays.play import Play, Reminder
from app.plays.university import SyntheticPerson, name_of_post_holder
from app.plays.words import play_entry_text, refused_entry_text
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.form_view import form_field_views, problem_summary_rows
from app.web.cases.subject_fields import start_subject_field_view
from app.web.core.visitor import use_play_person_and_clock
from app.web.inbox.task_routes import task_page_view
from app.web.labels import cases as case_labels
from app.web.labels.messages import error_message, problem_texts_by_field

SPECIMEN = "specimen:"
"""Prefix of the box with which a play hands in a specimen instead of a file."""
MAX_MESSAGES = 100
STUDENT = "student"
"""The post of the student whom the scenes are about, and in whose name a case can be begun."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What is shown on the left: the step that is open (None: the start), as whom, and in which student's name."""

    person: str
    task: Task | None = None
    behalf: str = ""

    @property
    def code(self) -> str:
        """Return the turn as a choice of the page names it."""
        return _turn_taker_code(self.person, self.behalf)


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen: open steps, persons who may do the chosen one, and the others with the reason."""

    steps: list[SimpleNamespace] = field(default_factory=list)
    able: list[SimpleNamespace] = field(default_factory=list)
    others: list[SimpleNamespace] = field(default_factory=list)
    turn: Turn | None = None


def choose_turn(play: Play, case: Case | None, wanted: Mapping[str, str]) -> Choice:
    """Return the turn that the address asks for, by default the first open step and the first who may do it."""
    if case is None:
        refusals: dict[str, DepterError | None] = {
            one.code: _start_refusal(play, one) for one in play.university.people.values()
        }
        for code in _codes_able_to_start_for_student(play):
            if refusals[code] is not None:
                del refusals[code]
            refusals[_turn_taker_code(code, STUDENT)] = None
        return _build_turn_choice(play, [], refusals, wanted, None)
    tasks = play.load_open_tasks() if case.status == "open" else []
    if not tasks:
        return Choice()
    task = next((one for one in tasks if one.element == wanted.get("step")), tasks[0])
    state = task_state_from_record(task, case)
    refusals = {one.code: _task_refusal(state, one) for one in play.university.people.values()}
    return _build_turn_choice(play, tasks, refusals, wanted, task)


def _task_refusal(task: rules.TaskState, person: SyntheticPerson) -> DepterError | None:
    """Return why a person may not do a task; who has another role is told that, whoever has the task."""
    refusal = rules.refusal_to_claim_or_complete_task(task, person.id, None, person.assignments)
    if isinstance(refusal, Stale) and person.role != task.role:
        return Denied("cases.task.not_yours")
    return refusal


def _start_refusal(play: Play, person: SyntheticPerson) -> DepterError | None:
    start = play.start
    if not start.roles:
        return None if person.code == start.play.requester else Denied("cases.start.not_for_your_role")
    return None if person.role in start.roles else Denied("cases.start.not_for_your_role")


def _codes_able_to_start_for_student(play: Play) -> list[str]:
    """Return who may begin the case in the name of the first student, or offer it to him, by the rules of the start."""
    student = play.act_of_person(STUDENT).person
    roles = (*play.start.on_behalf_roles, *play.start.offered_by)
    found = []
    for one in play.university.people.values():
        if one.role not in roles:
            continue
        try:
            require_may_start_process(play.act_of_person(one.code), play.start, student)
        except DepterError:
            continue
        found.append(one.code)
    return found


def _turn_taker_code(person: str, behalf: str = "") -> str:
    return f"{person}:{behalf}" if behalf else person


def _turn_taker_name(play: Play, code: str) -> str:
    """Return who does the turn, with the student in whose name."""
    people = play.university.people
    person, _colon, behalf = code.partition(":")
    name = _name_and_post(people[person])
    return _("%(name)s for %(student)s") % {"name": name, "student": people[behalf].name} if behalf else name


def _build_turn_choice(
    play: Play,
    tasks: list[Task],
    refusals: Mapping[str, DepterError | None],
    wanted: Mapping[str, str],
    task: Task | None,
) -> Choice:
    able = [code for code, refusal in refusals.items() if refusal is None]
    chosen = wanted.get("as") if wanted.get("as") in able else next(iter(able), None)
    person, _colon, behalf = (chosen or "").partition(":")
    model, people = play.published.model, play.university.people
    return Choice(
        steps=[
            SimpleNamespace(
                element=one.element,
                title=pick_text(model.user_tasks[one.element].titles, locale()),
                chosen=task is not None and one.element == task.element,
            )
            for one in tasks
        ],
        able=[
            SimpleNamespace(code=code, name=_turn_taker_name(play, code), chosen=code == chosen)
            for code in able
        ],
        others=[
            SimpleNamespace(name=_name_and_post(people[code]), why=error_message(refusal))
            for code, refusal in refusals.items()
            if refusal is not None
        ],
        turn=Turn(person, task, behalf) if person else None,
    )


def _name_and_post(person: SyntheticPerson) -> str:
    """Return the name of a person, with the word for a deputy."""
    return _("%(name)s, deputy") % {"name": person.name} if person.deputy else person.name


def render_turn_form(
    play: Play, draft_id: UUID, seen: int, turn: Turn, refused: DepterError | None = None
) -> str:
    """Render the form of a turn, as its person sees it; after a refusal with everything typed and the problems."""
    action = url_for(
        "plays.submit_turn",
        draft_id=draft_id,
        seen=seen,
        person=turn.person,
        step=turn.task.element if turn.task else None,
        behalf=turn.behalf or None,
    )
    with use_play_person_and_clock(play.act_of_person(turn.person)):
        try:
            if turn.task is None:
                return _render_start_turn_form(play, turn, action, refused)
            return _render_task_turn_form(play, turn.task, action, refused)
        except (DepterError, KeyError) as problem:
            why = refused_entry_text(problem) if isinstance(problem, DepterError) else str(problem)
            return render_template("plays/_unplayable.html", why=why)


def _render_start_turn_form(play: Play, turn: Turn, action: str, refused: DepterError | None) -> str:
    form, address = play.start_form, {}
    if play.start.roles:
        about = play.university.about
        address = {name: about(turn.person, text) for name, text in play.start.play.address.items()}
        if turn.behalf:
            address["student"] = str(play.act_of_person(turn.behalf).person)
    else:
        form = None
    typed: Any = request.form if refused is not None else {}
    invalid = refused if isinstance(refused, Invalid) else None
    screen = start_subject_field_view(form, address, typed) if form else None
    if screen is not None:
        _remove_live_page_parts(screen.view)
    needless = getattr(screen.view, "needless", ()) if screen else ()
    view = SimpleNamespace(
        title=pick_text(play.published.model.titles, locale()),
        action=action,
        screen=screen,
        fields=_fields_with_specimen_boxes(form_field_views(form, locale(), needless)) if form else [],
        typed=typed,
        errors=problem_texts_by_field(invalid) if invalid else {},
        summary=problem_summary_rows(invalid, form, locale()) if invalid else [],
        refused=error_message(refused) if refused is not None and invalid is None else None,
        by_event=not play.start.roles,
    )
    return render_template("plays/_start.html", start=view)


def _render_task_turn_form(play: Play, task: Task, action: str, refused: DepterError | None) -> str:
    shown = refused if refused is None or isinstance(refused, Invalid) else Invalid({})
    view = task_page_view(task.id, shown)
    view.complete_url, view.draft_url, view.claim_url, view.release_url = action, None, None, None
    # A play makes the task anew for each page, so the step of the address names what was typed.
    view.draft_key = f"play-{action}"
    view.case_url, view.diagram_url, view.files, view.related = "#play-done", None, [], []
    elsewhere = view.correct is not None or view.offer is not None
    view.correct = view.offer = None
    view.fields = _fields_with_specimen_boxes(view.fields)
    if view.sheet is not None:
        view.sheet.url = None
    if view.screen is not None:
        _remove_live_page_parts(view.screen.view)
    why = error_message(refused) if refused is not None and not isinstance(refused, Invalid) else None
    return render_template("plays/_task.html", task=view, refused=why, elsewhere=elsewhere)


def _fields_with_specimen_boxes(fields: list[SimpleNamespace]) -> list[SimpleNamespace]:
    """Return fields of a form; where a file is asked for, a box hands in a specimen."""
    for one in fields:
        if one.kind == "file":
            one.kind, one.key = "checkbox", f"{SPECIMEN}{one.key}"
            one.label = _("%(label)s: attach a sample") % {"label": one.label}
    return fields


def posted_specimen_fields(form: Form | None, posted: Mapping[str, str]) -> tuple[str, ...]:
    """Return the file fields in which a specimen was handed in."""
    return tuple(
        item.key
        for item in (form.fields if form else ())
        if item.kind == "file" and posted.get(f"{SPECIMEN}{item.key}")
    )


def _remove_live_page_parts(view: Any) -> None:
    """Take away what a page would load later: a request of its own would not be part of the play."""
    for name in ("covered_url",):
        if hasattr(view, name):
            setattr(view, name, None)


def play_view(play: Play, case: Case | None) -> SimpleNamespace:
    """Return clock, entries, messages, effects and the end of a play, in words and without a query left to run."""
    deadline = play.find_next_deadline() if case is not None and case.status == "open" else None
    entries = load_case_history(play.case_id) if case is not None else ()
    published = play.published
    return SimpleNamespace(
        at=play.at,
        local=local_time(play.at).strftime("%Y-%m-%dT%H:%M"),
        deadline=deadline,
        done=[
            SimpleNamespace(
                number=number,
                text=play_entry_text(one.entry, published.model, published.forms),
                at=one.at,
                fired=[_timer_text(play, timer) for timer in one.fired],
                reminders=[_reminder_text(reminder) for reminder in one.reminders],
            )
            for number, one in enumerate(play.played, 1)
        ],
        problem=(
            SimpleNamespace(
                number=play.problem.number,
                text=play_entry_text(play.problem.entry, published.model, published.forms),
                why=refused_entry_text(play.problem.error),
            )
            if play.problem
            else None
        ),
        effects=[
            case_labels.history_event_view(one, published, {}, locale(), set()).title
            for one in entries
            if one.kind == "service"
        ],
        messages=_message_views(play) if case is not None else [],
        begun=case is not None,
        ended=case is not None and case.status != "open",
        end=(
            case_labels.case_state_label(case.status, case.outcome, published)
            if case is not None and case.status != "open"
            else ""
        ),
        open=[
            pick_text(published.model.user_tasks[step].titles, locale())
            for step in (play.played[-1].open_steps if play.played else ())
        ],
    )


def _timer_text(play: Play, timer: str) -> str:
    found = play.published.model.timers.get(timer)
    task = play.published.model.user_tasks.get(found.attached_to) if found else None
    title = pick_text(task.titles, locale()) if task else timer
    return _("The deadline of «%(step)s» passes") % {"step": title}


def _reminder_text(reminder: Reminder) -> str:
    """Return a reminder that would be sent, and to whom."""
    text = compose_notice_text(TASK_REMINDED, reminder.payload, locale()).title
    people = ", ".join(name_of_post_holder(code) for code in reminder.to) or _("nobody")
    return _("A reminder would be sent to %(people)s: %(text)s") % {"people": people, "text": text}


def _message_views(play: Play) -> list[SimpleNamespace]:
    """Return what the case would have sent, to whom; and the cases of other processes that it would have begun."""
    names = {str(person.id): person.name for person in play.university.people.values()}
    rows = db.session.execute(
        select(Message.event_type, Message.payload)
        .where(Message.id > play.first_message)
        .order_by(Message.id)
        .limit(MAX_MESSAGES)
    )
    found = []
    for event_type, payload in rows:
        if event_type in FOLLOW_UP_BY_EVENT_TYPE:
            found.append(SimpleNamespace(text=_follow_up_case_text(event_type), to=[], is_case=True))
        if event_type in NOTICE_EVENT_TYPES:
            to = [names[one] for one in payload.get("recipients") or () if one in names]
            text = compose_notice_text(event_type, payload, locale()).title
            found.append(SimpleNamespace(text=text, to=to, is_case=False))
    return found


def _follow_up_case_text(event_type: str) -> str:
    key = FOLLOW_UP_BY_EVENT_TYPE[event_type].start
    version = load_published_version_id(key)
    published = load_version_unless_damaged(version) if version else None
    title = pick_text(published.title, locale()) if published else key
    return _("A case of another process would begin: %(title)s") % {"title": title}


def require_turn(play: Play, case: Case | None, person: str, step: str, behalf: str) -> Turn:
    """Return the turn of a posted form. Raises Missing for a step that is not open, Invalid for an unknown person."""
    play.act_of_person(person)
    if case is None:
        if behalf:
            play.act_of_person(behalf)
        return Turn(person, None, behalf)
    task = next((one for one in play.load_open_tasks() if one.element == step), None)
    if task is None:
        raise Missing
    return Turn(person, task)
