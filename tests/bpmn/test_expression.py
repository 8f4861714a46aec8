"""Conditions: what they mean, and what they can never do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bpmn.errors import ExpressionError
from app.bpmn.expression import parse_condition
from tests.support.any_text import any_text

FACTS: dict[str, Any] = {
    "visa.decision": "approve",
    "visa.points": 7,
    "visa.score": 7.5,
    "visa.urgent": True,
    "visa.kinds": ["typo", "column"],
    "visa.nothing": None,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("visa.decision == 'approve'", True),
        ("visa.decision != 'approve'", False),
        ("visa.decision in ['approve', 'return']", True),
        ("visa.decision not in ('return', 'reject')", True),
        ("'typo' in visa.kinds", True),
        ("'other' in visa.kinds", False),
        ("visa.points > 6 and visa.points <= 7", True),
        ("6 < visa.points < 8", True),
        ("visa.points == 7.0", True),
        ("visa.score >= 7.5", True),
        ("visa.points > -1", True),
        ("visa.urgent", True),
        ("not visa.urgent", False),
        ("visa.urgent == True", True),
        ("True", True),
        ("False or visa.urgent", True),
        ("visa.decision < 'b'", True),
        ("visa.absent == 'approve'", False),
        ("visa.absent != 'approve'", True),
        ("visa.absent == None", True),
        ("visa.nothing == visa.absent", True),
        ("visa.absent in ['approve']", False),
        ("'approve' in visa.absent", False),
        ("visa.absent", False),
        ("not visa.absent", True),
        ("visa.decision == 'approve' or visa.absent > 5", True),
        ("  visa.decision\n  == 'approve'  ".replace("\n", " "), True),
    ],
)
def test_a_condition_means_what_it_says(text: str, expected: bool) -> None:
    assert parse_condition(text).is_true_for(FACTS) is expected


@pytest.mark.parametrize(
    "text",
    [
        "visa.absent > 5",
        "visa.points > visa.decision",
        "visa.points == 'approve'",
        "visa.urgent == 1",
        "visa.urgent < True",
        "visa.kinds < visa.kinds",
        "visa.decision",
        "visa.decision in visa.points",
        "visa.points and True",
    ],
)
def test_values_that_do_not_fit_are_an_error_and_not_a_guess(text: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        parse_condition(text).is_true_for(FACTS)
    assert wrong.value.code == "bpmn.expression.types"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "=",
        "visa.decision = 'x'",
        "1",
        "'approve'",
        "None",
        "[1]",
        "visa",
        "visa.a.b",
        "visa.decision()",
        "a.b if a.c else a.d",
        "(a.b == 1) == True",
        "a.b is None",
        "a.b @ a.c",
        "a.b == 1j",
        "a.b == ...",
        "a.b == 1e999",
        "a.b == 10**2",
        "-a.b == 1",
        "+1 == a.b",
        "~1 == a.b",
        "a.b == [a.c]",
        "a.b == [[1]]",
        "a.b in 'abc'",
        "a._b == 1",
        "а.b == 1",
        "a.b == 1 #" + "x" * 500,
        "not " * 20 + "a.b",
        " or ".join(["a.b"] * 90),
        "a.b == 9999999999999",
    ],
)
def test_what_is_not_listed_cannot_be_written(text: str) -> None:
    with pytest.raises(ExpressionError) as wrong:
        parse_condition(text)
    assert wrong.value.code.startswith("bpmn.expression.")


def test_a_condition_names_the_facts_it_reads() -> None:
    assert parse_condition("a.b == 1 or c.d in ['x'] and not e.f").variable_names == {"a.b", "c.d", "e.f"}


@settings(max_examples=200, deadline=None)
@given(any_text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        condition = parse_condition(text)
    except ExpressionError:
        return
    try:
        assert condition.is_true_for(FACTS) in (True, False)
    except ExpressionError as wrong:
        assert wrong.code == "bpmn.expression.types"


NAMES = st.sampled_from([*FACTS, "visa.absent"])
SCALARS = st.one_of(st.text("ab'\\\"é", max_size=4), st.integers(-9, 9), st.booleans(), st.none())


def literal(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


COMPARISONS = st.builds(
    lambda left, op, right: f"{left} {op} {literal(right)}", NAMES, st.sampled_from(["==", "!="]), SCALARS
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"({a} and {b})", inner, inner),
        st.builds(lambda a, b: f"({a} or {b})", inner, inner),
        st.builds(lambda a: f"(not {a})", inner),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS)
def test_a_condition_agrees_with_python_where_types_fit(text: str) -> None:
    """Python itself is the second opinion here, on text made by this test only."""
    names: dict[str, Any] = {
        "visa": type("Visa", (), {name[5:]: value for name, value in FACTS.items()} | {"absent": None})
    }
    try:
        found = parse_condition(text).is_true_for(FACTS)
    except ExpressionError as wrong:
        assert wrong.code in (
            "bpmn.expression.types",
            "bpmn.expression.too_long",
            "bpmn.expression.too_complex",
        )
        return
    assert found is eval(text, {"__builtins__": {}}, names)
