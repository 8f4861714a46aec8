"""Every text has its Kyrgyz and its Russian: in the catalogues, in diagrams and in forms."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.bpmn.parse import parse_diagram
from app.forms.shared import read_expanded_form_text
from app.kernel.i18n import LOCALES
from tools.catalogues import TRANSLATED, source_texts, stored, untranslated

ROOT = Path(__file__).resolve().parents[1]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    return {str(message.id) for message in source_texts() if message.id}


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_text_of_the_product_is_in_the_catalogue_and_none_is_stale(locale: str, wanted: set[str]):
    there = {str(message.id) for message in stored(locale) if message.id}
    assert sorted(wanted - there) == [] and sorted(there - wanted) == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_no_text_is_empty_or_fuzzy(locale: str):
    assert untranslated(stored(locale)) == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_translations_keep_the_placeholders(locale: str):
    wrong = []
    for message in stored(locale):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        wanted = set(PLACEHOLDER.findall(ids[-1]))
        wrong += [
            text
            for text in texts
            if not set(PLACEHOLDER.findall(text)) <= wanted | set(PLACEHOLDER.findall(ids[0]))
        ]
        wrong += [text for text in texts[-1:] if set(PLACEHOLDER.findall(text)) != wanted]
    assert wrong == []


def test_every_title_of_a_shipped_diagram_is_in_three_languages():
    for path in sorted((ROOT / "workflows").glob("*.bpmn")):
        model = parse_diagram(path.read_bytes())
        elements = [
            model,
            *model.lanes.values(),
            *model.user_tasks.values(),
            *model.services.values(),
            *model.ends.values(),
        ]
        for element in elements:
            assert all(element.titles.get(locale) for locale in LOCALES), element


def test_every_text_of_a_form_is_in_three_languages():
    def check(value: Any, path: str) -> None:
        if isinstance(value, dict):
            if set(value) & set(LOCALES):
                assert all(value.get(locale) for locale in LOCALES), path
            for name, part in value.items():
                check(part, f"{path}.{name}")
        elif isinstance(value, list):
            for number, part in enumerate(value):
                check(part, f"{path}[{number}]")

    files = sorted((ROOT / "forms").glob("*.form"))
    assert files
    for file in files:
        check(json.loads(read_expanded_form_text(file)), file.name)
