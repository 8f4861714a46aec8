"""Form fields that describe what a case is about: each kind has a screen of its own, at the start and in rework."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cases.queries.page import TaskView
from app.forms.read import Form
from app.web import (
    absence,
    appeal,
    commission,
    correction,
    dispute,
    lateentry,
    sheetclosing,
    sheetview,
    workoff,
)

Typed = Any
"""What was typed before: the posted form, a kept draft, or nothing."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How one kind of field is drawn. `asked` draws it from the address, `again` inside a task of a case."""

    template: str
    asked: Callable[[Mapping[str, str], Typed], SimpleNamespace]
    again: Callable[[TaskView, Typed], SimpleNamespace]


SCREENS: Mapping[str, Screen] = {
    "change_set": Screen("start/_editor.html", correction.asked, correction.again),
    "entries": Screen("start/_entries.html", lateentry.asked, lateentry.again),
    "period": Screen("excuses/_period.html", absence.asked_period, absence.again_period),
    "absences": Screen("excuses/_absences.html", absence.asked_absences, absence.again_absences),
    "excused": Screen("excuses/_excused.html", absence.asked_excused, absence.again_excused),
    "dispute": Screen("start/_dispute.html", dispute.asked_dispute, dispute.again_dispute),
    "appeal": Screen("appeals/_appeal.html", appeal.asked_appeal, appeal.again_appeal),
    "hearing": Screen("appeals/_hearing.html", appeal.no_start, appeal.again_hearing),
    "protocol": Screen("appeals/_protocol.html", appeal.no_start, appeal.again_protocol),
    "commission": Screen(
        "commissions/_commission.html", commission.asked_commission, commission.again_commission
    ),
    "lines": Screen("sheets/_plea.html", sheetview.asked_lines, sheetview.again_lines),
    "signing": Screen("sheets/_signing.html", sheetview.asked_signing, sheetview.again_signing),
    "blockers": Screen("sheets/_blockers.html", sheetclosing.asked_blockers, sheetclosing.again_blockers),
    "workoff": Screen("workoffs/_workoff.html", workoff.asked_workoff, workoff.again_workoff),
}
ANSWERS: Mapping[str, Callable[[MultiDict[str, str]], Any]] = {
    "change_set": correction.edits_from,
    "entries": lateentry.entries_from,
    "period": absence.period_from,
    "absences": absence.absences_from,
    "excused": absence.excused_from,
    "workoff": workoff.workoff_from,
    "dispute": dispute.dispute_from,
    "signing": sheetview.signing_from,
    "lines": sheetview.lines_from,
    "blockers": sheetclosing.blockers_from,
    "appeal": appeal.appeal_from,
    "hearing": appeal.hearing_from,
    "protocol": appeal.protocol_from,
    "commission": commission.commission_from,
}
"""What was answered on such a screen; nothing answered is falsy."""
FILLED: Mapping[str, Callable[[Mapping[str, Any]], dict[str, str]]] = {
    "commission": commission.filled_commission,
}
"""What else a form that came back is filled with, from the subject of its case."""


NEEDLESS: Mapping[str, Callable[[Mapping[str, Any]], Collection[str]]] = {
    "hearing_step": appeal.admission_needless,
}
"""The decisions of a form, by what it makes, that the subject of its case leaves no room for."""


def asked_of(form: Form, address: Mapping[str, str], typed: Typed) -> SimpleNamespace | None:
    """The screen of a start form, ready to be drawn: kind, template, view; None when it has none."""
    return _drawn(form, lambda screen: screen.asked(address, typed))


def again_of(view: TaskView, typed: Typed) -> SimpleNamespace | None:
    """The screen inside a task, with what the case is about now; None when its form has none."""
    element = view.published.model.user_tasks[view.task.element]
    form = view.published.forms.get(element.form)
    return _drawn(form, lambda screen: screen.again(view, typed)) if form else None


def _drawn(form: Form, draw: Callable[[Screen], SimpleNamespace]) -> SimpleNamespace | None:
    for item in form.fields:
        screen = SCREENS.get(item.kind)
        if screen is not None:
            return SimpleNamespace(kind=item.kind, template=screen.template, view=draw(screen))
    return None
