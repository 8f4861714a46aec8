"""Changes of a form as plain values: a new one, fields and answers added, moved, renamed, removed. Pure.

A form is changed as its file has it, so that properties this editor does not offer stay as they are. Names of
properties are those of form-js.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from app.forms.form_file import FIELD_KIND_BY_FORM_JS_TYPE, SUBJECT_FIELD_KINDS
from app.kernel.i18n import LOCALES

Texts = Mapping[str, str]
FormObject = dict[str, Any]
FORM_JS_TYPE_BY_KIND: Mapping[str, str] = {
    kind: form_js_type for form_js_type, kind in FIELD_KIND_BY_FORM_JS_TYPE.items()
}
PLAIN_KINDS = ("text", "textarea", "number", "date", "select", "radio", "checkbox", "file")
"""Kinds that a form may have any number of; the others describe a subject and stand once, with their kind as key."""
KINDS_WITH_ANSWERS = frozenset({"select", "radio"})
TEXT_KINDS = frozenset({"text", "textarea"})


def build_form_without_fields(name: str) -> FormObject:
    """Return a form without fields."""
    return {"schemaVersion": 16, "type": "default", "id": name, "components": []}


def serialize_form(form: FormObject) -> str:
    """Return a form as the text of its file."""
    return json.dumps(form, ensure_ascii=False, indent=2)


def copy_form_under_name(text: str, name: str) -> str:
    """Return a copy of a form under another name."""
    return serialize_form({**json.loads(text), "id": name})


def build_new_form_field(key: str, kind: str, label: Texts) -> FormObject:
    """Return a field of a kind with its label."""
    return {
        "id": f"field_{key}",
        "key": key,
        "type": FORM_JS_TYPE_BY_KIND[kind],
        "label": label.get("en", ""),
        "texts": {"label": {one: label.get(one, "") for one in LOCALES}},
    }


def add_answer(field: FormObject, value: str, label: Texts) -> None:
    """Add an answer at the end of those that a field offers."""
    texts = field.setdefault("texts", {})
    texts.setdefault("values", {})[value] = {one: label.get(one, "") for one in LOCALES}
    field.setdefault("values", []).append({"value": value, "label": label.get("en", "") or value})


def move_row_in_list(rows: list[Any], place: int, by: int) -> None:
    """Move a row up (-1) or down (1); at the end of the list it stays."""
    target = place + by
    if 0 <= target < len(rows):
        rows[place], rows[target] = rows[target], rows[place]


def remove_field(form: FormObject, key: str) -> None:
    """Remove a field and what depends on it in the form; of two with the same key only the second one."""
    places = [place for place, part in enumerate(form["components"]) if part.get("key") == key]
    if len(places) > 1:
        del form["components"][places[-1]]
        return
    form["components"] = [part for part in form["components"] if part.get("key") != key]
    for part in form["components"]:
        _change_required_when(
            part, lambda needed: {other: one for other, one in needed.items() if other != key}
        )


def remove_answer(form: FormObject, key: str, value: str) -> None:
    """Remove an answer of a field, also where other fields depend on it; of two equal ones only the second."""
    field = field_with_key(form, key)
    if field is None:
        return
    offered = field.get("values", [])
    places = [place for place, one in enumerate(offered) if one.get("value") == value]
    if len(places) > 1:
        del offered[places[-1]]
        return
    field["values"] = [one for one in field.get("values", []) if one.get("value") != value]
    for group in ("values", "decided"):
        field.get("texts", {}).get(group, {}).pop(value, None)
    _change_answers_others_depend_on(form, key, lambda values: [one for one in values if one != value])


def rename_field(form: FormObject, old: str, new: str) -> None:
    """Give a field another key, also where other fields of the form depend on it."""
    field = field_with_key(form, old)
    if field is None:
        return
    field["key"], field["id"] = new, f"field_{new}"
    for part in form["components"]:
        _change_required_when(
            part, lambda needed: {new if other == old else other: one for other, one in needed.items()}
        )


def rename_answer(form: FormObject, key: str, old: str, new: str) -> None:
    """Give an answer of a field another code, also where other fields of the form depend on it."""
    field = field_with_key(form, key)
    if field is None:
        return
    for one in field.get("values", []):
        if one.get("value") == old:
            one["value"] = new
    for group in ("values", "decided"):
        texts = field.get("texts", {}).get(group, {})
        if old in texts:
            field["texts"][group] = {new if value == old else value: words for value, words in texts.items()}
    _change_answers_others_depend_on(form, key, lambda values: [new if one == old else one for one in values])


def field_with_key(form: FormObject, key: str) -> FormObject | None:
    """Return the field with a key, or None."""
    return next((part for part in form["components"] if part.get("key") == key), None)


def find_equal_shared_field_name(field: FormObject, shared: Mapping[str, FormObject]) -> str:
    """Return the name of the shared field that this one equals in everything that people see and fill in, else ""."""
    seen = _field_parts_seen_by_people(field)
    return next((name for name, one in shared.items() if _field_parts_seen_by_people(one) == seen), "")


def make_unused_key(wanted: str, taken: Sequence[str]) -> str:
    """Return a key, with a number behind it when it is taken."""
    key, number = wanted, 2
    while key in taken:
        key, number = f"{wanted}_{number}", number + 1
    return key


def kind_of_field(field: FormObject) -> str:
    """Return the kind of a field, "" for one that this application does not know."""
    return FIELD_KIND_BY_FORM_JS_TYPE.get(str(field.get("type", "")), "")


def is_subject_field(field: FormObject) -> bool:
    """Return whether a field describes a subject: its key is its kind and is never renamed."""
    return kind_of_field(field) in SUBJECT_FIELD_KINDS


def _field_parts_seen_by_people(field: FormObject) -> FormObject:
    seen = deepcopy({name: one for name, one in field.items() if name not in ("id", "label", "description")})
    seen["values"] = [one.get("value") for one in field.get("values", []) if isinstance(one, dict)]
    return seen


def _change_answers_others_depend_on(form: FormObject, key: str, change: Any) -> None:
    for part in form["components"]:
        _change_required_when(
            part,
            lambda needed: {
                other: changed
                for other, one in needed.items()
                if (changed := change(one) if other == key else one)
            },
        )
    if key == "decision" and isinstance(form.get("subjectWhen"), list):
        form["subjectWhen"] = change(form["subjectWhen"])


def _change_required_when(field: FormObject, change: Any) -> None:
    if not isinstance(field.get("requiredWhen"), dict):
        return
    needed = change(field["requiredWhen"])
    if needed:
        field["requiredWhen"] = needed
    else:
        field.pop("requiredWhen")
