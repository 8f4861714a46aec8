"""Every SQL statement written in `tools/` fits the schema: the server prepares it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
STATEMENT = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\s")
PARAMETER = re.compile(r"%s|%\((\w+)\)s")


def statements() -> list[tuple[str, str]]:
    """Where a statement stands, and its text; a text with a name of a table put in is not one, nor a part of one."""
    found = []
    for path in sorted(TOOLS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        parts = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if (
                node not in parts
                and isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and STATEMENT.match(node.value)
            ):
                found.append((f"{path.relative_to(TOOLS)}:{node.lineno}", node.value))
    return [(where, text) for where, text in found if not text.rstrip().endswith(("FROM", "INTO", ","))]


def numbered(text: str) -> str:
    """The statement with `$1` for its first parameter, and so on; one that has a name has one number."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${numbers.setdefault(found[1] or f'at {found.start()}', len(numbers) + 1)}"

    return PARAMETER.sub(number, text).replace("%%", "%")


@pytest.mark.parametrize(("where", "text"), [pytest.param(*one, id=one[0]) for one in statements()])
def test_a_statement_of_a_tool_fits_the_schema(database, where, text):
    with database.connect() as connection:
        connection.execute(f"PREPARE tried AS {numbered(text)}")


def test_the_statements_of_the_bench_are_found():
    assert sum(where.startswith("bench/") for where, _ in statements()) >= 10
