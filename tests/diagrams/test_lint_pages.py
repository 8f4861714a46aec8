"""Every rule has a page with examples that run, and the index lists every finding there is."""

from __future__ import annotations

import re

import pytest

from app.diagrams.lint import LINT_RULES
from app.diagrams.lint.severity import severity_of_finding_code
from app.kernel.settings import PROJECT_DIR
from app.texts.diagram_findings import FINDINGS_BY_CODE
from tools.reference.lint import FOLDER, INDEX, LintPage, PageExample, index, pages

LINT = PROJECT_DIR / "app" / "diagrams" / "lint"
ALL = pages()
PARSER_PAGES = {
    "conditions",
    "file",
    "flows",
    "paths",
    "process",
    "profile",
    "references",
    "timers",
}
OUTSIDE_RULES = {
    "starts": {"diagrams.key.twice"},
    "forms": {"diagrams.form.folder"},
    "file": {"diagrams.check.limit", "diagrams.file.unreadable"},
}
"""Findings about files, by the page that tells them: no rule finds them."""
EXAMPLES = [(page, number) for page in ALL for number in range(len(page.examples))]


def codes_of_rule(name: str) -> set[str]:
    return set(re.findall(r'"(diagrams\.\w+\.\w+)"', (LINT / f"{name}.py").read_text(encoding="utf-8")))


def test_every_rule_and_every_group_of_the_parser_has_a_page():
    assert {page.name for page in ALL} == set(LINT_RULES) | PARSER_PAGES
    assert {path.name for path in FOLDER.iterdir()} == {
        *(page.path.name for page in ALL),
        INDEX.name,
        "example.bpmn",
    }


def test_every_code_is_on_exactly_one_page():
    listed = [code for page in ALL for code in page.severities]
    assert len(listed) == len(set(listed))
    assert set(listed) == {code for code in FINDINGS_BY_CODE if not code.startswith("verify.")}


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_a_page_tells_the_codes_of_its_rule_and_their_severity(page: LintPage):
    assert page.severities == {code: severity_of_finding_code(code) for code in page.severities}
    codes = set(page.severities) - OUTSIDE_RULES.get(page.name, set())
    if page.name in LINT_RULES:
        assert codes == codes_of_rule(page.name)
    else:
        assert all(code.startswith("bpmn.") for code in codes)
    assert page.text.startswith(f"# `{page.name}`: ") and page.title
    for part in ("\n**Why.** ", "\n**What to do.** "):
        assert part in page.text


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_a_page_has_an_incorrect_and_a_correct_example_of_its_own_codes(page: LintPage):
    incorrect = [example for example in page.examples if example.codes]
    assert incorrect and len(page.examples) - len(incorrect) == 1
    assert all(example.codes <= set(page.severities) for example in incorrect)
    assert page.text.count("```xml") == len(page.examples), "an example that the test does not read"


@pytest.mark.parametrize(("page", "number"), EXAMPLES, ids=[f"{page.name}-{n}" for page, n in EXAMPLES])
def test_an_example_has_exactly_the_findings_that_it_tells(page: LintPage, number: int):
    example = page.examples[number]
    assert example.found() == example.codes


def test_the_small_diagram_itself_has_no_finding():
    assert PageExample(frozenset(), "").found() == set()


def test_the_index_is_fresh():
    assert INDEX.read_text(encoding="utf-8") == index(), "run `make reference`"
