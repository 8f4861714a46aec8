"""Every event type that the application writes into the audit, read from its source."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from app.kernel.settings import PROJECT_DIR

_PLACES = {"record_audit_event": 1, "AuditEvent": 0}
_MAX_DEPTH = 4


class UnreadableEventType(AssertionError):
    """An event type cannot be told from the source: write a text, a constant or a mapping of constants."""


@lru_cache(maxsize=1)
def _sources() -> Mapping[str, str]:
    return {
        ".".join(path.relative_to(PROJECT_DIR).with_suffix("").parts): path.read_text()
        for path in sorted(Path(PROJECT_DIR, "app").rglob("*.py"))
        if "migrations" not in path.parts
    }


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_sources()[module])


def written_event_types() -> dict[str, str]:
    """Return the event types with a place each that writes them; an f-string is a regular expression, after `re:`."""
    found: dict[str, str] = {}
    for name, place in _PLACES.items():
        for module, function, call in _calls_of(name):
            if (module, function.name) != ("app.audit.record", "record_audit_event"):
                for one in _texts(module, function, _argument(call, place, "event_type"), 0):
                    found.setdefault(one, f"{module}:{call.lineno}")
    return found


def written_object_kinds() -> dict[str, str]:
    """Return the kinds of objects that stand as texts beside an event, with a place each that writes them."""
    found: dict[str, str] = {}
    for name, place in _PLACES.items():
        for module, _function, call in _calls_of(name):
            object_ = _argument(call, place + 1, "object")
            if isinstance(object_, ast.Tuple) and isinstance(object_.elts[0], ast.Constant):
                found.setdefault(str(object_.elts[0].value), f"{module}:{call.lineno}")
    return found


@cache
def _calls_of(name: str) -> list[tuple[str, Any, ast.Call]]:
    """The calls of this name: module, function around it, call."""
    return [
        (module, function, call)
        for module, source in _sources().items()
        if f"{name}(" in source
        for function, call in _calls_in(module)
        if _called_name(call) == name
    ]


@cache
def _calls_in(module: str) -> list[tuple[Any, ast.Call]]:
    return list(_calls(_tree(module)))


def _calls(tree: ast.AST, function: Any = None) -> Iterator[tuple[Any, ast.Call]]:
    for node in ast.iter_child_nodes(tree):
        inside = node if isinstance(node, ast.FunctionDef) else function
        if isinstance(node, ast.Call):
            yield function, node
        yield from _calls(node, inside)


def _called_name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == name), None)
    return named or (call.args[place] if len(call.args) > place else None)


def _texts(module: str, function: Any, node: ast.expr | None, depth: int) -> Iterator[str]:
    where = f"{module}:{getattr(node, 'lineno', '?')}"
    if node is None or depth > _MAX_DEPTH:
        raise UnreadableEventType(where)
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from _texts(module, function, node.body, depth)
        yield from _texts(module, function, node.orelse, depth)
    elif isinstance(node, ast.JoinedStr):
        yield from _texts_of_joined(module, function, node, depth)
    elif isinstance(node, ast.Subscript):
        yield from map(str, getattr(importlib.import_module(module), ast.unparse(node.value)).values())
    elif isinstance(node, ast.Name):
        yield from _texts_of_name(module, function, node, depth)
    elif isinstance(node, ast.Attribute):
        yield from _texts_of_property(module, node, depth)
    else:
        raise UnreadableEventType(where)


def _texts_of_joined(module: str, function: Any, node: ast.JoinedStr, depth: int) -> Iterator[str]:
    """The text with every value of the names in it; a regular expression when one of them cannot be told."""
    parts: list[list[str]] = []
    for one in node.values:
        try:
            value = one.value if isinstance(one, ast.FormattedValue) else one
            parts.append(list(_texts(module, function, value, depth + 1)))
        except UnreadableEventType:
            pattern = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
            yield "re:" + "".join(re.escape(str(part)) if part else "[a-z_]+" for part in pattern)
            return
    yield from map("".join, itertools.product(*parts))


def _texts_of_name(module: str, function: Any, node: ast.Name, depth: int) -> Iterator[str]:
    """A constant, a local variable, or a parameter by every call of its function."""
    constant = getattr(importlib.import_module(module), node.id, None)
    if isinstance(constant, str):
        yield constant
        return
    arguments = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
    found = False
    if node.id in arguments:
        for other, inside, call in _calls_of(function.name):
            passed = _argument(call, arguments.index(node.id), node.id)
            # Another function of this name has no such argument.
            if passed is not None:
                found = True
                yield from _texts(other, inside, passed, depth + 1)
    for part in ast.walk(function):
        targets = part.targets if isinstance(part, ast.Assign) else []
        for target in targets:
            pairs = (
                zip(target.elts, part.value.elts, strict=True)  # type: ignore[union-attr]
                if isinstance(target, ast.Tuple) and isinstance(getattr(part, "value", None), ast.Tuple)
                else [(target, part.value)]  # type: ignore[union-attr]
            )
            for named, value in pairs:
                if isinstance(named, ast.Name) and named.id == node.id:
                    found = True
                    yield from _texts(module, function, value, depth + 1)
    if not found:
        raise UnreadableEventType(f"{module}:{node.lineno} {node.id}")


def _texts_of_property(module: str, node: ast.Attribute, depth: int) -> Iterator[str]:
    """What the methods of this name in the module return."""
    found = [
        part
        for part in ast.walk(_tree(module))
        if isinstance(part, ast.FunctionDef) and part.name == node.attr
    ]
    if not found:
        raise UnreadableEventType(f"{module}:{node.lineno}")
    for method in found:
        for part in ast.walk(method):
            if isinstance(part, ast.Return) and not isinstance(part.value, ast.Call):
                yield from _texts(module, method, part.value, depth + 1)
