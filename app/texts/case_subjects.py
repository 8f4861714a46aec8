"""Texts of case subjects on pages: the changes a case would make, and details as (label, value) pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.kernel.i18n import DATE_STYLE, day_text, pick_text, shown_number
from app.texts import appeals as appeal_texts
from app.texts.appeals import lesson_day_and_type_text
from app.texts.running_lines import backup_interval_text
from app.texts.subject_line import (
    COMMISSION_KIND_LABELS,
    LATE_ENTRY_KIND_LABELS,
    ORDER_KIND_LABELS,
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
        return (OldNewText(_("Current grade that is added"), "–", shown_number(correction["added"], locale)),)
    if correction:
        return (
            OldNewText(
                _("Points"),
                shown_number(correction["old"] or "–", locale),
                shown_number(correction["new"], locale),
            ),
        )
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
    "calculation": N_("calculation"),
    "essay": N_("essay"),
    "repeat_lab": N_("repeated laboratory work"),
    "project": N_("project"),
    "consultation": N_("consultation"),
    "other": N_("another form"),
}


def makeup_form_text(form: str | None, form_name: str) -> str:
    """Return the form of make-up work in words: the name that the teacher gave, else the label; "" without a form."""
    return form_name or (_(MAKEUP_FORM_LABELS[form]) if form else "")


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
    if subject.get("kind") == "backup_schedule":
        return backup_schedule_details(subject, locale)
    if subject.get("kind") == "scheme":
        return _scheme_impact_details(subject, locale)
    if subject.get("kind") == "contingent_order":
        return _contingent_order_details(subject, locale)
    if subject.get("kind") == "order_review":
        return _order_review_details(subject, locale)
    if subject.get("kind") != "makeup":
        return []
    due = subject.get("due_on")
    missed = "; ".join(lesson_day_and_type_text(lesson, locale) for lesson in subject["missed"])
    result = subject.get("result") or ""
    details = [
        (_("Missed lessons"), missed),
        (
            _("Form of the make-up work"),
            makeup_form_text(subject.get("form"), subject.get("form_name") or ""),
        ),
        (_("Topic"), subject.get("topic") or ""),
        (_("Requirements"), subject.get("criteria") or ""),
        (_("Until when"), day_text(date.fromisoformat(due), locale) if due else ""),
        (_("Result"), _(MAKEUP_RESULT_LABELS[result]) if result else ""),
        (_("Points"), shown_number(subject.get("points"), locale)),
        (_("Comment"), subject.get("comment") or ""),
    ]
    return [(label, value) for label, value in details if value]


def backup_schedule_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of a backup schedule."""
    return [
        (_("Backups"), backup_interval_text(subject["every_hours"], locale)),
        (_("First hour of the day"), f"{subject['first_hour']:02d}:00"),
        (_("Copies kept"), str(subject["copies"])),
        (_("WAL is archived too"), _("yes") if subject["archives_wal"] else _("no")),
        (_("Place"), subject["place"]),
    ]


def _scheme_impact_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of a drafted scheme: from when, and what it changes in a running semester."""
    first = day_text(date.fromisoformat(subject["from"]), locale, DATE_STYLE, with_year=True)
    return [
        (_("In force from"), first),
        (_("Running journals that it changes"), str(subject["journals"])),
        (_("Results with another letter"), str(subject["letters"])),
        (_("Results that pass only by it"), str(subject["passing"])),
        (_("Results that fail only by it"), str(subject["failing"])),
        *makeup_cap_change(subject.get("makeup_cap"), subject.get("makeup_caps") or ()),
    ]


def makeup_cap_change(cap: int | None, before: Iterable[int | None]) -> list[tuple[str, str]]:
    """Return (label, value) of the most points of make-up work, before and after a version of a scheme; [] when it
    replaces no scheme with another limit."""
    texts = [makeup_cap_text(one) for one in before]
    if not texts:
        return []
    return [(_("Most points of make-up work"), f"{', '.join(texts)} → {makeup_cap_text(cap)}")]


def makeup_cap_text(cap: int | None) -> str:
    """Return the most points of make-up work of a scheme as text."""
    return str(cap) if cap is not None else _("by the setting of the university")


ORDER_SIGNING_LABELS: Mapping[str, str] = {
    "here": N_("by the rector in this process"),
    "paper": N_("on paper, the scan is attached"),
}


def _contingent_order_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of an order about students: kind, number, days, institute, groups and students."""
    dated, effective = (
        day_text(date.fromisoformat(subject[name]), locale, DATE_STYLE, with_year=True)
        for name in ("order_date", "effective_on")
    )
    kind, signing = ORDER_KIND_LABELS[subject["of"]], ORDER_SIGNING_LABELS[subject["signing"]]
    names, more = ", ".join(subject["students"]), subject["count"] - len(subject["students"])
    details = [
        (_("Kind of order"), _(kind)),
        (_("Order"), f"№ {subject['order_no']}, {dated}"),
        (_("Effective date"), effective),
        (_("Signature"), _(signing)),
        (_("Institute or college"), pick_text(subject["unit"], locale) if subject.get("unit") else ""),
        (_("Group"), ", ".join(subject["groups"])),
        (_("Students"), names + (" " + _("and %(n)s more") % {"n": more} if more > 0 else "")),
    ]
    return [(label, value) for label, value in details if value]


def _order_review_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of a review: the order, and the days of each student."""
    lines = []
    for one in subject["reviewed"]:
        days = [day_text(date.fromisoformat(day), locale) for day in one["days"]]
        more = one["lessons"] - len(days)
        if more > 0:
            days.append(_("and %(n)s more") % {"n": more})
        why = (
            _("no longer of the group on these days")
            if one["lost"]
            else _("of the group on these days, the attendance was recorded without this student")
        )
        lines.append((one["student"], f"{why}: {'; '.join(days)}"))
    return [(_("Order"), f"№ {subject['order_no']}"), *lines]


def _commission_order_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of an order: kind, number, scope, dates, quorum and all members."""
    dated, first, last = (
        day_text(date.fromisoformat(subject[name]), locale, DATE_STYLE, with_year=True)
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
