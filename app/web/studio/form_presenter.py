"""Views of one form of a draft for its editor: fields with texts, answers, rules, readers and findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from flask import url_for

from app import operations
from app.bpmn.model import DECISION_FIELD
from app.diagrams import form_readers
from app.diagrams.draft_file import parse_drawing
from app.diagrams.draft_queries import StoredDraft
from app.diagrams.form_readers import NEEDED, FieldReader
from app.forms import form_changes
from app.forms.form_changes import FormObject
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form
from app.forms.form_problems import read_unfinished_form
from app.forms.shared import read_shared_components
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.i18n import LOCALES, pick_text
from app.kernel.settings import SHIPPED_FORMS_DIR
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.labels.messages import problem_texts_by_field
from app.web.studio import form_words, presenter
from app.web.studio.drawing_titles import element_titles_of_drawing, steps_using_form


@dataclass(frozen=True)
class OpenForm:
    """One form of a draft: plain values, as fields, and its readers by field."""

    draft: StoredDraft
    name: str
    plain: FormObject
    form: Form
    readers: Mapping[str, Sequence[FieldReader]]

    def readers_of_field(self, key: str, value: str | None = None) -> list[FieldReader]:
        """Return who reads a field, or one of its answers."""
        return [one for one in self.readers.get(key, ()) if one.value == value]


def open_form_with_readers(draft: StoredDraft, name: str, plain: FormObject) -> OpenForm:
    """Return a form with its readers in the drawing of its draft. Raises FormFileError for no form."""
    form = read_unfinished_form(form_changes.serialize_form(plain).encode()).form
    return OpenForm(
        draft, name, plain, form, form_readers.field_readers_by_key(parse_drawing(draft.xml), name, form)
    )


@lru_cache(maxsize=1)
def shared_form_fields() -> Mapping[str, FormObject]:
    """Return the fields that several shipped forms share, whole, by name."""
    return read_shared_components(SHIPPED_FORMS_DIR)


def form_editor_page_values(
    opened: OpenForm,
    findings: Sequence[Mapping[str, Any]],
    problems: Mapping[str, list[FieldProblem]],
    typed: Mapping[str, str],
) -> dict[str, Any]:
    """Return the values of the page of the form editor. `typed` holds inputs that could not be kept."""
    titles = element_titles_of_drawing(opened.draft.xml)
    row = opened.draft.row
    named: dict[str, Any] = {"draft_id": row.id, "form_name": opened.name}
    mine = [one for one in findings if one["form"] == opened.name]
    return {
        "draft": presenter.draft_heading(row),
        "form": SimpleNamespace(
            name=opened.name,
            steps=steps_using_form(opened.draft.xml, opened.name),
            fields=[
                _field_editor_view(opened, part, place, titles, mine)
                for place, part in enumerate(opened.plain["components"])
            ],
            subject=str(opened.plain.get("subject") or ""),
            subject_when=list(opened.plain.get("subjectWhen") or ()),
            decisions=_decision_options(opened.form),
            url=url_for("studio.show_form_editor", **named),
            list_url=url_for("studio.list_draft_forms", draft_id=row.id),
            preview_url=url_for("studio.show_form_preview", **named),
            check_url=url_for("studio.get_form_findings", **named),
            presence_url=url_for("studio.report_presence", draft_id=row.id),
        ),
        "errors": problem_texts_by_field(Invalid(dict(problems))) if problems else {},
        "findings": [one for one in mine if not one["field"]],
        "typed": typed,
        "text_languages": [(one, form_words.LANGUAGE_NAMES[one]) for one in LOCALES],
        "own_language": locale() if locale() in LOCALES else LOCALES[0],
        "kinds": [(kind, form_words.field_kind_label(kind)) for kind in form_changes.PLAIN_KINDS],
        "new_kinds": _addable_field_groups(opened),
        "subjects": _subject_kind_options(opened),
    }


def field_reader_views(
    opened: OpenForm, readers: Iterable[FieldReader], titles: Mapping[str, str]
) -> list[SimpleNamespace]:
    """Return who reads a field, in words, with the address where it is changed."""
    labels = {item.key: pick_text(item.label, locale()) for item in opened.form.fields}
    return [
        SimpleNamespace(
            text=_(form_words.READER_LABELS[one.kind])
            % {
                "title": titles.get(one.element, one.element),
                "name": labels.get(one.name, one.name) if one.kind == NEEDED else one.name,
            },
            url=url_for("studio.show_draft_editor", draft_id=opened.draft.row.id, show=one.element)
            if one.element
            else None,
        )
        for one in readers
    ]


def _field_editor_view(
    opened: OpenForm,
    part: FormObject,
    place: int,
    titles: Mapping[str, str],
    findings: Sequence[Mapping[str, Any]],
) -> SimpleNamespace:
    """Return one field; names of inputs begin with its place."""
    key, kind = str(part.get("key", "")), form_changes.kind_of_field(part)
    texts, rules = part.get("texts") or {}, part.get("validate") or {}
    shared = form_changes.find_equal_shared_field_name(part, shared_form_fields())
    return SimpleNamespace(
        place=place,
        prefix=f"f{place}-",
        key=key,
        kind=kind,
        kind_label=form_words.field_kind_label(kind),
        title=pick_text({one: text for one, text in (texts.get("label") or {}).items() if text}, locale())
        or key,
        is_subject=kind in SUBJECT_FIELD_KINDS or kind not in form_changes.PLAIN_KINDS,
        is_shared=bool(shared),
        label=_texts_in_all_languages(texts.get("label")),
        help=_texts_in_all_languages(texts.get("description")),
        has_help=bool(texts.get("description")),
        required=bool(rules.get("required")),
        rules=_field_limit_views(kind, rules),
        has_answers=kind in form_changes.KINDS_WITH_ANSWERS and not part.get("choices"),
        chosen_elsewhere=bool(part.get("choices")),
        answers=[
            _answer_editor_view(opened, key, place, number, one, texts, titles)
            for number, one in enumerate(part.get("values") or [])
        ],
        when=_answers_requiring_field_choices(opened, part),
        readers=field_reader_views(opened, opened.readers_of_field(key), titles),
        findings=[one for one in findings if one["field"] == key],
        url=url_for(
            "studio.show_form_field", draft_id=opened.draft.row.id, form_name=opened.name, field_key=key
        ),
    )


def _answer_editor_view(
    opened: OpenForm,
    key: str,
    place: int,
    number: int,
    one: FormObject,
    texts: Mapping[str, Any],
    titles: Mapping[str, str],
) -> SimpleNamespace:
    value = str(one.get("value", ""))
    label = (texts.get("values") or {}).get(value) or {}
    return SimpleNamespace(
        number=number,
        title=pick_text({language: text for language, text in label.items() if text}, locale()) or value,
        prefix=f"f{place}-v{number}-",
        value=value,
        label=_texts_in_all_languages(label),
        done=_texts_in_all_languages((texts.get("decided") or {}).get(value))
        if key == DECISION_FIELD
        else None,
        readers=field_reader_views(opened, opened.readers_of_field(key, value), titles),
    )


def _field_limit_views(kind: str, rules: Mapping[str, Any]) -> list[SimpleNamespace]:
    """Return the limits that a kind of field can have."""
    if kind in form_changes.TEXT_KINDS:
        return [
            SimpleNamespace(
                name="least", label=_("Shortest text, in characters"), value=rules.get("minLength", "")
            ),
            SimpleNamespace(
                name="most", label=_("Longest text, in characters"), value=rules.get("maxLength", "")
            ),
        ]
    if kind == "number":
        return [
            SimpleNamespace(name="low", label=_("Smallest number"), value=rules.get("min", "")),
            SimpleNamespace(name="high", label=_("Largest number"), value=rules.get("max", "")),
        ]
    return []


def _answers_requiring_field_choices(opened: OpenForm, part: FormObject) -> list[SimpleNamespace]:
    """Return the answers of other fields with which this one is needed; those that are gone stay to be seen."""
    needed = part.get("requiredWhen") or {}
    offered = {
        (item.key, value.value): f"{pick_text(item.label, locale())}: {pick_text(value.label, locale())}"
        for item in opened.form.fields
        if item.key != part.get("key")
        for value in item.values
    }
    chosen = [(other, value) for other, values in needed.items() for value in values]
    for other, value in chosen:
        offered.setdefault((other, value), f"{other}: {value}")
    return [
        SimpleNamespace(value=f"{other}:{value}", label=label, chosen=(other, value) in chosen)
        for (other, value), label in offered.items()
    ]


def _addable_field_groups(opened: OpenForm) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what can be added, in groups: plain fields, ready ones, and what a case is about."""
    taken = {item.key for item in opened.form.fields}
    ready = [
        (f"shared:{name}", _shared_form_field_label(one))
        for name, one in shared_form_fields().items()
        if one["key"] not in taken and form_changes.kind_of_field(one) in form_changes.PLAIN_KINDS
    ]
    subjects = [
        (kind, form_words.field_kind_label(kind))
        for kind in form_changes.FORM_JS_TYPE_BY_KIND
        if kind not in form_changes.PLAIN_KINDS and kind not in taken
    ]
    return [
        (_("Fields"), [(kind, form_words.field_kind_label(kind)) for kind in form_changes.PLAIN_KINDS]),
        (_("Ready fields, as other forms have them"), sorted(ready, key=lambda one: one[1])),
        (_("What the case is about"), sorted(subjects, key=lambda one: one[1])),
    ]


def _shared_form_field_label(part: FormObject) -> str:
    label = pick_text(part["texts"]["label"], locale())
    answers = part["texts"].get("values") or {}
    if answers:
        return f"{label}: {', '.join(pick_text(one, locale()) for one in answers.values())}"
    about = pick_text(part["texts"].get("description"), locale())
    return f"{label}. {about}" if about else label


def _subject_kind_options(opened: OpenForm) -> list[tuple[str, str]]:
    known = dict.fromkeys([*sorted(operations.SUBJECT_FACTORY_BY_KIND), opened.form.subject_kind])
    return [(kind, form_words.field_kind_label(kind)) for kind in known if kind]


def _decision_options(form: Form) -> list[tuple[str, str]]:
    decision = form.field_with_key(DECISION_FIELD)
    return [(one.value, pick_text(one.label, locale())) for one in decision.values] if decision else []


def text_in_current_locale(texts: Mapping[str, str]) -> str:
    """Return a text in the language of the reader."""
    return pick_text(texts, locale())


def _texts_in_all_languages(texts: Any) -> dict[str, str]:
    found = texts if isinstance(texts, dict) else {}
    return {one: str(found.get(one) or "") for one in LOCALES}
