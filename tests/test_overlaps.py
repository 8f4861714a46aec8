"""`docs/overlaps.md` answers for every pair of processes that ship, and every proof it names is a test that exists."""

from __future__ import annotations

import ast
import re
from itertools import combinations_with_replacement

import pytest

from app.kernel.settings import PROJECT_DIR

PAGE = (PROJECT_DIR / "docs" / "overlaps.md").read_text(encoding="utf-8")
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)` \|", re.MULTILINE)
ALONE = frozenset(
    {
        "access_request",
        "backup_schedule",
        "commission",
        "contingent_order",
        "grade_sheet",
        "journal_opening",
        "late_sheet",
        "order_review",
        "restore_drill",
        "scheme_approval",
    }
)
"""Processes that speak of no student's cell: what a closed sheet means for the others has a table of its own."""
OF_RESULTS = frozenset({"appeal", "academic_correction", "proposal", "result_dispute"})
"""Processes about module and final results: rows of their own, which no process about a cell of a lesson writes."""


def shipped() -> list[str]:
    return sorted({path.stem for path in (PROJECT_DIR / "workflows").glob("*.bpmn")} - ALONE - OF_RESULTS)


def answered() -> list[frozenset[str]]:
    return [frozenset(pair) for pair in ROW.findall(PAGE)]


@pytest.mark.parametrize("pair", list(combinations_with_replacement(shipped(), 2)), ids="-".join)
def test_every_pair_of_processes_has_one_answer(pair: tuple[str, str]):
    assert answered().count(frozenset(pair)) == 1, f"docs/overlaps.md answers once for {pair}"


def test_every_process_says_what_a_closed_sheet_means_to_it():
    part = PAGE.split("## A sheet is closed")[1].split("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == set(shipped())


def test_every_row_names_its_proof():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    assert [row for row in rows if "proved by" not in row and not PROOF.search(row)] == []


@pytest.mark.parametrize(("file", "name"), sorted(set(PROOF.findall(PAGE))))
def test_every_proof_exists(file: str, name: str):
    tree = ast.parse((PROJECT_DIR / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
