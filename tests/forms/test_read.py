"""What a form file must be like, and that the shipped ones are: texts, fields, and a place in the diagram."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.bpmn.parse import parse_diagram
from app.forms.form_file import FormFileError, parse_form
from app.forms.shared import read_expanded_form_text

ROOT = Path(__file__).parents[2]
FORMS = sorted((ROOT / "forms").glob("*.form"))
DIAGRAMS = sorted((ROOT / "workflows").glob("*.bpmn"))
TEXTS = {"ky": "Себеби", "ru": "Причина", "en": "Reason"}
GOOD: dict[str, Any] = {"key": "reason", "type": "textarea", "label": "Reason", "texts": {"label": TEXTS}}


def _form(*components: Any) -> bytes:
    return json.dumps({"id": "a.form", "components": list(components)}).encode()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_shipped_form_is_read_and_bears_the_name_of_its_file(path: Path) -> None:
    assert parse_form(read_expanded_form_text(path).encode()).id == path.stem


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_english_of_form_js_is_the_english_of_the_texts(path: Path) -> None:
    for part in json.loads(read_expanded_form_text(path))["components"]:
        texts = part["texts"]
        assert part["label"] == texts["label"]["en"]
        assert part.get("description") == texts.get("description", {}).get("en")
        for value in part.get("values", []):
            assert value["label"] == texts["values"][value["value"]]["en"]
        assert {value["value"] for value in part.get("values", [])} == set(texts.get("values", {}))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_field_is_demanded_only_by_values_that_are_offered(path: Path) -> None:
    form = parse_form(read_expanded_form_text(path).encode())
    for item in form.fields:
        for other, values in item.required_when.items():
            asked = form.field_with_key(other)
            assert asked is not None
            assert set(values) <= {value.value for value in asked.values}


def test_every_form_of_the_diagrams_exists_and_every_form_is_used() -> None:
    models = [parse_diagram(path.read_bytes()) for path in DIAGRAMS]
    named = {task.form for model in models for task in model.user_tasks.values()}
    named |= {f"{model.key}.start" for model in models}
    assert named == {path.stem for path in FORMS}


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_step_offers_exactly_the_decisions_the_diagram_asks_about(path: Path) -> None:
    """Every decision has its arrow; the rest go the way a gateway takes by default; where none parts all go on."""
    drawing, model = path.read_text(), parse_diagram(path.read_bytes())
    for name, task in model.user_tasks.items():
        decision = parse_form(
            read_expanded_form_text(ROOT / "forms" / f"{task.form}.form").encode()
        ).field_with_key("decision")
        offered = {one.value for one in decision.values} if decision else set()
        asked = set(re.findall(rf"{name}\.decision == '([a-z_]+)'", drawing))
        behind = [
            model.gateways[flow.target]
            for flow in model.outgoing_flows(name)
            if flow.target in model.gateways
        ]
        listed = re.findall(rf"{name}\.decision in \[([^\]]*)\]", drawing)
        asked |= {word for words in listed for word in re.findall(r"'([a-z_]+)'", words)}
        straight = not behind and not asked
        by_default = any(gateway.default for gateway in behind)
        assert asked <= offered and (offered == asked or straight or by_default), name


def test_a_good_field_is_read_with_its_bounds() -> None:
    part = {**GOOD, "validate": {"minLength": 5, "maxLength": 9}, "requiredWhen": {"reason": ["x"]}}
    found = parse_form(_form(part)).fields[0]
    assert (found.key, found.kind, found.required) == ("reason", "textarea", False)
    assert (found.min_length, found.max_length) == (5, 9)
    assert found.required_when == {"reason": ("x",)}
    assert found.label == TEXTS


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ("text", "components[0]"),
        ({**GOOD, "script": "x"}, "components[0].script"),
        ({**GOOD, "type": "html"}, "components[0].type"),
        ({**GOOD, "type": ["textarea"]}, "components[0].type"),
        ({**GOOD, "key": "a b"}, "components[0].key"),
        ({**GOOD, "texts": "x"}, "components[0].texts"),
        ({**GOOD, "texts": {"label": {"ky": "Себеби"}}}, "components[0].texts.label"),
        ({**GOOD, "validate": [1]}, "components[0].validate"),
        ({**GOOD, "validate": {"minLength": "5"}}, "components[0].validate.minLength"),
        ({**GOOD, "validate": {"max": "9"}}, "components[0].validate.max"),
        ({**GOOD, "validate": {"max": float("nan")}}, "components[0].validate.max"),
        ({**GOOD, "requiredWhen": {"decision": "return"}}, "components[0].requiredWhen.decision"),
        ({**GOOD, "values": "x"}, "components[0].values"),
        ({**GOOD, "values": [{"value": "x"}]}, "components[0].texts"),
    ],
)
def test_a_bad_field_is_refused_by_its_place(part: Any, where: str) -> None:
    with pytest.raises(FormFileError) as refused:
        parse_form(_form(part))
    assert where in str(refused.value) or str(refused.value).startswith("components[0].values[0]")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff", b"[" * 99_000, b" " * 100_001])
def test_what_is_no_form_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(FormFileError):
        parse_form(data)


def test_a_key_stands_once() -> None:
    with pytest.raises(FormFileError, match="twice"):
        parse_form(_form(GOOD, GOOD))
