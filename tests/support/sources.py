"""What the sources of `app` say, read once a process: tests that look for a name, a call or a text ask here."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.support import timing

APP = Path(__file__).resolve().parents[2] / "app"


@dataclass(frozen=True)
class Source:
    """One file of `app`: its calls, the texts it holds, the names it defines, uses or imports."""

    path: Path
    has_docstring: bool
    calls: list[ast.Call] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


@cache
def app_sources() -> list[Source]:
    """Return every file of `app` in the order of its path; what reading them costs is shared by all tests."""
    began = timing.cpu()
    sources = [_read_source(path) for path in sorted(APP.rglob("*.py"))]
    timing.share(timing.cpu() - began)
    return sources


def called(node: ast.Call) -> str:
    """Return the name of what is called, without what stands before its last dot."""
    return str(getattr(node.func, "id", getattr(node.func, "attr", "")))


def _read_source(path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    source = Source(path, ast.get_docstring(tree) is not None or not text.strip())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            source.calls.append(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            source.texts.append(node.value)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            source.names.add(node.name)
        elif isinstance(node, ast.Name):
            source.names.add(node.id)
        elif isinstance(node, ast.alias):
            source.names.add(node.asname or node.name)
    return source
