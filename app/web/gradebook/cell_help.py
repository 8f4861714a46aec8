"""What the card of a cell offers its student, or who looks after him: hand in, make up, "this is wrong"."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from app.cases.queries.requests import Request, open_about
from app.journal.gradebook.access import persons_of
from app.journal.gradebook.cell_state import ATTENDANCE
from app.journal.gradebook_views.cell_card import Card, Half
from app.journal.student_views.absences import absences_of
from app.kernel.errors import Missing
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import act
from app.web.labels.deadlines import due_view
from app.web.labels.messages import REMEDIES
from app.web.student_access.student_pages import DISPUTE, Cabinet, cabinet_of, may_look, own_cabinet
from app.web.students import absences as student_absences


def help_of(card: Card) -> SimpleNamespace | None:
    """The needs and buttons of `journal/_help.html`; None for everybody who neither is nor looks after the student."""
    cabinet = _student_cabinet(card)
    if cabinet is None:
        return None
    now = act().at
    cases = open_about(card.student, cabinet.viewer)
    running = student_absences.open_cases(card.student, cases)
    absences = absences_of(card.student, now) if card.status != "NOT_APPLICABLE" else []
    found = next((one for one in absences if one.lesson == card.lesson.id), None)
    return SimpleNamespace(
        own=cabinet.own,
        miss=student_absences.missed_view(found, cabinet, running, absences) if found else None,
        wrongs=[
            _dispute_view(card, half, cabinet, cases)
            for half in card.halves.values()
            if half.value is not None and DISPUTE in cabinet.starts
        ],
        cabinet_url=None if cabinet.own else cabinet.url("today"),
    )


def _student_cabinet(card: Card) -> Cabinet | None:
    now = act()
    if card.student in persons_of(now):
        try:
            return own_cabinet()
        except Missing:
            return None
    return cabinet_of(card.student) if may_look(now, card.student) else None


def _dispute_view(card: Card, half: Half, cabinet: Cabinet, cases: Iterable[Request]) -> SimpleNamespace:
    """One half of the cell that may be held to be wrong (6.2): its button and term, or the case that says so."""
    what = _("Attendance") if half.kind == ATTENDANCE else _("Grade")
    place: dict[str, Any] = {"lesson": card.lesson.id, "kind": half.kind}
    said = next((case for case in cases if _is_dispute_about(case, card, half)), None)
    term = half.wrong_until
    late = term is not None and act().at > term.moment
    return SimpleNamespace(
        what=what,
        label=f"{what}: {_(REMEDIES[DISPUTE])}",
        url=None if said else cabinet.begin(DISPUTE, **place),
        case=student_absences.case_view(said, cabinet) if said else None,
        late=late and not said,
        due=(
            due_view(term.moment, act().at, locale(), None, term.as_json(), term.clause)
            if term and not said
            else None
        ),
    )


def _is_dispute_about(case: Request, card: Card, half: Half) -> bool:
    subject = case.subject
    return (
        subject.get("kind") == "dispute"
        and subject.get("lesson") == str(card.lesson.id)
        and subject.get("mark") == half.kind
    )
