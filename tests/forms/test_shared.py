"""Texts and fields that several forms share: expanded when a form is read, refused when a name is unknown."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.forms.form_file import FormFileError, parse_form
from app.forms.shared import (
    SHARED_FILE_NAME,
    SharedFormParts,
    expand_form_text,
    read_expanded_form_text,
    read_shared_form_parts,
)
from app.kernel.i18n import LOCALES

FORMS = Path(__file__).resolve().parents[2] / "forms"
REASON = {"ky": "Себеби", "ru": "Причина", "en": "Reason"}
SHARED = SharedFormParts(
    texts={"reason": REASON, "approve": {"ky": "Ооба", "ru": "Да", "en": "Yes"}},
    fields={"reason": {"key": "reason", "type": "textarea", "texts": {"label": "reason"}}},
    decided_labels={"approve": {"ky": "Макул", "ru": "Одобрено", "en": "Approved"}},
)


def expanded(*components: Any) -> list[dict[str, Any]]:
    found = json.loads(expand_form_text(json.dumps({"id": "a.form", "components": list(components)}), SHARED))
    return list(found["components"])


def test_a_shared_field_brings_its_texts_and_what_form_js_shows():
    (field,) = expanded({"id": "f", "field": "reason"})
    assert field == {
        "id": "f",
        "key": "reason",
        "type": "textarea",
        "label": "Reason",
        "texts": {"label": REASON},
    }


def test_a_component_adds_to_a_shared_field_and_replaces_parts_of_it():
    (field,) = expanded({"id": "f", "field": "reason", "key": "why", "validate": {"required": True}})
    assert (field["key"], field["validate"]) == ("why", {"required": True})
    assert SHARED.fields["reason"]["key"] == "reason", "the shared field itself stays as it is"


def test_a_decision_gets_its_label_and_the_word_for_it_once_it_was_made():
    texts = {"label": "reason", "values": {"approve": "approve", "odd": REASON}}
    (field,) = expanded({"key": "decision", "type": "radio", "texts": texts})
    assert field["values"] == [{"label": "Yes", "value": "approve"}, {"label": "Reason", "value": "odd"}]
    form = parse_form(json.dumps({"id": "a.form", "components": [field]}).encode())
    approve, odd = form.fields[0].values
    assert (approve.decided_label["en"], dict(odd.decided_label)) == ("Approved", {})


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ({"field": "nobody"}, "components[0].field: 'nobody'"),
        (
            {"key": "a", "type": "textarea", "texts": {"label": "nobody"}},
            "components[0].texts.label: 'nobody'",
        ),
        (
            {"key": "a", "type": "radio", "texts": {"values": {"x": "nobody"}}},
            "components[0].texts.values: 'nobody'",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_its_place(component: Any, said: str):
    with pytest.raises(FormFileError, match=r"is not in _shared\.toml") as refused:
        expanded(component)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("text", ["", "[]", "no json", '{"components": 1}', "[" * 100_000])
def test_what_is_no_form_is_handed_on_as_it_is(text: str):
    assert expand_form_text(text, SHARED) == text


def test_a_folder_without_a_shared_file_shares_nothing(tmp_path: Path):
    assert read_shared_form_parts(tmp_path) == SharedFormParts()


def test_every_shared_entry_is_used_and_in_three_languages():
    shared = tomllib.loads((FORMS / SHARED_FILE_NAME).read_text(encoding="utf-8"))
    used = (FORMS / SHARED_FILE_NAME).read_text(encoding="utf-8") + "".join(
        path.read_text(encoding="utf-8") for path in FORMS.glob("*.form")
    )
    for name, texts in {**shared["texts"], **shared["decided"]}.items():
        assert set(texts) == set(LOCALES) and all(texts.values()), name
    for name in [*shared["texts"], *shared["fields"]]:
        assert f'"{name}"' in used, f"{name} is used by no form"


def test_no_text_and_no_field_is_written_twice():
    written: Counter[str] = Counter()
    for path in FORMS.glob("*.form"):
        for component in json.loads(path.read_text(encoding="utf-8"))["components"]:
            body = {key: value for key, value in component.items() if key != "id"}
            written[json.dumps(body, sort_keys=True)] += "field" not in component
            texts = component.get("texts", {})
            for text in [*texts.values(), *texts.get("values", {}).values()]:
                written[json.dumps(text, sort_keys=True)] += isinstance(text, dict) and set(text) == set(
                    LOCALES
                )
    assert [text for text, times in written.items() if times > 1] == [], (
        f"move it into forms/{SHARED_FILE_NAME}"
    )


def test_every_shipped_form_is_expanded_whole():
    for path in FORMS.glob("*.form"):
        assert parse_form(read_expanded_form_text(path).encode()).id == path.stem
