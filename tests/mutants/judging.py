"""The pytest plugin of a child: which tests run in what order, which fail, and which lines of the rules they pass."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest

from tests.mutants.mutations import PROJECT_DIR, mutated, rules_files

SEEN = "__depter_seen__"


class Judge:
    """Watches lines when the request has no mutation; else runs the tests it names until one fails."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.wanted: dict[str, int] = {name: place for place, name in enumerate(request.get("tests", ()))}
        self.failed: list[str] = []
        self.tests: dict[str, dict[str, Any]] = {}
        self.lines: set[str] = set()
        setattr(builtins, SEEN, lambda line: self.lines.add(line))

    def changes(self) -> dict[str, Callable[[str], CodeType]]:
        """The modules to import otherwise: the mutated one, or all rules with a note at every statement."""
        mutation = self.request.get("mutation")
        if mutation is not None:
            path, number = mutation
            return {_module(path): lambda source: compile(mutated(source, number), path, "exec")}
        paths = [path.relative_to(PROJECT_DIR).as_posix() for path in rules_files()]
        return {_module(path): lambda source, path=path: watched(source, path) for path in paths}

    def found(self, code: int) -> dict[str, Any]:
        """The answer of the child. Without any failure pytest has to say that all went well (or that nothing ran)."""
        broken = None if code in (0, 1) else f"pytest ended with {code}"
        return {"failed": self.failed, "tests": self.tests, "broken": broken}

    def pytest_configure(self, config: pytest.Config) -> None:
        """As a worker of the run: its servers, a database of this child's own."""
        config.workerinput = {"workerid": self.request["worker"], "depter_folder": self.request["folder"]}

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Only what is wanted, the cheapest first; of all there is, only who judges rules."""
        if self.wanted:
            chosen = [item for item in items if item.nodeid in self.wanted]
            items[:] = sorted(chosen, key=lambda item: self.wanted[item.nodeid])
        else:
            items[:] = [item for item in items if item.get_closest_marker("clause") or _tests_rules(item)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """The lines that the world's beginnings pass."""
        self.lines = set()
        try:
            return (yield)
        finally:
            self._entry(item)["setup"] = sorted(self.lines)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """The lines that the test itself passes."""
        self.lines = set()
        try:
            return (yield)
        finally:
            self._entry(item)["call"] = sorted(self.lines)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """What failed, and in which phase."""
        if report.failed:
            self.failed.append(f"{report.nodeid} ({report.when})")
        entry = self.tests.get(report.nodeid)
        if entry is not None:
            entry["seconds"] += report.duration
            entry |= dict(report.user_properties)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot even be read has noticed, too."""
        if report.failed:
            self.failed.append(f"{report.nodeid} (collect)")

    def _entry(self, item: pytest.Item) -> dict[str, Any]:
        fresh = {"setup": [], "call": [], "seconds": 0.0, "database": "database" in item.fixturenames}
        return self.tests.setdefault(item.nodeid, fresh)


def _tests_rules(item: pytest.Item) -> bool:
    return item.path.name.startswith("test_rules")


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def watched(source: str, path: str) -> CodeType:
    """The module with a note before every statement of its functions."""
    tree = ast.parse(source)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        _note_each(function, path)
        after_docstring = 1 if ast.get_docstring(function, clean=False) is not None else 0
        function.body.insert(after_docstring, _note(function.lineno, path))
    return compile(ast.fix_missing_locations(tree), path, "exec")


def _note_each(node: ast.AST, path: str) -> None:
    for _field, body in ast.iter_fields(node):
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            for statement in list(body):
                if not isinstance(statement, ast.FunctionDef) and not _is_docstring(statement):
                    body.insert(body.index(statement), _note(statement.lineno, path))
                    _note_each(statement, path)
        elif isinstance(body, list):
            for part in body:
                if isinstance(part, ast.ExceptHandler | ast.match_case):
                    _note_each(part, path)


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _note(line: int, path: str) -> ast.stmt:
    name = ast.Name(SEEN, ast.Load())
    return ast.Expr(ast.Call(name, [ast.Constant(f"{path}:{line}")], []))
