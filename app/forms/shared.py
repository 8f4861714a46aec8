"""Expand the texts and fields that several form files share. What is published holds its forms whole.

`forms/_shared.toml` has three tables: `texts` ({ky, ru, en} by name), `fields` (whole components by name) and `decided`
(the word for a decision once it was made). In a form file a component may name a field (`"field": "rework_decision"`)
and add or replace its own keys, and a text may be the name of a shared one.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.forms.form_file import FormFileError

SHARED_FILE_NAME = "_shared.toml"


@dataclass(frozen=True, slots=True)
class SharedFormParts:
    """What `_shared.toml` holds, by name."""

    texts: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    decided_labels: Mapping[str, Any] = field(default_factory=dict)


def read_shared_form_parts(folder: Path) -> SharedFormParts:
    """Load the shared file of a folder of forms; a folder without one shares nothing. Raises TOMLDecodeError."""
    path = folder / SHARED_FILE_NAME
    if not path.exists():
        return SharedFormParts()
    return _parse_shared_form_parts(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _parse_shared_form_parts(text: str) -> SharedFormParts:
    found = tomllib.loads(text)
    return SharedFormParts(found.get("texts", {}), found.get("fields", {}), found.get("decided", {}))


def read_shared_components(folder: Path) -> dict[str, dict[str, Any]]:
    """Load the shared fields of a folder whole, by name, with their texts in place. Raises FormFileError."""
    shared = read_shared_form_parts(folder)
    return {name: _expand_component({"field": name}, shared, name) for name in shared.fields}


def read_expanded_form_text(path: Path) -> str:
    """Load a form file with the shared texts of its folder in their place. Raises FormFileError, UnicodeDecodeError."""
    return expand_form_text(path.read_text(encoding="utf-8"), read_shared_form_parts(path.parent))


def expand_form_text(text: str, shared: SharedFormParts) -> str:
    """Return a form file with every shared field and text in its place, as form-js reads it.

    Text that is no JSON object with components is returned as it is: reading it says what is wrong. Raises
    FormFileError for a name that the shared file does not have.
    """
    try:
        form = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(form, dict) or not isinstance(form.get("components"), list):
        return text
    form["components"] = [
        _expand_component(part, shared, f"components[{number}]") if isinstance(part, dict) else part
        for number, part in enumerate(form["components"])
    ]
    return json.dumps(form, ensure_ascii=False, indent=2)


def _expand_component(part: Mapping[str, Any], shared: SharedFormParts, path: str) -> dict[str, Any]:
    component: dict[str, Any] = dict(part)
    name = component.pop("field", None)
    if name is not None:
        if name not in shared.fields:
            raise FormFileError(f"{path}.field: {name!r} is not in {SHARED_FILE_NAME}")
        component = {**deepcopy(shared.fields[name]), **component}
    texts = component.get("texts")
    if isinstance(texts, dict):
        component["texts"] = {
            key: (
                {
                    value: _expand_shared_text(one, shared, f"{path}.texts.{key}")
                    for value, one in found.items()
                }
                if key == "values" and isinstance(found, dict)
                else _expand_shared_text(found, shared, f"{path}.texts.{key}")
            )
            for key, found in texts.items()
        }
        _add_decision_words(component, shared)
        _add_english_labels(component)
    return component


def _expand_shared_text(found: Any, shared: SharedFormParts, path: str) -> Any:
    if not isinstance(found, str):
        return found
    if found not in shared.texts:
        raise FormFileError(f"{path}: {found!r} is not in {SHARED_FILE_NAME}")
    return dict(shared.texts[found])


def _add_decision_words(component: dict[str, Any], shared: SharedFormParts) -> None:
    """Add the words for decisions that were made, where the form brings none of its own."""
    values = component["texts"].get("values")
    if component.get("key") != "decision" or not isinstance(values, dict):
        return
    own = component["texts"].get("decided", {})
    known = {value: dict(shared.decided_labels[value]) for value in values if value in shared.decided_labels}
    if known or own:
        component["texts"]["decided"] = {**known, **own}


def _add_english_labels(component: dict[str, Any]) -> None:
    """Fill in what form-js itself shows, in English: label, description and the labels of values."""
    texts = component["texts"]
    for key in ("label", "description"):
        if key not in component and isinstance(texts.get(key), dict):
            component[key] = texts[key].get("en", "")
    labels = texts.get("values")
    if not isinstance(labels, dict):
        return
    values = component.get("values", list(labels))
    if isinstance(values, list):
        component["values"] = [
            {"label": labels.get(one, {}).get("en", one), "value": one} if isinstance(one, str) else one
            for one in values
        ]
