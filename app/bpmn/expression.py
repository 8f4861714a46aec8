"""Conditions of a diagram: a small interpreter over a whitelisted syntax tree. No eval, no calls, no surprises.

Allowed: `and or not == != < <= > >= in` and `not in`, literals (text, numbers, True, False, None, lists of them) and
facts written `<task id>.<field>`. A fact without a value is None. Equality with None is never an error; ordering
with None, and comparing values of different types, is.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from app.bpmn.errors import ExpressionError

MAX_LENGTH = 500
MAX_NODES = 80
MAX_DEPTH = 12
MAX_NUMBER = 10**12
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")

_EQUALITY: dict[type[ast.cmpop], bool] = {ast.Eq: True, ast.NotEq: False}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MEMBERSHIP: dict[type[ast.cmpop], bool] = {ast.In: True, ast.NotIn: False}


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed condition: its text, the facts it reads (`task.field`) and its checked tree."""

    text: str
    names: frozenset[str]
    tree: ast.expr

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether the condition is true for these facts. Raises ExpressionError when types do not fit."""
        return _truth(_value(self.tree, facts))


# CPython 3.11 counts the depth of all threads that build a syntax tree in one place (gh-106905): two at once may end in
# SystemError.
_parsing = Lock()


def parse_expression(text: str) -> Expression:
    """Read a condition. Raises ExpressionError with a code that says what is not allowed."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError("bpmn.expression.too_long", limit=MAX_LENGTH)
    try:
        with _parsing:
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError("bpmn.expression.syntax", detail=str(error)[:120]) from None
    checker = _Checker()
    checker.condition(tree, 0)
    return Expression(text.strip(), frozenset(checker.names), tree)


class _Checker:
    """Walks a tree once, refuses every construct that is not listed, and collects the facts it reads.

    A condition is true or false; an operand is a value to be compared. Neither stands in the other's place.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.count = 0

    def condition(self, node: ast.expr, depth: int) -> None:
        self._grow(depth)
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self.condition(value, depth + 1)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.condition(node.operand, depth + 1)
        elif isinstance(node, ast.Compare):
            self._compare(node, depth)
        elif isinstance(node, ast.Attribute):
            self._fact(node)
        elif not (isinstance(node, ast.Constant) and isinstance(node.value, bool)):
            raise _forbidden(node)

    def _operand(self, node: ast.expr, depth: int) -> None:
        self._grow(depth)
        if isinstance(node, ast.Attribute):
            self._fact(node)
        elif isinstance(node, ast.Constant):
            _check_literal(node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            if not (isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float)):
                raise _forbidden(node)
            self._operand(node.operand, depth + 1)
        elif isinstance(node, (ast.List, ast.Tuple)):
            for element in node.elts:
                if not isinstance(element, ast.Constant):
                    raise _forbidden(element)
                self._operand(element, depth + 1)
        else:
            raise _forbidden(node)

    def _compare(self, node: ast.Compare, depth: int) -> None:
        for op, right in zip(node.ops, node.comparators, strict=True):
            if type(op) not in _EQUALITY and type(op) not in _ORDER and type(op) not in _MEMBERSHIP:
                raise _forbidden(op)
            if type(op) in _MEMBERSHIP and not isinstance(right, (ast.List, ast.Tuple, ast.Attribute)):
                raise ExpressionError("bpmn.expression.not_allowed", construct="in without a list")
        for side in (node.left, *node.comparators):
            self._operand(side, depth + 1)

    def _fact(self, node: ast.Attribute) -> None:
        if not isinstance(node.value, ast.Name):
            raise _forbidden(node)
        if not (NAME.fullmatch(node.value.id) and NAME.fullmatch(node.attr)):
            raise ExpressionError("bpmn.expression.name", name=f"{node.value.id}.{node.attr}"[:120])
        self.names.add(f"{node.value.id}.{node.attr}")

    def _grow(self, depth: int) -> None:
        self.count += 1
        if self.count > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionError("bpmn.expression.too_complex", limit=MAX_NODES)


def _forbidden(node: ast.AST) -> ExpressionError:
    literal = f" {type(node.value).__name__}" if isinstance(node, ast.Constant) else ""
    return ExpressionError("bpmn.expression.not_allowed", construct=f"{type(node).__name__}{literal}")


def _check_literal(node: ast.Constant) -> None:
    value = node.value
    plain = value is None or type(value) in (str, int, float, bool)
    if not plain or (type(value) in (int, float) and not abs(value) <= MAX_NUMBER):  # type: ignore[arg-type]
        raise _forbidden(node)


def _value(node: ast.expr, facts: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Compare):
        return _compare(node, facts)
    if isinstance(node, ast.Attribute):
        return facts.get(f"{node.value.id}.{node.attr}")  # type: ignore[attr-defined]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BoolOp):
        wanted = isinstance(node.op, ast.Or)
        for part in node.values:
            if _truth(_value(part, facts)) is wanted:
                return wanted
        return not wanted
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, facts)
        return not _truth(value) if isinstance(node.op, ast.Not) else -value
    return [element.value for element in node.elts]  # type: ignore[attr-defined]


def _compare(node: ast.Compare, facts: Mapping[str, Any]) -> bool:
    left = _value(node.left, facts)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, facts)
        if not _holds(type(op), left, right):
            return False
        left = right
    return True


def _holds(op: type[ast.cmpop], left: Any, right: Any) -> bool:
    if op in _MEMBERSHIP:
        if right is None:
            right = []
        if not isinstance(right, list):
            raise ExpressionError("bpmn.expression.types", left="item", right=_kind(right))
        found = any(_kind(left) == _kind(item) and left == item for item in right)
        return found is _MEMBERSHIP[op]
    if op in _EQUALITY and (left is None or right is None):
        return (left is right) is _EQUALITY[op]
    if _kind(left) != _kind(right):
        raise ExpressionError("bpmn.expression.types", left=_kind(left), right=_kind(right))
    if op in _EQUALITY:
        return bool(left == right) is _EQUALITY[op]
    if _kind(left) not in ("number", "text"):
        raise ExpressionError("bpmn.expression.types", left=_kind(left), right=_kind(right))
    return _ORDER[op](left, right)


def _truth(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ExpressionError("bpmn.expression.types", left=_kind(value), right="truth")


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "list"
