"""The documents say what the product does: the reference is fresh, what a page names exists, clauses are proved."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from app.cli import depter
from app.kernel.settings import PROJECT, Settings
from app.regulation.clauses import all_clauses
from app.web.wording import MESSAGES, NEXT
from reference.clauses import LATER, implementations, scenarios
from reference.page import PAGE, written

PAGES = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")
FILE = re.compile(r"`((?:app|bench|docs|forms|frontend|reference|requirements|tests|workflows)/[\w./-]+)`")


def test_the_reference_is_what_the_product_says_of_itself():
    assert PAGE.read_text(encoding="utf-8") == written(), "run `make reference`"


@pytest.mark.parametrize("clause", [clause.number for clause in all_clauses() if clause.number not in LATER])
def test_every_clause_in_force_is_kept_somewhere_and_proved_by_a_scenario(clause: str):
    assert implementations(clause), f"no file of app names clause {clause}"
    assert scenarios().get(clause), f"no test is marked with clause {clause}"


def test_a_clause_marked_in_a_test_is_one_the_product_can_explain():
    known = {clause.number for clause in all_clauses()}
    assert set(scenarios()) <= known


def test_what_is_not_in_force_yet_is_not_proved_either():
    assert not set(LATER) & set(scenarios()), "it is in force now: take it out of LATER"


def test_every_next_step_belongs_to_a_message():
    assert set(NEXT) <= set(MESSAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_of_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    dead = [name for name in LINK.findall(text) if not (page.parent / name).exists()]
    dead += [name for name in FILE.findall(text) if not (PROJECT / name.rstrip("/")).exists()]
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"app\.cli ([a-z]+)", text)) <= set(depter.commands)


def test_every_setting_is_documented():
    running = (PROJECT / "docs" / "running.md").read_text(encoding="utf-8")
    renamed = {"data_dir": "DEPTER_DATA", "env": "DEPTER_ENV"}
    names = {renamed.get(setting.name, setting.name.upper()) for setting in fields(Settings)}
    assert {name for name in names if f"`{name}`" not in running} == set()
