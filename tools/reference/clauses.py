"""Which clause is kept by which files, and which tests prove it: read from the sources, not from memory."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from app.kernel.settings import PROJECT_DIR

LATER = {
    "1.1": "a purpose, served by all of it",
    "1.2": "the legal basis, which binds no step",
    "1.3.1": "whom it binds; no unit has settings that weaken a clause",
    "1.3.2": "the parties; their rights stand at 3.1",
    "1.3.3": "reports (A1.2)",
    "1.4.1": "what the journal holds; kept clause by clause below",
    "1.5.1": "grade sheets and their approval (P09)",
    "2.2.1": "the names in the menu (A1)",
    "5.5.1": "who owns which task; kept at 5.2.1 and 5.4.1",
    "5.5.2": "who owns which task; kept at 5.2.1",
    "5.5.3": "who owns which task; kept at 4.2.4 and 6.2",
    "7.2": "disclosures (P17)",
    "7.5": "retention (P13)",
    "8.1": "the head's control (P19)",
    "8.2": "the directorate's review (P20)",
    "8.3": "the readiness of sheets (P09)",
    "8.4": "referrals (P25)",
    "8.5": "failures of the system and their terms (P14)",
    "8.6": "acquaintance of staff (P15)",
    "8.8": "acquaintance sheets (P15, P16)",
    "A1": "the names in the menu",
    "A2": "the marks; kept at 7.7",
    "A3": "the sheet of staff (P15)",
    "A4": "the sheet of students (P16)",
}
"""Clauses the product explains and does not run yet, with the process that will."""


NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)+")


def implementations(number: str) -> list[str]:
    """The files of `app` and the drawings that name the clause."""
    return sorted(name for name, numbers in _named() if number in numbers)


@cache
def _named() -> list[tuple[str, frozenset[str]]]:
    """Every file of `app` and every drawing with the numbers that stand in it; read once a process."""
    places = [*(PROJECT_DIR / "app").rglob("*.py"), *(PROJECT_DIR / "workflows").glob("*.bpmn")]
    return [(_name(path), frozenset(NUMBER.findall(path.read_text(encoding="utf-8")))) for path in places]


@cache
def scenarios() -> dict[str, list[str]]:
    """By clause, the tests marked with it: `file` for a marked module, `file::test` for a marked test."""
    found: dict[str, list[str]] = {}
    for path in sorted((PROJECT_DIR / "tests").rglob("test_*.py")):
        for number, test in _marked(ast.parse(path.read_text(encoding="utf-8"))):
            name = _name(path) + (f"::{test}" if test else "")
            if name not in found.setdefault(number, []):
                found[number].append(name)
    return found


@cache
def driving() -> dict[str, list[str]]:
    """By clause, the scenarios beside the regulation that drive a command or a page.

    `tests/conftest.py` fails a test there that drives nothing and is not marked `undriven`.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((PROJECT_DIR / "tests" / "clauses").rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        marked = list(_marked(tree))
        of_file = [number for number, test in marked if not test]
        for test in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            if test.name.startswith("test_") and "pytest.mark.undriven" not in map(
                ast.unparse, test.decorator_list
            ):
                own = [number for number, name in marked if name == test.name]
                for number in dict.fromkeys([*of_file, *own]):
                    found.setdefault(number, []).append(f"{_name(path)}::{test.name}")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(_is_mark(target) for target in node.targets):
            yield from ((number, "") for number in _numbers(node.value))
        elif isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                yield from ((number, node.name) for number in _numbers(decorator))


def _is_mark(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "pytestmark"


def _numbers(node: ast.expr) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.clause":
            yield from (str(arg.value) for arg in call.args if isinstance(arg, ast.Constant))


def _name(path: Path) -> str:
    return path.relative_to(PROJECT_DIR).as_posix()
