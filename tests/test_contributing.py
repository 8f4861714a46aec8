"""The table of CONTRIBUTING.md leads to files that exist and hold the name it says."""

from __future__ import annotations

import re

import pytest

from app.kernel.settings import PROJECT_DIR

PAGE = (PROJECT_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+\?) \| `([\w./]+)` \| `([\w.]+)` \|$", PAGE, re.MULTILINE)


def test_the_table_answers_twelve_questions_with_a_file_each():
    assert len(ROWS) == 12 and len({file for _question, file, _name in ROWS}) == 12


@pytest.mark.parametrize(("question", "file", "name"), ROWS, ids=[file for _question, file, _name in ROWS])
def test_the_file_of_an_answer_holds_its_name(question: str, file: str, name: str):
    text = (PROJECT_DIR / file).read_text(encoding="utf-8")
    defined = rf"^(?:def|class) {name}\b|^{name}\b.*=|\b{name}\("
    assert re.search(defined, text, re.MULTILINE) if file.endswith(".py") else f'"{name}"' in text


def test_every_how_to_is_linked_and_walked():
    pages = sorted((PROJECT_DIR / "docs" / "how-to").glob("*.md"))
    assert pages
    for page in pages:
        assert f"(docs/how-to/{page.name})" in PAGE
        walk = PROJECT_DIR / "tests" / "how_to" / f"test_{page.stem.replace('-', '_')}.py"
        assert page.name in walk.read_text(encoding="utf-8")
