"""One term, one word, in catalogues, diagrams, forms, guides and clauses of all three languages."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from app.forms.shared import read_expanded_form_text
from app.kernel.i18n import CATALOGUES_DIR, LOCALES
from app.kernel.settings import PROJECT_DIR
from tools.catalogues import stored

POLICY_NAME = re.compile(r"\{[a-z_.]+\}|%\(protocol\)s")
GUIDES, CLAUSES = PROJECT_DIR / "app/web/guides", PROJECT_DIR / "app/regulation/clauses.toml"


def table(name: str) -> list[list[str]]:
    """The rows of a table beside the catalogues, without comments and heading."""
    lines = (CATALOGUES_DIR / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")][1:]


def of_tree(found: Any) -> Iterator[tuple[str, str]]:
    """Every {ky, ru, en} text in a tree of tables, as language and text."""
    if isinstance(found, dict):
        if set(LOCALES) <= set(found):
            yield from ((locale, found[locale]) for locale in LOCALES)
        else:
            for value in found.values():
                yield from of_tree(value)
    elif isinstance(found, list):
        for value in found:
            yield from of_tree(value)


def of_diagram(path: Path) -> Iterator[tuple[str, str]]:
    for element in ElementTree.parse(path).iter():
        if element.get("lang") in LOCALES and element.text:
            yield element.get("lang", ""), element.text


def of_catalogue(locale: str) -> Iterator[tuple[str, str]]:
    for message in stored(locale):
        ids, said = (
            value if isinstance(value, list | tuple) else (value,) for value in (message.id, message.string)
        )
        yield from ((locale, text) for text in said if message.id)
        yield from (("en", text) for text in ids if text)


def every_text() -> Iterator[tuple[str, str, str]]:
    """Place, language and text of everything that the product says."""
    for locale in ("ky", "ru"):
        yield from (("messages.po", *said) for said in of_catalogue(locale))
    for path in sorted((PROJECT_DIR / "workflows").glob("*.bpmn")):
        yield from ((path.name, *said) for said in of_diagram(path))
    for path in sorted((PROJECT_DIR / "forms").glob("*.form")):
        yield from ((path.name, *said) for said in of_tree(json.loads(read_expanded_form_text(path))))
    for path in (*sorted(GUIDES.glob("*.toml")), CLAUSES, CLAUSES.with_name("questions.toml")):
        yield from ((path.name, *said) for said in of_tree(tomllib.loads(path.read_text(encoding="utf-8"))))


TEXTS = sorted(set(every_text()))


@pytest.mark.parametrize(("language", "pattern", "instead"), table("forbidden.tsv"))
def test_no_text_holds_a_forbidden_word(language: str, pattern: str, instead: str):
    found = [
        f"{place}: {text}"
        for place, of, text in TEXTS
        if of == language and re.search(pattern, POLICY_NAME.sub("", text))
    ]
    assert found == [], f"write: {instead}"


def test_a_forbidden_word_would_be_found():
    assert len(TEXTS) > 5000
    for language, pattern, _ in table("forbidden.tsv"):
        assert language in LOCALES and re.compile(pattern)
    assert re.search(
        next(p for _, p, i in table("forbidden.tsv") if i.startswith("отработка")), "Иштеп чыгуу"
    )


def test_a_term_of_the_glossary_that_stands_alone_has_its_word():
    """A text that is nothing but the English term of a row is translated by the words of that row."""
    words = {}
    for ky, ru, en in table("glossary.tsv"):
        known = words.setdefault(en.casefold(), ([], []))
        for place, text in enumerate((ky, ru)):
            known[place].extend(part.strip().casefold() for part in re.split(r"/| \(", text.rstrip(")")))
    wrong = []
    for place, locale in enumerate(("ky", "ru")):
        for message in stored(locale):
            if isinstance(message.id, str) and message.id.casefold() in words:
                right = words[message.id.casefold()][place]
                if str(message.string).casefold() not in right:
                    wrong.append(f"{locale} {message.id}: {message.string}, not {right}")
    assert wrong == []
