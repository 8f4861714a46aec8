"""Everything a diagram may name, in the language of the reader: the choices of the editor's panel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app import operations
from app.cases.queries import processes as process_queries
from app.diagrams.lint.context import FREE_TEXT_FIELD_KINDS, read_form_cached
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form, FormField
from app.forms.form_problems import ReadForm
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.i18n import LOCALES, load_translations, pick_text
from app.operations.types import Operation, ProcessStart
from app.people.models import ROLES
from app.regulation import queries as regulation
from app.regulation.clauses import all_clauses, clause_by_number
from app.regulation.rules import DeadlineCalendar
from app.texts.policy_names import POLICY_LABELS
from app.texts.roles import LABEL_BY_ROLE as ROLE_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels.process_steps import policy_length_text
from app.web.studio.words import (
    COMMISSION_SEAT_LABELS,
    GENERAL_OPERATION_LABELS,
    GENERAL_START_LABELS,
    START_VARIABLE_LABELS,
    STUDIO_WORDS,
)

Choice = dict[str, Any]


def diagram_choices_json() -> dict[str, Any]:
    """Return roles, starts, forms, policies, clauses, operations and the words of the panel."""
    published = _load_diagrams_in_force()
    terms = regulation.load_unit_deadline_calendar(db.session, None, local_day(current_act().at))
    return {
        "locale": locale(),
        "roles": _role_choices(),
        "starts": {name: _start_choice(start, published) for name, start in operations.STARTS.items()},
        "forms": _form_in_force_choices(published),
        "policies": _policy_choices(terms),
        "clauses": [
            {
                "value": clause.number,
                "label": pick_text(clause.titles, locale()),
                "meaning": pick_text(clause.says, locale()),
            }
            for clause in all_clauses()
        ],
        "operations": _operation_choices(published),
        "outcomes": _outcome_choices(published),
        "words": {key: _(text) for key, text in STUDIO_WORDS.items()},
    }


def _load_diagrams_in_force() -> list[PublishedDiagram]:
    """Return the versions in force, damaged ones left out."""
    rows = [row for row in process_queries.load_diagram_versions(current_act()) if row.state == "published"]
    found = (load_version_unless_damaged(row.id) for row in rows)
    return [version for version in found if version is not None]


def _role_choices() -> list[Choice]:
    labels = {**{role: ROLE_LABELS[role] for role in ROLES}, **COMMISSION_SEAT_LABELS}
    return [
        {
            "value": role,
            "label": _(label),
            "titles": {language: load_translations(language).gettext(label) for language in LOCALES},
        }
        for role, label in labels.items()
    ]


def _start_choice(start: ProcessStart, published: Iterable[PublishedDiagram]) -> Choice:
    """Return a start with its variables; a diagram may read no others."""
    titles = next((version.title for version in published if version.key == start.name), None)
    general = GENERAL_START_LABELS.get(start.name)
    return {
        "value": start.name,
        "label": _(general) if general else pick_text(titles, locale()) or start.name,
        "general": start.general,
        "subject_field": start.subject_field,
        "starters": [{"value": role, "label": _(ROLE_LABELS[role])} for role in start.roles],
        "variable": _start_variable_choice(start.id_variable),
        "scopes": [_start_variable_choice(name) for name in start.unit_variables],
        "persons": [_start_variable_choice(name) for name in start.person_variables],
        "moments": [_start_variable_choice(name) for name in start.anchor_variables],
        "codes": [_start_variable_choice(name) for name in start.code_variables],
    }


def _start_variable_choice(name: str) -> Choice:
    label = START_VARIABLE_LABELS.get(name)
    return {"value": f"start.{name}", "label": _(label) if label else name}


def _form_in_force_choices(published: Iterable[PublishedDiagram]) -> list[Choice]:
    """Return the forms in force with the step and the process that use them."""
    found: dict[str, Choice] = {}
    for version in published:
        titles: dict[str, str] = {f"{version.key}.start": _("Request")}
        for task in version.model.user_tasks.values():
            titles.setdefault(task.form, pick_text(task.titles, locale()))
        process = pick_text(version.title, locale())
        for name, form in version.forms.items():
            label = titles.get(name) or name
            found.setdefault(
                name,
                {
                    "value": name,
                    "label": label,
                    "process": process,
                    "key": version.key,
                    **_form_fields_choice(form),
                },
            )
    return sorted(found.values(), key=lambda choice: (choice["process"], choice["label"]))


def draft_form_choices(texts: Mapping[str, str], titles: Mapping[str, str], key: str) -> list[Choice]:
    """Return the forms of a draft as choices; `titles` name the steps that use them. Unreadable ones have no fields."""
    found = []
    for name, text in sorted(texts.items()):
        read = read_form_cached(text)
        parts = _form_fields_choice(read.form) if isinstance(read, ReadForm) else {"fields": []}
        found.append(
            {
                "value": name,
                "label": titles.get(name) or name,
                "process": "",
                "key": key,
                "draft": True,
                **parts,
            }
        )
    return found


def _form_fields_choice(form: Form) -> Choice:
    """Return the fields of a form; `variable` is the name under which a diagram reads the answer, or None."""
    fields = [_form_field_choice(field) for field in form.fields]
    if (
        form.subject_kind in operations.SUBJECT_FACTORY_BY_KIND
        and form.field_with_key(form.subject_kind) is None
    ):
        label = START_VARIABLE_LABELS.get(form.subject_kind)
        made = _(label) if label else form.subject_kind
        fields.append(
            {
                "key": form.subject_kind,
                "label": made,
                "kind": "subject",
                "values": [],
                "variable": form.subject_kind,
            }
        )
    return {"fields": fields}


def _form_field_choice(field: FormField) -> Choice:
    kept = field.kind not in FREE_TEXT_FIELD_KINDS
    if field.kind in SUBJECT_FIELD_KINDS:
        kept = field.kind in operations.SUBJECT_FACTORY_BY_KIND
    return {
        "key": field.key,
        "label": pick_text(field.label, locale()),
        "kind": field.kind,
        "values": [
            {"value": value.value, "label": pick_text(value.label, locale())} for value in field.values
        ],
        "variable": field.key if kept else None,
    }


def _policy_choices(terms: DeadlineCalendar) -> list[Choice]:
    found = []
    for key in sorted(regulation.duration_policy_keys()):
        policy = terms.policies.get(key)
        if policy is None:
            continue
        found.append(
            {
                "value": key,
                "label": _(POLICY_LABELS[key]) if key in POLICY_LABELS else key,
                "length": policy_length_text(policy),
                "clause": policy.clause,
                "is_default": policy.source != "text",
            }
        )
    return found


def _outcome_choices(published: Iterable[PublishedDiagram]) -> list[Choice]:
    """Return the outcomes of the diagrams in force, each once, with the words of the first end that has it."""
    found: dict[str, str] = {}
    for version in published:
        for end in version.model.ends.values():
            if end.outcome:
                found.setdefault(end.outcome, pick_text(end.titles, locale()) or end.outcome)
    return [{"value": code, "label": label} for code, label in sorted(found.items(), key=lambda one: one[1])]


def _operation_choices(published: Iterable[PublishedDiagram]) -> list[Choice]:
    """Return the operations of the menu; the words are those of the diagrams that use them."""
    titles: dict[str, Mapping[str, str]] = {}
    for version in published:
        for service in version.model.services.values():
            titles.setdefault(service.operation, service.titles)
    return [
        _operation_choice(operation, titles.get(name)) for name, operation in operations.OPERATIONS.items()
    ]


def _operation_choice(operation: Operation, titles: Mapping[str, str] | None) -> Choice:
    return {
        "value": operation.name,
        "label": _(GENERAL_OPERATION_LABELS[operation.name])
        if operation.general
        else pick_text(titles, locale()) or operation.name,
        "general": operation.general,
        "readers": _(operation.record.readers) if operation.record else "",
        "clause": operation.clause,
        "clause_title": _clause_title(operation.clause),
        "params": [
            {
                "value": name,
                "label": _(START_VARIABLE_LABELS[name]) if name in START_VARIABLE_LABELS else name,
            }
            for name in operation.params
        ],
        "outcomes": [
            {"value": code, "label": _(text), "success": code in operation.success_outcomes}
            for code, text in operation.outcomes.items()
        ],
        "demands": [
            _(ROLE_LABELS.get(role) or COMMISSION_SEAT_LABELS[role])
            for role in _required_approval_roles(operation)
        ],
    }


def _required_approval_roles(operation: Operation) -> tuple[str, ...]:
    return operation.required_approvals.roles if operation.required_approvals else ()


def _clause_title(number: str) -> str:
    try:
        return pick_text(clause_by_number(number).titles, locale())
    except KeyError:
        return ""
