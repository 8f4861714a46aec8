"""Texts of case subjects on pages: the changes a case would make, and details as (label, value) pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.kernel.i18n import day_text, pick
from app.texts import appeals as appeal_texts
from app.texts.appeals import lesson_line
from app.texts.subject_line import COMMISSION_KINDS, ENTRY_KINDS, ORDER_DAY, entry_kind, value_word
from app.texts.translate import gettext as _
from app.texts.translate import mark


@dataclass(frozen=True, slots=True)
class Change:
    """One old → new pair, as the macro `old_new` renders it."""

    label: str
    old: str
    new: str


def changes(subject: Mapping[str, Any], locale: str) -> tuple[Change, ...]:
    """Return each cell of the case with its place, its present value and the requested value."""
    empty, open_ = _("not recorded"), _("may be entered")
    correction = subject.get("correction")
    if correction and correction["added"]:
        return (Change(_("Current grade that is added"), "–", correction["added"]),)
    if correction:
        return (Change(_("Points"), correction["old"] or "–", correction["new"]),)
    entries = tuple(
        Change(
            label=", ".join(
                part
                for part in (one["student"], lesson_line(one, locale), _(ENTRY_KINDS[entry_kind(one)]))
                if part
            ),
            old=empty,
            new=open_,
        )
        for one in subject.get("entries") or []
    )
    return entries + tuple(
        Change(
            label=", ".join(part for part in [cell.get("student", ""), lesson_line(cell, locale)] if part),
            old=value_word(cell["old"], locale),
            new=value_word(cell["new"], locale),
        )
        for cell in subject.get("cells") or []
    )


PARTS: Mapping[str, str] = {
    "CHAIR": mark("Chair"),
    "SECRETARY": mark("Secretary"),
    "MEMBER": mark("Member"),
    "RESERVE": mark("Reserve"),
}
"""Parts of the members of a commission."""


WORKOFF_FORMS: Mapping[str, str] = {
    "summary": mark("summary and oral questions"),
    "test": mark("test"),
    "practical_task": mark("practical task"),
    "calculation": mark("calculation or essay"),
    "repeat_lab": mark("repetition of the laboratory work"),
}


RESULTS: Mapping[str, str] = {
    "DONE": mark("accepted"),
    "AGAIN": mark("once more"),
    "FAILED": mark("not accepted"),
}


def subject_facts(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of make-up work, appeal, correction or order; [] for other kinds."""
    if subject.get("kind") in ("appeal", "correction"):
        return appeal_texts.facts_of(subject, locale)
    if subject.get("kind") == "commission":
        return _commission_details(subject, locale)
    if subject.get("kind") != "workoff":
        return []
    due = subject.get("due_on")
    missed = "; ".join(lesson_line(lesson, locale) for lesson in subject["missed"])
    form, result = subject.get("form") or "", subject.get("result") or ""
    details = [
        (_("Missed lessons"), missed),
        (_("Form of the task"), _(WORKOFF_FORMS[form]) if form else ""),
        (_("Topic"), subject.get("topic") or ""),
        (_("Requirements"), subject.get("criteria") or ""),
        (_("Until when"), day_text(date.fromisoformat(due), locale) if due else ""),
        (_("Result"), _(RESULTS[result]) if result else ""),
        (_("Points"), str(subject["points"]) if subject.get("points") is not None else ""),
        (_("Comment"), subject.get("comment") or ""),
    ]
    return [(label, value) for label, value in details if value]


def _commission_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of an order: kind, number, scope, dates, quorum and all members."""
    dated, first, last = (
        day_text(date.fromisoformat(subject[name]), locale, ORDER_DAY)
        for name in ("order_date", "from", "until")
    )
    scope = pick(subject["scope"], locale) if subject.get("scope") else _("the whole university")
    members = [(PARTS[seat["part"]], seat["name"]) for seat in subject["seats"]]
    kind = COMMISSION_KINDS[subject["of"]]
    return [
        (_("Kind of commission"), _(kind)),
        (_("Order"), f"№ {subject['order_no']}, {dated}"),
        (_("For which matters"), scope),
        (_("Valid"), f"{first} – {last}"),
        (_("Quorum"), str(subject["quorum"])),
        *((_(part), name) for part, name in members),
    ]
