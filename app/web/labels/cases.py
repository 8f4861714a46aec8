"""Words cases: subjects, steps, decisions, states, the thread. Structure in, texts in one language out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.bpmn.model import Model
from app.cases.commands.reschedule import DEADLINE_MOVED
from app.cases.queries.case_details import Told
from app.diagrams.versions import Published
from app.kernel.i18n import moment_text, pick
from app.texts.case_subjects import Change, changes
from app.texts.outcomes import OUTCOMES, why_text
from app.texts.translate import gettext as _
from app.texts.translate import mark

STATES: Mapping[str, str] = {
    "open": mark("in progress"),
    "done": mark("finished"),
    "withdrawn": mark("withdrawn"),
    "quarantined": mark("stopped by an incident"),
    "suspended": mark("put aside"),
    "moot": mark("not needed any more"),
    "applied": mark("applied"),
    "opened": mark("the journal was opened"),
    "sheet_signed": mark("the sheet was signed meanwhile"),
    "allowed": mark("a later day was allowed"),
    "corrected": mark("mark corrected"),
    "explained": mark("explained"),
    "closed": mark("sheet closed"),
    "refused": mark("the mark stands"),
    "confirmed_all": mark("confirmed"),
    "confirmed_part": mark("confirmed in part"),
    "expired": mark("expired"),
    "revoked": mark("excuse revoked"),
    "kept": mark("excuse stands"),
    "entered": mark("status entered"),
    "failed": mark("not accepted"),
    "parked": mark("waits for the commission"),
    "not_required": mark("not required"),
    "cancelled": mark("there was no absence"),
    "sheet_closed": mark("the sheet was closed meanwhile"),
    "formed": mark("commission formed"),
    "upheld": mark("the result stands"),
    "changed": mark("the result changes"),
    "reexam": mark("another examination"),
    "inadmissible": mark("not admissible"),
    "moved_to_appeal": mark("moved to an appeal"),
    "rejected": mark("rejected"),
    "reclassified": mark("moved to the academic way"),
}
GOOD = frozenset({"applied", "opened", "allowed", "done", "parked", "not_required"}) | frozenset(
    {
        "confirmed_all",
        "confirmed_part",
        "entered",
        "kept",
        "corrected",
        "explained",
        "formed",
        "closed",
        "changed",
    }
)
"""Outcomes in which the one who asked got what he asked for."""
DECISIONS: Mapping[str, str] = {
    "approve": mark("Approved"),
    "return": mark("Returned for rework"),
    "reject": mark("Rejected"),
    "reclassify": mark("Reclassified as academic"),
    "resubmit": mark("Sent again"),
    "complete": mark("Done"),
    "inquire": mark("Inquiry sent"),
    "assign": mark("Task set"),
    "appealed": mark("Appealed"),
    "admit": mark("Admitted"),
    "restore": mark("Term restored, admitted"),
    "inadmissible": mark("Not admissible"),
    "step_aside": mark("Stepped aside"),
    "schedule": mark("Hearing set"),
    "postpone": mark("Postponed"),
    "not_required": mark("Nothing required"),
    "again": mark("Once more"),
    "agree": mark("Agreed"),
    "explain": mark("Explained"),
    "accept": mark("Accepted"),
    "escalate": mark("Passed on"),
    "withdraw": mark("Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class StepView:
    """One point of the line of steps."""

    label: str
    state: str
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the timeline."""

    kind: str
    title: str
    at: datetime
    person: str = ""
    behalf: str = ""
    role: str = ""
    text: str = ""
    fields: tuple[Mapping[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    files: tuple[Mapping[str, str], ...] = field(default=())
    clause: str | None = None
    reset: str = ""
    kept: bool | None = None
    due: None = None


def state_label(status: str, outcome: str | None) -> str:
    """Where a case stands, in a word."""
    return _(STATES.get(outcome or "", STATES.get(status, status)) if status == "done" else STATES[status])


def element_title(published: Published | None, element: str | None, locale: str) -> str:
    """The name of a step in its diagram."""
    if published is None or element is None:
        return element or ""
    model = published.model
    found = (
        model.user_tasks.get(element)
        or model.services.get(element)
        or model.timers.get(element)
        or model.ends.get(element)
    )
    return pick(found.titles, locale) if found else element


def main_steps(model: Model) -> list[str]:
    """The user tasks on the straight way, in the order a case meets them: no rework, nothing that only a passed term or
    a step back leads to. A timer on the path itself only makes it wait."""
    depth = dict.fromkeys(model.starts, 0)
    ahead = list(depth)
    while ahead:
        node = ahead.pop()
        for after in model.forward.get(node, ()):
            deeper = depth.get(after, -1) < depth[node] + 1 <= len(model.nodes)
            late = after in model.timers and model.timers[after].attached_to
            if deeper and not late:
                depth[after] = depth[node] + 1
                ahead.append(after)
    met = [task for task in model.user_tasks.values() if task.id in depth and model.forward.get(task.id)]
    return [task.id for task in sorted(met, key=lambda task: depth[task.id]) if task.straight]


def lanes_met(model: Model, locale: str) -> list[str]:
    """The lanes of the straight way in the order a case meets them, each once."""
    return list(dict.fromkeys(pick(model.lane_of(task).titles, locale) for task in main_steps(model)))


def steps_of(
    published: Published,
    thread: Sequence[Told],
    open_elements: Iterable[str],
    status: str,
    outcome: str | None,
    locale: str,
) -> list[StepView]:
    """The line of steps: done with who and when, the present one, what is still to come, how it ended. A step the case
    went past, and cannot meet again without a return, is left out."""
    model = published.model
    now = set(open_elements)
    last: dict[str, Told] = {}
    for told in thread:
        if told.kind == "started" or set(told.opened) & {t.id for t in model.user_tasks.values() if t.rework}:
            last = {}
        if told.kind == "completed" and told.element:
            last[_main(model, told.element)] = told
    asked = next((told for told in thread if told.kind == "started"), None)
    views = [StepView(_("Asked"), "done", asked.name if asked else "", asked.at if asked else None)]
    for task in model.user_tasks.values():
        if task.rework and task.id in now:
            views.append(StepView(pick(task.titles, locale), "returned"))
    aside = [name for name in (*last, *now) if name in model.user_tasks and model.user_tasks[name].straight]
    to_come = {after for name in now for after in (name, *model.reachable_from(name))}
    itself = _done_by_itself(model, thread)
    met = {*last, *now, *itself}
    for element in dict.fromkeys([*main_steps(model), *aside]):
        given = last.get(element)
        here = any(_main(model, name) == element for name in now)
        passed = not given and met & model.reachable_from(element)
        if passed and not here and element not in to_come:
            continue
        state = "now" if here else _step_state(given.decision) if given else "todo"
        if element in itself:
            state = "done"
        if state == "todo" and status != "open":
            state = "skipped"
        label = pick(model.user_tasks[element].titles, locale)
        views.append(StepView(label, state, given.name if given else "", given.at if given else None))
    if status == "done":
        final = "done" if outcome in GOOD else "rejected"
        views.append(StepView(state_label(status, outcome).capitalize(), final))
    return views


def _done_by_itself(model: Model, thread: Sequence[Told]) -> frozenset[str]:
    """The steps that waited when something outside did what they were for, and the case ended well by that."""
    waited: tuple[str, ...] = ()
    for told in thread:
        if told.kind == "overtaken" and told.decision in GOOD:
            return frozenset(_main(model, name) for name in waited)
        waited = told.opened or waited
    return frozenset()


def _step_state(decision: str | None) -> str:
    return {"reject": "rejected", "return": "returned"}.get(decision or "", "done")


def _main(model: Model, element: str) -> str:
    """The step a deputy stands in for: the one whose timer leads to him."""
    task = model.user_tasks.get(element)
    if task is None or task.straight or task.rework:
        return element
    for timer in model.timers.values():
        if timer.attached_to and any(flow.target == element for flow in model.outgoing(timer.id)):
            return timer.attached_to
    return element


def event_of(
    told: Told,
    published: Published | None,
    subject: Mapping[str, Any],
    locale: str,
    papers: Collection[str] = (),
) -> Event:
    """One step of the history in words; a file is named and linked to whoever may open it: its id is among `papers`."""
    attached = told.answers.get("file") if told.kind == "attached" else None
    kept = attached is not None and str(attached) not in papers
    title, kind = _event_title(told, published, locale)
    return Event(
        kind=kind,
        title=title,
        at=told.at,
        person=told.name,
        behalf=told.behalf,
        text=_(KEPT_FILE) if kept else words_of(told) or why_text(told.answers),
        changes=_event_changes(told, subject, locale),
        clause=told.clause,
        reset=reset_text(told, locale),
        files=(
            ({"name": told.words or _("File"), "url": f"/files/{attached}", "size": ""},)
            if attached and not kept
            else ()
        ),
        kept=False if told.kind == "escalated" else None,
    )


KEPT_FILE = mark("A document kept for the directorate and the student")
KEPT_WORDS = mark("Words kept for the directorate and the student")


def words_of(told: Told) -> str:
    """The words of a step, or that they are not for who reads (7.1)."""
    return _(KEPT_WORDS) if told.kept else told.words


RESETS: Mapping[str, str] = {
    "password": mark("Shortly before, %(when)s, %(who)s reset the password of %(whose)s"),
    "given": mark("Shortly before, %(when)s, %(who)s made the account of %(whose)s"),
    "opened": mark("Shortly before, %(when)s, %(who)s opened again the account of %(whose)s"),
}


def reset_text(told: Told, locale: str) -> str:
    """What is to be known of the account of who decided: somebody else could enter it shortly before; "" if nobody."""
    if told.reset is None:
        return ""
    reset = told.reset
    about = {"when": moment_text(reset.at, locale), "who": reset.by or _("the system"), "whose": reset.whose}
    return _(RESETS[reset.kind]) % about


def _event_changes(told: Told, subject: Mapping[str, Any], locale: str) -> tuple[Change, ...]:
    """What the case is about, where it begins; the old and the new end of a term that the calendar moved."""
    if told.kind == "started":
        return changes(subject, locale)
    if told.kind == DEADLINE_MOVED:
        ends = (datetime.fromisoformat(told.answers[side]) for side in ("before", "after"))
        return (Change("", *(moment_text(end, locale) for end in ends)),)
    return ()


def _event_title(told: Told, published: Published | None, locale: str) -> tuple[str, str]:
    step = element_title(published, told.element, locale)
    if told.kind == "completed":
        word = said_word(told, published, locale)
        kind = {"return": "returned", "reject": "rejected", "withdraw": "withdrawn"}.get(
            told.decision or "", "decision"
        )
        return f"{step}: {word}", kind
    titles = {
        "started": (_("Request made"), "started"),
        "service": (f"{step}: {_(OUTCOMES.get(told.decision or '', told.decision or ''))}", "applied"),
        "ended": (_("Case ended: %(how)s") % {"how": state_label("done", told.decision)}, "applied"),
        "escalated": (_("%(step)s: term passed, handed to the deputy") % {"step": step}, "deadline"),
        "timer": (step, "deadline"),
        DEADLINE_MOVED: (_("%(step)s: the calendar moved the term") % {"step": step}, "deadline"),
        "claimed": (_("%(step)s: claimed") % {"step": step}, "claimed"),
        "released": (_("%(step)s: given back") % {"step": step}, "claimed"),
        "commented": (_("Comment"), "comment"),
        "attached": (_("File attached"), "file"),
        "withdrawn": (_("Request withdrawn"), "withdrawn"),
        "overtaken": (
            _("Case ended by itself: %(how)s") % {"how": state_label("done", told.decision)},
            "applied",
        ),
        "retimed": (_("The term moved"), "deadline"),
        "suspended": (_("Put aside"), "deadline"),
        "resumed": (_("Goes on"), "started"),
        "moved": (_("Handed to another directorate"), "message"),
        "incident": (_("Stopped by an incident"), "incident"),
        "resolved": (_("Incident resolved"), "started"),
    }
    return titles.get(told.kind, (told.kind, "message"))


def said_word(told: Told, published: Published | None, locale: str) -> str:
    """What somebody decided in a step, in a word; where nothing is decided, the choice he made, if there was one."""
    if told.decision:
        return _(DECISIONS.get(told.decision, ""))
    task = published.model.user_tasks.get(told.element or "") if published else None
    form = published.forms.get(task.form) if published and task else None
    chosen = (
        pick(value.label, locale)
        for item in (form.fields if form else ())
        for value in item.values
        if value.value == told.answers.get(item.key)
    )
    return next(chosen, _("Done"))


def what_next(model: Model, element: str, locale: str) -> dict[str, str]:
    """For each decision of a step: where the case goes, "goes to Directorate", as the diagram says it.

    Follows the one gateway behind the step; a decision whose way cannot be told from the drawing is left out.
    """
    return {
        decision: _goes_to(model, target, locale) for decision, target in _targets(model, element).items()
    }


def losing(model: Model, element: str) -> frozenset[str]:
    """The decisions of a step that end a case against the one who asked, and a refusal whose end is no good one."""
    ends = {
        decision: model.ends[target].outcome in GOOD
        for decision, target in _targets(model, element).items()
        if target in model.ends
    }
    return frozenset(decision for decision in {"reject", *ends} if not ends.get(decision))


def _targets(model: Model, element: str) -> dict[str, str]:
    """What follows each decision of a step; under "" what follows them all."""
    found: dict[str, str] = {}
    for flow in model.outgoing(element):
        if flow.target not in model.gateways:
            return {"": flow.target}
        for way in model.outgoing(flow.target):
            for decision in DECISIONS:
                if way.condition is not None and way.condition.holds({f"{element}.decision": decision}):
                    found.setdefault(decision, way.target)
        default = model.gateways[flow.target].default
        if default:
            rest = model.flows[default].target
            found |= {decision: rest for decision in DECISIONS if decision not in found}
    return found


def _goes_to(model: Model, target: str, locale: str) -> str:
    if target in model.ends:
        return _("ends: %(how)s") % {"how": pick(model.ends[target].titles, locale)}
    if target in model.user_tasks:
        task = model.user_tasks[target]
        if task.assign == "requester" and task.rework:
            return _("back to the one who asked")
        return _("goes to: %(whom)s") % {"whom": pick(model.lane_of(target).titles, locale)}
    if target in model.services:
        return pick(model.services[target].titles, locale)
    return ""
