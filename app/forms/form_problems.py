"""Reading of a form that need not be finished: what is missing is filled in for readers, and told as a problem.

A draft keeps a form whose texts are half written. `parse_form` refuses it; here it can be shown, checked and completed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from app.forms.form_file import (
    SUBJECT_FIELD_KINDS,
    Form,
    FormField,
    FormFileError,
    load_form_file_as_plain_values,
    read_form_from_plain_values,
)
from app.kernel.i18n import LOCALES

RESERVED_FIELD_KEYS = frozenset({"id", "token", "csrf_token", "draft", "next", "outcome"})
"""Names that a page sends beside the answers, and the variable of an operation."""
LABEL_MISSING, HELP_MISSING, ANSWER_MISSING = "label_missing", "help_missing", "answer_missing"
TWICE, ANSWER_TWICE, NO_ANSWERS = "twice", "answer_twice", "no_answers"
LIMITS, RESERVED, ANSWER_UNKNOWN = "limits", "reserved", "answer_unknown"
CHOICE_KINDS = frozenset({"select", "radio"})
_TOP_PROPERTIES = frozenset(
    {"schemaVersion", "type", "id", "components", "subject", "subjectWhen", "exporter", "executionPlatform"}
    | {"executionPlatformVersion"}
)
_RULES = frozenset({"required", "minLength", "maxLength", "min", "max"})
_TEXT_GROUPS = frozenset({"label", "description", "values", "decided"})


@dataclass(frozen=True, slots=True)
class FormProblem:
    """One thing that is not finished: its kind, the key of the field, and what a sentence about it names."""

    kind: str
    field: str
    params: Mapping[str, Any] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadForm:
    """A form with its problems; texts that are missing are those of another language, or the key."""

    form: Form
    problems: tuple[FormProblem, ...]


def read_unfinished_form(data: bytes) -> ReadForm:
    """Read a form with everything in it that is not finished. Raises FormFileError when it is no form at all."""
    found = load_form_file_as_plain_values(data)
    problems: list[FormProblem] = []
    parts: list[Any] = []
    keys: set[object] = set()
    for number, part in enumerate(found["components"]):
        if not isinstance(part, dict):
            raise FormFileError(f"components[{number}]: an object is expected")
        key = part.get("key")
        if isinstance(key, str) and key in keys:
            problems.append(FormProblem(TWICE, key))
            continue
        keys.add(str(key))
        parts.append(_complete_texts_of_component(part, f"components[{number}]", problems))
    form = read_form_from_plain_values({**found, "components": parts})
    for item in form.fields:
        problems += _problems_of_field(form, item)
    return ReadForm(form, tuple(problems))


def require_known_properties(data: bytes) -> None:
    """Raise FormFileError, naming the place, for a property that no form of this application has."""
    found = load_form_file_as_plain_values(data)
    _require_known_property_names(found, _TOP_PROPERTIES, "")
    for number, part in enumerate(found["components"]):
        if isinstance(part, dict):
            for name, known in (("validate", _RULES), ("texts", _TEXT_GROUPS)):
                if isinstance(part.get(name), dict):
                    _require_known_property_names(part[name], known, f"components[{number}].{name}.")


def _require_known_property_names(found: Mapping[str, Any], known: frozenset[str], path: str) -> None:
    unknown = set(found) - known
    if unknown:
        raise FormFileError(f"{path}{min(unknown)}: unknown")


def _complete_texts_of_component(
    part: Mapping[str, Any], path: str, problems: list[FormProblem]
) -> dict[str, Any]:
    """Return a component whose texts are all there; what was missing is added to the problems."""
    key, texts = str(part.get("key", "")), part.get("texts", {})
    if not isinstance(texts, dict):
        raise FormFileError(f"{path}.texts: an object is expected")
    values = _offered_values_without_repeats(part, key, path, problems)
    labels, decided = (texts.get(name) or {} for name in ("values", "decided"))
    if not isinstance(labels, dict) or not isinstance(decided, dict):
        raise FormFileError(f"{path}.texts: an object is expected")
    complete: dict[str, dict[str, Any]] = {
        "label": _complete_text_in_all_languages(texts.get("label"), key, f"{path}.texts.label"),
        "values": {
            value: _complete_text_in_all_languages(labels.get(value), value, f"{path}.texts.values")
            for value in values
        },
        "decided": {
            value: _complete_text_in_all_languages(one, value, f"{path}.texts.decided")
            for value, one in decided.items()
            if _has_text(one)
        },
    }
    if missing := _languages_without_text(texts.get("label")):
        problems.append(FormProblem(LABEL_MISSING, key, {"languages": missing}))
    if _has_text(texts.get("description")):
        complete["description"] = _complete_text_in_all_languages(
            texts["description"], key, f"{path}.texts.description"
        )
        if missing := _languages_without_text(texts["description"]):
            problems.append(FormProblem(HELP_MISSING, key, {"languages": missing}))
    for value in values:
        missing = _languages_without_text(labels.get(value))
        if value in complete["decided"]:
            missing += _languages_without_text(decided[value])
        if missing:
            languages = tuple(one for one in LOCALES if one in missing)
            problems.append(FormProblem(ANSWER_MISSING, key, {"value": value, "languages": languages}))
    return {**part, "texts": complete, **({"values": list(values.values())} if "values" in part else {})}


def _offered_values_without_repeats(
    part: Mapping[str, Any], key: str, path: str, problems: list[FormProblem]
) -> dict[str, Any]:
    """Return the offered values by their code, each once.

    What is no value is left for `read_form_from_plain_values` to refuse.
    """
    offered = part.get("values") or []
    if not isinstance(offered, list):
        raise FormFileError(f"{path}.values: a list is expected")
    found: dict[str, Any] = {}
    for one in offered:
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(value, str) and value in found:
            problems.append(FormProblem(ANSWER_TWICE, key, {"value": value}))
        else:
            found[str(value)] = one
    return found


def _problems_of_field(form: Form, item: FormField) -> Iterator[FormProblem]:
    if item.kind in CHOICE_KINDS and not item.values and not item.choices_source:
        yield FormProblem(NO_ANSWERS, item.key)
    too_long = item.max_length and item.min_length > item.max_length
    too_large = item.min is not None and item.max is not None and item.min > item.max
    if too_long or too_large:
        yield FormProblem(LIMITS, item.key)
    if item.key in RESERVED_FIELD_KEYS or (
        item.key in SUBJECT_FIELD_KINDS and item.kind not in SUBJECT_FIELD_KINDS
    ):
        yield FormProblem(RESERVED, item.key)
    for other, values in item.required_when.items():
        known = form.field_with_key(other)
        offered = {value.value for value in known.values} if known is not None else set()
        for value in values if offered else ():
            if value not in offered:
                yield FormProblem(ANSWER_UNKNOWN, item.key, {"other": other, "value": value})


def _has_text(found: Any) -> bool:
    return bool(found) and (not isinstance(found, dict) or any(found.values()))


def _languages_without_text(found: Any) -> tuple[str, ...]:
    texts = found if isinstance(found, dict) else {}
    return tuple(one for one in LOCALES if not str(texts.get(one) or "").strip())


def _complete_text_in_all_languages(found: Any, otherwise: str, path: str) -> dict[str, str]:
    """Return a text in every language; a missing one is that of another language, else `otherwise`."""
    texts = found if found is not None else {}
    if not isinstance(texts, dict) or not all(isinstance(one, str) for one in texts.values()):
        raise FormFileError(f"{path}: ky, ru and en are expected")
    known = next((text for one in LOCALES if (text := texts.get(one, "").strip())), otherwise or "-")
    return {one: texts[one] if texts.get(one, "").strip() else known for one in LOCALES}
