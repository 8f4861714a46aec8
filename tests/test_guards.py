"""Nothing gets lost when files move: routes with policies, blueprints, files of rules (see tests/guards.py)."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint

from app import import_modules_and_list_blueprints
from app.kernel.settings import PROJECT_DIR
from tests.guards import RENEW, ROUTES, RULES, covered, pure_modules, routes_of
from tests.mutants.mutations import rules_files
from tests.support.sources import app_sources, called

APP = PROJECT_DIR / "app"


def listed(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_every_route_has_the_address_the_endpoint_and_the_policy_of_the_list(app: Any):
    found, kept = routes_of(app), listed(ROUTES)
    gone, new = sorted(set(kept) - set(found)), sorted(set(found) - set(kept))
    assert (gone, new) == ([], []), RENEW
    assert found == kept, "a line stands twice: two routes answer one address"


def test_the_contract_of_purity_covers_exactly_the_files_of_the_list():
    assert pure_modules() == listed(RULES), RENEW


def test_every_module_named_after_rules_is_pure_and_mutated():
    found = [
        ".".join(path.relative_to(PROJECT_DIR).with_suffix("").parts)
        for path in APP.rglob("*rules.py")
        if path.stem == "rules" or path.stem.endswith("_rules")
    ]
    assert len(found) > 15
    assert set(found) <= set(pure_modules()), "add it to the contract in pyproject.toml"
    assert {path.relative_to(PROJECT_DIR).as_posix() for path in rules_files()} >= {
        name.replace(".", "/") + ".py" for name in found
    }


def test_a_file_of_rules_moved_into_a_sub_package_is_still_covered():
    moved = ["app.people.rules", "app.journal.excuses.rules", "app.journal.grading.rules.rating"]
    package = "app.journal.grading.rules"
    found = covered(["app.**.rules"], ["app", package, *moved, "app.journal.excuses.commands"])
    assert found == sorted([package, *moved])


def drawn() -> set[str]:
    """The names of all blueprints that are made anywhere below `app`, by the text of the files."""
    return {
        call.args[0].value
        for source in app_sources()
        for call in source.calls
        if called(call) == "Blueprint" and call.args and isinstance(call.args[0], ast.Constant)
    }


def test_every_blueprint_that_is_made_is_registered(app: Any):
    assert drawn() == set(app.blueprints)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `pages_of_a_test` on the path; `write(file, text)` adds a module."""
    root = tmp_path / "pages_of_a_test"
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> None:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for folder in (root, *[one for one in path.parents if root in one.parents]):
            (folder / "__init__.py").touch()
        path.write_text(text)

    write("top.py", "from flask import Blueprint\nblueprint = Blueprint('top', __name__)\n")
    yield write
    for name in [one for one in sys.modules if one.split(".")[0] == "pages_of_a_test"]:
        del sys.modules[name]


def found() -> list[Blueprint]:
    return import_modules_and_list_blueprints(import_module("pages_of_a_test"))


def test_a_blueprint_of_a_sub_package_is_found_and_one_that_is_imported_is_no_second(package):
    package(
        "excuses/deep/routes.py", "from flask import Blueprint\nblueprint = Blueprint('deep', __name__)\n"
    )
    package("excuses/again.py", "from pages_of_a_test.excuses.deep.routes import blueprint\n")
    assert [one.name for one in found()] == ["deep", "top"]


def test_two_blueprints_of_one_name_are_refused_by_name(package):
    package("excuses/routes.py", "from flask import Blueprint\nblueprint = Blueprint('top', __name__)\n")
    with pytest.raises(RuntimeError, match=r"named top: in pages_of_a_test\.excuses\.routes and in .*\.top"):
        found()


def test_a_module_that_cannot_be_imported_stops_the_start(package):
    package("excuses/routes.py", "import a_module_that_is_not_there\n")
    with pytest.raises(ModuleNotFoundError, match="a_module_that_is_not_there"):
        found()
