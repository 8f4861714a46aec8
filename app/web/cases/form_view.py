"""Views of form fields for pages, and the reading of posted fields as answers of a form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.forms.form_file import Form, FormField
from app.kernel.errors import Invalid
from app.kernel.i18n import pick_text
from app.web.cases.subject_fields import SUBJECT_FIELDS_BY_KIND
from app.web.labels.messages import problem_texts_by_field

ACCEPTED_FILE_TYPES = ".pdf,.png,.jpg,.jpeg,.webp,application/pdf,image/png,image/jpeg,image/webp"


def form_field_views(
    form: Form | None,
    locale: str,
    skip: Collection[str] = (),
    unavailable: Mapping[str, Collection[str]] | None = None,
) -> list[SimpleNamespace]:
    """Return the fields for `layout/fields.html`; fields with a subject field of their own are left out.

    `unavailable` are offered values, by field, that are left out.
    """
    return [
        _form_field_view(item, form, locale, (unavailable or {}).get(item.key, ()))
        for item in (form.fields if form else ())
        if item.key not in skip and item.kind not in SUBJECT_FIELDS_BY_KIND
    ]


def _answers_requiring_field_text(item: FormField, form: Form | None, locale: str) -> str:
    """Return the labels of the answers that make this field required."""
    labels = [
        pick_text(value.label, locale)
        for other in (form.fields if form else ())
        for value in other.values
        if value.value in item.required_when.get(other.key, ())
    ]
    return ", ".join(labels)


def _form_field_view(
    item: FormField, form: Form | None, locale: str, unavailable: Collection[str]
) -> SimpleNamespace:
    """Return one field for `layout/fields.html`."""
    return SimpleNamespace(
        key=item.key,
        kind=item.kind,
        label=pick_text(item.label, locale),
        help=pick_text(item.help, locale),
        required=item.required,
        needed_for=_answers_requiring_field_text(item, form, locale),
        options=[
            SimpleNamespace(value=value.value, label=pick_text(value.label, locale), next="")
            for value in item.values
            if value.value not in unavailable
        ],
        min=item.min,
        max=item.max,
        step=None,
        max_length=item.max_length,
        accept=ACCEPTED_FILE_TYPES if item.kind == "file" else None,
    )


def read_posted_answers(form: Form, posted: MultiDict[str, str]) -> dict[str, Any]:
    """Return the posted answers by field; files are stored separately."""
    answers: dict[str, Any] = {}
    for item in form.fields:
        if item.kind == "file":
            continue
        if item.kind in SUBJECT_FIELDS_BY_KIND:
            answer = SUBJECT_FIELDS_BY_KIND[item.kind].read_posted_answer(posted)
            if answer:
                answers[item.key] = answer
        elif posted.get(item.key):
            answers[item.key] = posted[item.key]
    return answers


def problem_summary_rows(refused: Invalid, form: Form | None, locale: str) -> list[tuple[str, str, str]]:
    """Return (key, label, text) of each field with problems, for the summary at the top."""
    labels = {item.key: pick_text(item.label, locale) for item in form.fields} if form else {}
    return [
        (key, labels.get(key, key), " ".join(texts)) for key, texts in problem_texts_by_field(refused).items()
    ]
