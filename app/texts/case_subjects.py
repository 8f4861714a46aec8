"""Texts of case subjects on pages: the changes a case would make, and details as (label, value) pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.kernel.i18n import day_text, pick_text
from app.texts import appeals as appeal_texts
from app.texts.appeals import lesson_day_and_type_text
from app.texts.subject_line import (
    COMMISSION_KIND_LABELS,
    LATE_ENTRY_KIND_LABELS,
    ORDER_DAY_FORMAT,
    cell_value_label,
    late_entry_kind_key,
)
from app.texts.translate import N_
from app.texts.translate import gettext as _


@dataclass(frozen=True, slots=True)
class OldNewText:
    """One old → new pair, as the macro `old_new` renders it."""

    label: str
    old: str
    new: str


def cell_change_texts(subject: Mapping[str, Any], locale: str) -> tuple[OldNewText, ...]:
    """Return each cell of the case with its place, its present value and the requested value."""
    empty, open_ = _("not recorded"), _("may be entered")
    correction = subject.get("correction")
    if correction and correction["added"]:
        return (OldNewText(_("Current grade that is added"), "–", correction["added"]),)
    if correction:
        return (OldNewText(_("Points"), correction["old"] or "–", correction["new"]),)
    entries = tuple(
        OldNewText(
            label=", ".join(
                part
                for part in (
                    one["student"],
                    lesson_day_and_type_text(one, locale),
                    _(LATE_ENTRY_KIND_LABELS[late_entry_kind_key(one)]),
                )
                if part
            ),
            old=empty,
            new=open_,
        )
        for one in subject.get("entries") or []
    )
    return entries + tuple(
        OldNewText(
            label=", ".join(
                part for part in [cell.get("student", ""), lesson_day_and_type_text(cell, locale)] if part
            ),
            old=cell_value_label(cell["old"], locale),
            new=cell_value_label(cell["new"], locale),
        )
        for cell in subject.get("cells") or []
    )


COMMISSION_PART_LABELS: Mapping[str, str] = {
    "CHAIR": N_("Chair"),
    "SECRETARY": N_("Secretary"),
    "MEMBER": N_("Member"),
    "RESERVE": N_("Reserve"),
}
"""Parts of the members of a commission."""


MAKEUP_FORM_LABELS: Mapping[str, str] = {
    "summary": N_("summary and oral questions"),
    "test": N_("test"),
    "practical_task": N_("practical task"),
    "calculation": N_("calculation or essay"),
    "repeat_lab": N_("repetition of the laboratory work"),
}


MAKEUP_RESULT_LABELS: Mapping[str, str] = {
    "DONE": N_("accepted"),
    "AGAIN": N_("once more"),
    "FAILED": N_("not accepted"),
    "NOT_REQUIRED": N_("no make-up work required"),
}


def case_subject_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of make-up work, appeal, correction or order; [] for other kinds."""
    if subject.get("kind") in ("appeal", "correction"):
        return appeal_texts.appeal_details(subject, locale)
    if subject.get("kind") == "commission":
        return _commission_order_details(subject, locale)
    if subject.get("kind") != "makeup":
        return []
    due = subject.get("due_on")
    missed = "; ".join(lesson_day_and_type_text(lesson, locale) for lesson in subject["missed"])
    form, result = subject.get("form") or "", subject.get("result") or ""
    details = [
        (_("Missed lessons"), missed),
        (_("Form of the task"), _(MAKEUP_FORM_LABELS[form]) if form else ""),
        (_("Topic"), subject.get("topic") or ""),
        (_("Requirements"), subject.get("criteria") or ""),
        (_("Until when"), day_text(date.fromisoformat(due), locale) if due else ""),
        (_("Result"), _(MAKEUP_RESULT_LABELS[result]) if result else ""),
        (_("Points"), str(subject["points"]) if subject.get("points") is not None else ""),
        (_("Comment"), subject.get("comment") or ""),
    ]
    return [(label, value) for label, value in details if value]


def _commission_order_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of an order: kind, number, scope, dates, quorum and all members."""
    dated, first, last = (
        day_text(date.fromisoformat(subject[name]), locale, ORDER_DAY_FORMAT)
        for name in ("order_date", "from", "until")
    )
    scope = pick_text(subject["scope"], locale) if subject.get("scope") else _("the whole university")
    members = [(COMMISSION_PART_LABELS[seat["part"]], seat["name"]) for seat in subject["seats"]]
    kind = COMMISSION_KIND_LABELS[subject["of"]]
    return [
        (_("Kind of commission"), _(kind)),
        (_("Order"), f"№ {subject['order_no']}, {dated}"),
        (_("For which matters"), scope),
        (_("Valid"), f"{first} – {last}"),
        (_("Quorum"), str(subject["quorum"])),
        *((_(part), name) for part, name in members),
    ]
