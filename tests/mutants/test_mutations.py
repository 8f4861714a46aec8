"""The small lies themselves: what becomes of a source, what is left alone, and how a sample is drawn."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from tests.mutants.mutations import PROJECT_DIR, drawn, mutants, mutated, rules_files

EQUIVALENT = tomllib.loads(Path(__file__).with_name("equivalent.toml").read_text())["equivalent"]

SOURCE = '''"""A rule."""
MOST = 5


def may(age: int, name: str = "x") -> Refused | None:
    """May he?"""
    if age < MOST and not name:
        return Refused("people.age.low", clause="3.1")
    return None
'''


@pytest.fixture
def rule(tmp_path, monkeypatch):
    path = tmp_path / "rules.py"
    path.write_text(SOURCE)
    monkeypatch.setattr("tests.mutants.mutations.PROJECT_DIR", tmp_path)
    return path


def test_boundaries_conditions_guards_numbers_words_and_refusals_are_lied_about(rule):
    told = {(one.kind, one.line, one.key) for one in mutants(rule)}
    assert {
        ("number", 2, "module: MOST = 5 => MOST = 6"),
        ("boundary", 7, "may: age < MOST and (not name) => age <= MOST and (not name)"),
        ("condition", 7, "may: age < MOST and (not name) => age < MOST or not name"),
        ("guard", 7, "may: age < MOST and (not name) => not name"),
        ("guard", 7, "may: if age < MOST and (not name) => never"),
        ("refusal", 8, "may: return Refused('people.age.low', clause='3.1') => return None"),
        (
            "word",
            8,
            "may: return Refused('people.age.low', clause='3.1') => return Refused('people.age.low', clause='9.9')",
        ),
    } <= told
    assert not any("May he" in key or "Refused | None" in key for _kind, _line, key in told)


def test_one_lie_is_told_at_a_time_and_each_has_a_key_of_its_own(rule):
    found = mutants(rule)
    assert len({one.key for one in found}) == len(found)
    plain = ast.unparse(ast.parse(SOURCE))
    assert all(ast.unparse(mutated(SOURCE, one.number)) != plain for one in found)
    assert ast.unparse(ast.parse(SOURCE)) == plain


def test_a_sample_is_the_same_for_a_seed_and_takes_every_kind(rule):
    found = mutants(rule)
    chosen = drawn(found, "a", 6)
    assert chosen == drawn(list(reversed(found)), "a", 6)
    assert {one.kind for one in chosen} == {"boundary", "condition", "guard", "number", "refusal", "word"}
    assert len(drawn(found, "a", 1000)) == len(found)


@pytest.mark.parametrize("path", rules_files(), ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_every_mutation_of_a_rule_is_a_program(path):
    source = path.read_text(encoding="utf-8")
    found = mutants(path)
    assert found and len({one.key for one in found}) == len(found)
    for one in found[:: max(17, len(found) // 12)]:
        compile(mutated(source, one.number), path.name, "exec")


@pytest.mark.parametrize("path", sorted({entry["path"] for entry in EQUIVALENT}))
def test_what_is_listed_as_equivalent_exists(path):
    """A renamed function or a moved file must not leave its entry behind: the mutation would survive again."""
    keys = {one.key for one in mutants(PROJECT_DIR / path)}
    gone = [entry["key"] for entry in EQUIVALENT if entry["path"] == path and entry["key"] not in keys]
    assert gone == [], "rename it in tests/mutants/equivalent.toml"
