"""Parser of form files (form-js schema with texts in three languages) into frozen fields.

A text is stored twice: as form-js has it (`label`, in English) and in `texts`, with {ky, ru, en} for each
text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from app.kernel.i18n import LOCALES

MAX_FORM_BYTES = 65_536
MAX_FORM_FIELDS = 100
MAX_FIELD_VALUES = 200
MAX_FORM_DEPTH = 8
FIELD_KIND_BY_FORM_JS_TYPE = {
    "textfield": "text",
    "textarea": "textarea",
    "select": "select",
    "radio": "radio",
    "checkbox": "checkbox",
    "number": "number",
    "datetime": "date",
    "filepicker": "file",
    "depter.change_set": "change_set",
    "depter.entries": "entries",
    "depter.period": "period",
    "depter.absences": "absences",
    "depter.excused": "excused",
    "depter.makeup": "makeup",
    "depter.dispute": "dispute",
    "depter.commission": "commission",
    "depter.contingent_order": "contingent_order",
    "depter.signing": "signing",
    "depter.lines": "lines",
    "depter.blockers": "blockers",
    "depter.appeal": "appeal",
    "depter.hearing": "hearing",
    "depter.protocol": "protocol",
    "depter.student": "student",
    "depter.offering": "offering",
    "depter.unit": "unit",
    "depter.opening": "opening",
    "depter.scheme": "scheme",
    "depter.access": "access",
}
SUBJECT_FIELD_KINDS = frozenset(
    {"change_set", "entries", "period", "absences", "excused", "makeup", "dispute"}
) | {
    "commission",
    "contingent_order",
    "signing",
    "lines",
    "appeal",
    "hearing",
    "protocol",
    "student",
    "offering",
    "unit",
    "opening",
    "scheme",
    "access",
}
"""Kinds whose answers describe the subject of a case; their key is their kind, the menu makes the subject."""
TextsByLocale = Mapping[str, str]


class FormFileError(ValueError):
    """The file is not a form of this application; the message names the path."""


@dataclass(frozen=True, slots=True)
class OfferedValue:
    """One offered value with its label, and the word for it once it was chosen ("Approved"), if the form has one."""

    value: str
    label: TextsByLocale
    decided_label: TextsByLocale = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormField:
    """One field. `required_when` maps another field to the values that make this one required."""

    key: str
    kind: str
    label: TextsByLocale
    help: TextsByLocale
    required: bool = False
    required_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    min_length: int = 0
    max_length: int = 0
    min: float | None = None
    max: float | None = None
    values: tuple[OfferedValue, ...] = ()
    choices_source: str = ""


@dataclass(frozen=True, eq=False)
class Form:
    """A form: its id and its fields in order.

    `subject_kind` names what the menu makes of all its answers together, "" when it makes nothing; with
    `subject_decisions` only for these decisions.
    """

    id: str
    fields: tuple[FormField, ...]
    subject_kind: str = ""
    subject_decisions: tuple[str, ...] = ()

    def field_with_key(self, key: str) -> FormField | None:
        """Return the field with this key, or None."""
        return next((item for item in self.fields if item.key == key), None)


def parse_form(data: bytes) -> Form:
    """Parse a form file. Raises FormFileError naming what is wrong and where."""
    return read_form_from_plain_values(load_form_file_as_plain_values(data))


def load_form_file_as_plain_values(data: bytes) -> dict[str, Any]:
    """Return a form file as plain values within the limits. Raises FormFileError naming what is wrong and where."""
    if len(data) > MAX_FORM_BYTES:
        raise FormFileError(f"the file is larger than {MAX_FORM_BYTES // 1024} kB")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormFileError(f"not JSON: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("components"), list):
        raise FormFileError("components: a list is expected")
    if len(found["components"]) > MAX_FORM_FIELDS:
        raise FormFileError(f"components: more than {MAX_FORM_FIELDS}")
    if _is_nested_deeper_than(found, MAX_FORM_DEPTH):
        raise FormFileError(f"components: nested deeper than {MAX_FORM_DEPTH}")
    return found


def read_form_from_plain_values(found: Mapping[str, Any]) -> Form:
    """Read a form from plain values. Raises FormFileError naming what is wrong and where."""
    fields = tuple(
        _read_field(part, f"components[{number}]") for number, part in enumerate(found["components"])
    )
    keys = [item.key for item in fields]
    if any(item.kind in SUBJECT_FIELD_KINDS and item.key != item.kind for item in fields):
        raise FormFileError("components: a field that describes a subject has its kind as its key")
    if len(keys) != len(set(keys)):
        raise FormFileError("components: a key stands twice")
    when = found.get("subjectWhen") or []
    if not isinstance(when, list) or not all(isinstance(value, str) for value in when):
        raise FormFileError("subjectWhen: a list of decisions is expected")
    return Form(str(found.get("id", "")), fields, str(found.get("subject", "")), tuple(when))


def _is_nested_deeper_than(found: Any, levels: int) -> bool:
    """Return whether lists and objects stand in each other more than so many levels deep."""
    row = [found]
    for _level in range(levels):
        row = [
            part
            for one in row
            if isinstance(one, (dict, list))
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    return any(isinstance(one, (dict, list)) for one in row)


_KNOWN_KEYS = {"id", "key", "type", "label", "description", "validate", "values", "texts", "layout"}
_KNOWN_KEYS |= {"requiredWhen", "choices", "multiple", "accept", "subtype", "dateLabel", "valuesExpression"}


def _read_field(part: Any, path: str) -> FormField:
    if not isinstance(part, dict):
        raise FormFileError(f"{path}: an object is expected")
    unknown = set(part) - _KNOWN_KEYS
    if unknown:
        raise FormFileError(f"{path}.{min(unknown)}: unknown")
    kind = FIELD_KIND_BY_FORM_JS_TYPE.get(str(part.get("type", "")))
    if kind is None:
        raise FormFileError(f"{path}.type: unknown kind {part.get('type')!r}")
    rules = _read_optional_object(part, "validate", path)
    texts = _read_optional_object(part, "texts", path)
    return FormField(
        key=_read_field_key(part, path),
        kind=kind,
        label=_read_texts_by_locale(texts.get("label"), f"{path}.texts.label"),
        help=_read_texts_by_locale(texts["description"], f"{path}.texts.description")
        if "description" in texts
        else {},
        required=bool(rules.get("required")),
        required_when=_read_required_when(part, path),
        min_length=_read_length_rule(rules, "minLength", path),
        max_length=_read_length_rule(rules, "maxLength", path),
        min=_read_number_bound(rules, "min", path),
        max=_read_number_bound(rules, "max", path),
        values=_read_offered_values(part, texts, path),
        choices_source=str(part.get("choices", "")),
    )


def _read_field_key(part: Mapping[str, Any], path: str) -> str:
    key = part.get("key")
    if not isinstance(key, str) or not key.isidentifier() or len(key) > 60:
        raise FormFileError(f"{path}.key: an identifier is expected")
    return key


def _read_optional_object(part: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    found = part.get(name) or {}
    if not isinstance(found, dict):
        raise FormFileError(f"{path}.{name}: an object is expected")
    return found


def _read_length_rule(rules: Mapping[str, Any], name: str, path: str) -> int:
    found = rules.get(name, 0)
    if type(found) is not int or found < 0:
        raise FormFileError(f"{path}.validate.{name}: a whole number is expected")
    return found


def _read_number_bound(rules: Mapping[str, Any], name: str, path: str) -> float | None:
    found = rules.get(name)
    if found is not None and (type(found) not in (int, float) or not isfinite(found)):
        raise FormFileError(f"{path}.validate.{name}: a number is expected")
    return found


def _read_required_when(part: Mapping[str, Any], path: str) -> Mapping[str, tuple[str, ...]]:
    found = _read_optional_object(part, "requiredWhen", path)
    for name, values in found.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise FormFileError(f"{path}.requiredWhen.{name}: a list of values is expected")
    return {name: tuple(values) for name, values in found.items()}


def _read_offered_values(
    part: Mapping[str, Any], texts: Mapping[str, Any], path: str
) -> tuple[OfferedValue, ...]:
    found = part.get("values") or []
    if not isinstance(found, list):
        raise FormFileError(f"{path}.values: a list is expected")
    if len(found) > MAX_FIELD_VALUES:
        raise FormFileError(f"{path}.values: more than {MAX_FIELD_VALUES}")
    labels = _read_optional_object(texts, "values", f"{path}.texts")
    decided = _read_optional_object(texts, "decided", f"{path}.texts")
    return tuple(
        _read_offered_value(item, labels, decided, f"{path}.values[{number}]")
        for number, item in enumerate(found)
    )


def _read_offered_value(
    item: Any, labels: Mapping[str, Any], decided: Mapping[str, Any], path: str
) -> OfferedValue:
    if not isinstance(item, dict) or not isinstance(item.get("value"), str):
        raise FormFileError(f"{path}: value and label are expected")
    value = item["value"]
    return OfferedValue(
        value,
        _read_texts_by_locale(labels.get(value), f"{path}.texts"),
        _read_texts_by_locale(decided[value], f"{path}.decided") if value in decided else {},
    )


def _read_texts_by_locale(found: Any, path: str) -> TextsByLocale:
    if not isinstance(found, dict) or set(found) != set(LOCALES) or not all(found.values()):
        raise FormFileError(f"{path}: ky, ru and en are expected")
    return {locale: str(found[locale]) for locale in LOCALES}
