"""Facts of a general case in words: what the form answered, and the decisions that were recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.diagrams.versions import PublishedDiagram
from app.forms.form_file import FormField
from app.journal.requests.queries import load_decisions_of_case
from app.kernel.i18n import day_text, moment_text, pick_text, shown_number
from app.operations import GENERAL_SUBJECT
from app.people import queries as people
from app.texts.translate import gettext as _
from app.texts.translate import locale

Fact = tuple[str, str]


def request_answer_facts(published: PublishedDiagram | None, subject: Mapping[str, Any]) -> list[Fact]:
    """Return the answers of a general request with the labels of its form; [] for other subjects."""
    if published is None or subject.get("kind") != GENERAL_SUBJECT:
        return []
    answers = subject["answers"]
    fields: dict[str, FormField] = {}
    for form in (published.forms.get(f"{published.key}.start"), *published.forms.values()):
        for item in form.fields if form else ():
            fields.setdefault(item.key, item)
    return [
        (pick_text(item.label, locale()), form_answer_text(item, answers[key]))
        for key, item in fields.items()
        if key in answers
    ]


def recorded_decision_facts(
    published: PublishedDiagram | None, case_id: UUID, subject: Mapping[str, Any]
) -> list[Fact]:
    """Return the recorded decisions of a general case: word, who and when. Two statements; none for other cases."""
    if published is None or subject.get("kind") != GENERAL_SUBJECT:
        return []
    rows = load_decisions_of_case(case_id)
    names = people.load_names([row.person for row in rows if row.person])
    return [
        (
            _("Recorded decision"),
            ", ".join(
                part
                for part in (
                    _decision_label_or_code(published, row.decision),
                    names[row.person].short if row.person in names else "",
                    moment_text(row.made_at, locale()),
                )
                if part
            ),
        )
        for row in rows
    ]


def _decision_label_or_code(published: PublishedDiagram, code: str) -> str:
    """Return the word that a form of the process has for a decision; else its code."""
    for form in published.forms.values():
        for item in form.fields:
            for value in item.values:
                if value.value == code:
                    return pick_text(value.decided_label or value.label, locale())
    return code


def form_answer_text(item: FormField, answer: Any) -> str:
    """Return an answer of a form field in words."""
    if isinstance(answer, bool):
        return _("yes") if answer else _("no")
    if item.kind == "date":
        return day_text(date.fromisoformat(answer), locale())
    if item.kind == "number":
        return shown_number(answer, locale())
    chosen = next((value for value in item.values if value.value == answer), None)
    return pick_text(chosen.label, locale()) if chosen else str(answer)
