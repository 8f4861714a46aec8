"""In the pseudo-language every text of ours stands between ⟦ ⟧: what is bare was forgotten by the catalogue.

Names, numbers and codes stand in elements with `translate="no"`. The pages of the roles are read in test_routes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import html

from app.kernel.i18n import PSEUDO_LOCALE
from tests.web.browser import Browser

MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
WHEN = re.compile(r"\b[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2,3}( \d{4})?(, \d\d:\d\d)?")
"""A day as the calendar of the language writes it; in a tooltip it cannot have an element of its own."""
LETTER = re.compile(r"[^\W\d_]")
SPOKEN = ("title", "aria-label", "placeholder", "alt")
SILENT = frozenset({"script", "style", "template", "title", "svg", "noscript"})


def bare(page: str) -> Iterator[str]:
    """Every text a person can read or hear that was not translated."""
    for element in _heard(html.document_fromstring(page)):
        texts = [element.text, *(child.tail for child in element)]
        texts += [element.get(name) for name in SPOKEN]
        for text in texts:
            if text and LETTER.search(_outside(text)):
                yield f"<{element.tag}> {' '.join(text.split())[:120]}"


def _heard(element: Any) -> Iterator[Any]:
    """The element and those in it, without what nobody reads and what is not to be translated."""
    if isinstance(element.tag, str) and element.tag not in SILENT and element.get("translate") != "no":
        yield element
        for child in element:
            yield from _heard(child)


def _outside(text: str) -> str:
    """The text without its marked parts, innermost first: a marked sentence may hold marked words."""
    shorter = MARKED.sub("", text)
    return WHEN.sub("", text) if shorter == text else _outside(shorter)


@pytest.mark.parametrize("path", ["/sign-in", "/no-such-page", "/account"])
def test_a_guest_reads_no_text_that_cannot_be_translated(app, db_session, path):
    assert list(bare(Browser(app, PSEUDO_LOCALE).get(path).text)) == []


def test_the_crawl_would_find_a_forgotten_text():
    page = (
        "<p>⟦Marked ⟦twice⟧⟧ <b translate='no'>Асанова</b> 12</p><p title='Forgotten'>⟦x⟧</p><p>and this</p>"
    )
    assert list(bare(page)) == ["<p> Forgotten", "<p> and this"]
