"""Form fields that say about whom or what a general request is: a student, a journal, a unit.

The page of the start first offers what can be chosen; the form then names what was chosen, by the address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.gradebook.load import load_offerings
from app.journal.requests.queries import (
    MAX_CHOICES,
    Choice,
    find_journals_to_ask_about,
    find_students_to_ask_about,
    find_units_to_ask_about,
)
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act

ADDRESS_KEY = "about"
FindChoices = Callable[[Act, str], list[Choice]]


def _student_label(student: UUID) -> str:
    found = find_students_to_ask_about(current_act(), student=student)
    if not found:
        raise Missing
    return f"{found[0].name}, {found[0].detail}"


def _journal_label(offering_id: UUID) -> str:
    found = load_offerings([offering_id]).get(offering_id)
    if found is None:
        raise Missing
    return f"{pick_text(found.names, locale())}, {found.group_name}"


def _unit_label(unit: UUID) -> str:
    found = people.load_unit_tree().get(unit)
    if found is None:
        raise Missing
    return pick_text(found.names, locale())


def _request_subject_choices_view(found: list[Choice], question: str) -> SimpleNamespace:
    return SimpleNamespace(
        question=question,
        more=len(found) > MAX_CHOICES,
        rows=[
            SimpleNamespace(
                id=str(one.id), name=one.name or pick_text(one.names, locale()), detail=one.detail
            )
            for one in found[:MAX_CHOICES]
        ],
    )


def _refuse_about_field_in_task(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """Raise Invalid: about whom or what a request is does not change."""
    raise Invalid.field(ADDRESS_KEY, "forms.field.unknown")


def _build_about_field(
    kind: str, label: str, question: str, name_of: Callable[[UUID], str], find: FindChoices
) -> SubjectField:
    """Return the field of one kind."""

    def about_start_view(address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
        chosen = parse_id(address.get(ADDRESS_KEY), ADDRESS_KEY)
        return SimpleNamespace(kind=kind, id=str(chosen), label=_(label), name=name_of(chosen))

    def about_choices_or_none(limited: Act, address: Mapping[str, str]) -> SimpleNamespace | None:
        if address.get(ADDRESS_KEY):
            return None
        return _request_subject_choices_view(find(limited, address.get("q", "")[:80].strip()), _(question))

    def read_posted_about_id(posted: MultiDict[str, str]) -> dict[str, str] | None:
        return {"id": posted[kind]} if posted.get(kind) else None

    return SubjectField(
        kind,
        "start/_about.html",
        about_start_view,
        _refuse_about_field_in_task,
        read_posted_about_id,
        build_choices=about_choices_or_none,
    )


ABOUT_FIELDS = (
    _build_about_field(
        "student", N_("Student"), N_("About which student?"), _student_label, find_students_to_ask_about
    ),
    _build_about_field(
        "offering", N_("Journal"), N_("About which journal?"), _journal_label, find_journals_to_ask_about
    ),
    _build_about_field("unit", N_("Unit"), N_("About which unit?"), _unit_label, find_units_to_ask_about),
)
