"""The documents say what the product does: the reference is fresh, what a page names exists, clauses are proved."""

from __future__ import annotations

import re
from dataclasses import fields

import click
import pytest

from app.cli import depter
from app.cli.backup import CreateByDefault
from app.kernel.settings import PROJECT_DIR, SettingMissing, Settings
from app.regulation.clauses import all_clauses
from app.texts.messages import MESSAGES_BY_CODE, NEXT_STEPS_BY_CODE
from tests.support.sources import app_sources
from tools.reference.clauses import LATER, driving, implementations, scenarios
from tools.reference.page import PAGE, written
from tools.reference.processes import FOLDER, files_of, index, processes

ROOT_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
PAGES = [*(PROJECT_DIR / name for name in ROOT_PAGES), *sorted((PROJECT_DIR / "docs").rglob("*.md"))]
RUNNING = PROJECT_DIR / "docs" / "running.md"
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")
CROSS_CUTTING = "test_cross_cutting_"
"""Scenarios of the questions that cut across clauses: each is marked with those it cites."""
SCENARIOS = sorted(
    path
    for path in (PROJECT_DIR / "tests" / "clauses").rglob("test_*.py")
    if not path.name.startswith(CROSS_CUTTING)
)
ANNEXES = {"2": "7.7"}
"""The clause that binds an annex, by the annex."""
FILE = re.compile(r"`((?:app|docs|forms|requirements|tests|tools|workflows)/[\w./-]+)`")


def test_the_reference_is_what_the_product_says_of_itself():
    assert PAGE.read_text(encoding="utf-8") == written(), "run `make reference`"


def test_each_process_has_a_page_and_a_picture_and_stands_in_the_index():
    names = {f"{process.key}{ending}" for process in processes() for ending in (".md", ".svg")}
    assert {path.name for path in FOLDER.iterdir()} == {"README.md"} | names, "run `make reference`"
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == index(), "run `make reference`"


@pytest.mark.parametrize("key", sorted(path.stem for path in FOLDER.glob("*.svg")))
def test_page_and_picture_of_a_process_are_what_its_diagram_says_byte_for_byte(key: str):
    process = next(one for one in processes() if one.key == key)
    written = files_of(process)
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in written} == written, (
        "run `make reference`"
    )


@pytest.mark.parametrize("clause", [clause.number for clause in all_clauses() if clause.number not in LATER])
def test_every_clause_in_force_is_kept_somewhere_and_proved_by_a_scenario(clause: str):
    assert implementations(clause), f"no file of app names clause {clause}"
    assert scenarios().get(clause), f"no test is marked with clause {clause}"


@pytest.mark.parametrize("clause", [clause.number for clause in all_clauses() if clause.number not in LATER])
def test_every_clause_in_force_is_lived_through_by_a_command_or_a_page(clause: str):
    assert driving().get(clause), f"no scenario under tests/clauses drives a command or a page for {clause}"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_a_scenario_is_marked_with_the_clause_of_its_name(path):
    found = re.match(r"test_((?:[0-9]_)+)(?:[a-z]_)?", path.name)
    number = found[1].rstrip("_").replace("_", ".") if found else ANNEXES[path.name.split("_")[2]]
    assert path.relative_to(PROJECT_DIR).as_posix() in scenarios()[number]


def test_a_clause_marked_in_a_test_is_one_the_product_can_explain():
    known = {clause.number for clause in all_clauses()}
    assert set(scenarios()) <= known


def test_a_clause_the_product_refuses_by_is_one_it_can_explain():
    known = {clause.number for clause in all_clauses()}
    named = re.compile(r"^[1-8]\.\d(\.\d)?[a-z]?$")
    said = {
        (text, source.path.relative_to(PROJECT_DIR).as_posix())
        for source in app_sources()
        if not {"exchange", "servers"} & set(source.path.parts)
        for text in source.texts
        if named.match(text)
    }
    assert len(said) > 20
    assert {(number, place) for number, place in said if number not in known} == set()


def test_what_is_not_in_force_yet_is_not_proved_either():
    assert not set(LATER) & set(scenarios()), "it is in force now: take it out of LATER"


def test_every_next_step_belongs_to_a_message():
    assert set(NEXT_STEPS_BY_CODE) <= set(MESSAGES_BY_CODE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_files_of_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    dead = [name for name in LINK.findall(text) if not (page.parent / name).exists()]
    dead += [name for name in FILE.findall(text) if not (PROJECT_DIR / name.rstrip("/")).exists()]
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_exist(page):
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_DIR / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= targets
    named = re.findall(r"(?:app\.cli|(?:`|^)depter) ([a-z]+)(?: ([a-z-]+))?", text, re.MULTILINE)
    assert [words for words in named if not _is_command(*words)] == []


def _is_command(name: str, below: str) -> bool:
    """Whether `depter NAME BELOW` exists; below a command that is no group, or has a command by default, stand
    its arguments.
    """
    found = depter.commands.get(name)
    by_default = isinstance(found, CreateByDefault) or getattr(found, "invoke_without_command", False)
    takes_words = not isinstance(found, click.Group) or (by_default and not below)
    return found is not None and (takes_words or below in found.commands)


def test_every_setting_is_documented():
    running = RUNNING.read_text(encoding="utf-8")
    renamed = {"data_dir": "DEPTER_DATA", "env": "DEPTER_ENV"}
    names = {renamed.get(setting.name, setting.name.upper()) for setting in fields(Settings)}
    assert {name for name in names if f"`{name}`" not in running} == set()


def test_the_defaults_of_the_settings_are_those_the_page_tells(tmp_path):
    rows = dict(
        re.findall(r"^\| `([A-Z_]+)` \|.*\| (.+) \|$", RUNNING.read_text(encoding="utf-8"), re.MULTILINE)
    )
    needed = {"DATABASE_URL": "postgresql://db/depter", "REDIS_URL": "redis://cache"}
    assert {name for name, default in rows.items() if default == "required"} == set(needed)
    for name in needed:
        with pytest.raises(SettingMissing, match=name):
            Settings.from_env({other: url for other, url in needed.items() if other != name})
    found = Settings.from_env(needed | {"DEPTER_DATA": str(tmp_path)})
    told = ("MAIL_URL", "MAIL_FROM", "PUBLIC_URL", "DEPTER_ENV")
    real = (found.mail_url, found.mail_from, found.public_url, found.env)
    assert tuple(rows[name].strip("`") for name in told) == real
    assert (rows["MIGRATION_DATABASE_URL"], found.migration_database_url) == (
        "`DATABASE_URL`",
        found.database_url,
    )
    assert (
        found.secret_key == (tmp_path / "secret").read_text() and "DEPTER_DATA/secret" in rows["SECRET_KEY"]
    )
