"""Conditions of a diagram, evaluated by a small interpreter over a whitelisted syntax tree, without `eval`
and calls.

Allowed: `and or not == != < <= > >= in` and `not in`, literals (text, numbers, True, False, None, lists of
them) and process variables written `<task id>.<field>`. A variable without a value is None. Equality with
None is never an error; ordering with None, and comparing values of different types, is.
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

MAX_EXPRESSION_LENGTH = 500
MAX_EXPRESSION_NODES = 80
MAX_EXPRESSION_DEPTH = 12
MAX_EXPRESSION_NUMBER = 10**12
VARIABLE_PART_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,59}")

_EQUALITY_RESULT_BY_OPERATOR: dict[type[ast.cmpop], bool] = {ast.Eq: True, ast.NotEq: False}
_ORDER_FUNCTION_BY_OPERATOR: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MEMBERSHIP_RESULT_BY_OPERATOR: dict[type[ast.cmpop], bool] = {ast.In: True, ast.NotIn: False}


@dataclass(frozen=True, slots=True)
class ConditionExpression:
    """A parsed condition: its text, the process variables it reads (`task.field`) and its checked tree."""

    text: str
    variable_names: frozenset[str]
    tree: ast.expr

    def is_true_for(self, variables: Mapping[str, Any]) -> bool:
        """Return whether the condition is true for these variables.

        Raises ExpressionError when types do not fit.
        """
        return _require_boolean_none_as_false(_evaluate_node(self.tree, variables))

    def truth_for_known_variables(self, known: Mapping[str, Any]) -> bool | None:
        """Return whether the condition is true whatever the variables missing in `known` are; None if that depends.

        Raises ExpressionError when types do not fit.
        """
        return _truth_of_node_for_known_variables(self.tree, known)


# CPython 3.11 counts the depth of all threads that build a syntax tree in one place (gh-106905): two at once may end in
# SystemError.
_parse_lock = Lock()


def parse_condition(text: str) -> ConditionExpression:
    """Parse a condition. Raises ExpressionError with a code that says what is not allowed."""
    if len(text) > MAX_EXPRESSION_LENGTH:
        raise ExpressionError("bpmn.expression.too_long", limit=MAX_EXPRESSION_LENGTH)
    try:
        with _parse_lock:
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError("bpmn.expression.syntax", detail=str(error)[:120]) from None
    checker = _ConditionChecker()
    checker.check_condition(tree, 0)
    return ConditionExpression(text.strip(), frozenset(checker.names), tree)


class _ConditionChecker:
    """Checker of a syntax tree: refuses every construct that is not listed, and collects the variables it
    reads.

    A condition is true or false; an operand is a value to be compared. One may not be used in place of the
    other.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.count = 0

    def check_condition(self, node: ast.expr, depth: int) -> None:
        self._count_node_within_limits(depth)
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self.check_condition(value, depth + 1)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            self.check_condition(node.operand, depth + 1)
        elif isinstance(node, ast.Compare):
            self._check_comparison(node, depth)
        elif isinstance(node, ast.Attribute):
            self._collect_variable(node)
        elif not (isinstance(node, ast.Constant) and isinstance(node.value, bool)):
            raise _node_not_allowed_error(node)

    def _check_operand(self, node: ast.expr, depth: int) -> None:
        self._count_node_within_limits(depth)
        if isinstance(node, ast.Attribute):
            self._collect_variable(node)
        elif isinstance(node, ast.Constant):
            _check_literal(node)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            if not (isinstance(node.operand, ast.Constant) and type(node.operand.value) in (int, float)):
                raise _node_not_allowed_error(node)
            self._check_operand(node.operand, depth + 1)
        elif isinstance(node, (ast.List, ast.Tuple)):
            for element in node.elts:
                if not isinstance(element, ast.Constant):
                    raise _node_not_allowed_error(element)
                self._check_operand(element, depth + 1)
        else:
            raise _node_not_allowed_error(node)

    def _check_comparison(self, node: ast.Compare, depth: int) -> None:
        for op, right in zip(node.ops, node.comparators, strict=True):
            if (
                type(op) not in _EQUALITY_RESULT_BY_OPERATOR
                and type(op) not in _ORDER_FUNCTION_BY_OPERATOR
                and type(op) not in _MEMBERSHIP_RESULT_BY_OPERATOR
            ):
                raise _node_not_allowed_error(op)
            if type(op) in _MEMBERSHIP_RESULT_BY_OPERATOR and not isinstance(
                right, (ast.List, ast.Tuple, ast.Attribute)
            ):
                raise ExpressionError("bpmn.expression.not_allowed", construct="in without a list")
        for side in (node.left, *node.comparators):
            self._check_operand(side, depth + 1)

    def _collect_variable(self, node: ast.Attribute) -> None:
        if not isinstance(node.value, ast.Name):
            raise _node_not_allowed_error(node)
        if not (
            VARIABLE_PART_PATTERN.fullmatch(node.value.id) and VARIABLE_PART_PATTERN.fullmatch(node.attr)
        ):
            raise ExpressionError("bpmn.expression.name", name=f"{node.value.id}.{node.attr}"[:120])
        self.names.add(f"{node.value.id}.{node.attr}")

    def _count_node_within_limits(self, depth: int) -> None:
        self.count += 1
        if self.count > MAX_EXPRESSION_NODES or depth > MAX_EXPRESSION_DEPTH:
            raise ExpressionError("bpmn.expression.too_complex", limit=MAX_EXPRESSION_NODES)


def _node_not_allowed_error(node: ast.AST) -> ExpressionError:
    literal = f" {type(node.value).__name__}" if isinstance(node, ast.Constant) else ""
    return ExpressionError("bpmn.expression.not_allowed", construct=f"{type(node).__name__}{literal}")


def _check_literal(node: ast.Constant) -> None:
    value = node.value
    plain = value is None or type(value) in (str, int, float, bool)
    if not plain or (type(value) in (int, float) and not abs(value) <= MAX_EXPRESSION_NUMBER):  # type: ignore[arg-type]
        raise _node_not_allowed_error(node)


def _evaluate_node(node: ast.expr, variables: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Compare):
        return _evaluate_comparison(node, variables)
    if isinstance(node, ast.Attribute):
        return variables.get(f"{node.value.id}.{node.attr}")  # type: ignore[attr-defined]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BoolOp):
        wanted = isinstance(node.op, ast.Or)
        for part in node.values:
            if _require_boolean_none_as_false(_evaluate_node(part, variables)) is wanted:
                return wanted
        return not wanted
    if isinstance(node, ast.UnaryOp):
        value = _evaluate_node(node.operand, variables)
        return not _require_boolean_none_as_false(value) if isinstance(node.op, ast.Not) else -value
    return [element.value for element in node.elts]  # type: ignore[attr-defined]


def _truth_of_node_for_known_variables(node: ast.expr, known: Mapping[str, Any]) -> bool | None:
    if isinstance(node, ast.BoolOp):
        decisive = isinstance(node.op, ast.Or)
        parts = [_truth_of_node_for_known_variables(part, known) for part in node.values]
        return decisive if decisive in parts else None if None in parts else not decisive
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        truth = _truth_of_node_for_known_variables(node.operand, known)
        return None if truth is None else not truth
    if any(
        isinstance(part, ast.Attribute) and f"{part.value.id}.{part.attr}" not in known  # type: ignore[attr-defined]
        for part in ast.walk(node)
    ):
        return None
    return _require_boolean_none_as_false(_evaluate_node(node, known))


def _evaluate_comparison(node: ast.Compare, variables: Mapping[str, Any]) -> bool:
    left = _evaluate_node(node.left, variables)
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _evaluate_node(comparator, variables)
        if not _apply_comparison_operator(type(op), left, right):
            return False
        left = right
    return True


def _apply_comparison_operator(op: type[ast.cmpop], left: Any, right: Any) -> bool:
    if op in _MEMBERSHIP_RESULT_BY_OPERATOR:
        if right is None:
            right = []
        if not isinstance(right, list):
            raise ExpressionError("bpmn.expression.types", left="item", right=_value_kind_name(right))
        found = any(_value_kind_name(left) == _value_kind_name(item) and left == item for item in right)
        return found is _MEMBERSHIP_RESULT_BY_OPERATOR[op]
    if op in _EQUALITY_RESULT_BY_OPERATOR and (left is None or right is None):
        return (left is right) is _EQUALITY_RESULT_BY_OPERATOR[op]
    if _value_kind_name(left) != _value_kind_name(right):
        raise ExpressionError(
            "bpmn.expression.types", left=_value_kind_name(left), right=_value_kind_name(right)
        )
    if op in _EQUALITY_RESULT_BY_OPERATOR:
        return bool(left == right) is _EQUALITY_RESULT_BY_OPERATOR[op]
    if _value_kind_name(left) not in ("number", "text"):
        raise ExpressionError(
            "bpmn.expression.types", left=_value_kind_name(left), right=_value_kind_name(right)
        )
    return _ORDER_FUNCTION_BY_OPERATOR[op](left, right)


def _require_boolean_none_as_false(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ExpressionError("bpmn.expression.types", left=_value_kind_name(value), right="truth")


def _value_kind_name(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "list"
