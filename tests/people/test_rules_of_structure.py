"""Rules of the structure, pure: where a unit may stand, what may end, when a curator may begin."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.people.rules import MAX_UNIT_DEPTH
from app.people.structure_rules import (
    PlacedUnit,
    group_value_problems,
    names_and_code_problems,
    refusal_of_last_day,
    refusal_to_change_curator,
    refusal_to_end_used,
    refusal_to_place_unit,
    refusal_to_use_unit,
)

TODAY = date(2026, 10, 12)
TOP, INSTITUTE, DEPARTMENT, OVER = (new_id() for _ in range(4))
UNITS = {
    TOP: PlacedUnit(None, "university"),
    INSTITUTE: PlacedUnit(TOP, "institute"),
    DEPARTMENT: PlacedUnit(INSTITUTE, "department"),
    OVER: PlacedUnit(TOP, "institute", TODAY),
}


def codes(refused: Invalid | None) -> dict[str, str]:
    return {field: found[0].code for field, found in refused.fields.items()} if refused else {}


@pytest.mark.parametrize(
    "kind, parent, refused",
    [
        ("university", None, {}),
        ("university", TOP, {"parent": "people.unit.wrong_parent"}),
        ("institute", TOP, {}),
        ("college", None, {}),
        ("masters", INSTITUTE, {"parent": "people.unit.wrong_parent"}),
        ("department", INSTITUTE, {}),
        ("department", None, {"parent": "people.unit.wrong_parent"}),
        ("department", DEPARTMENT, {"parent": "people.unit.wrong_parent"}),
        ("department", new_id(), {"parent": "forms.field.not_offered"}),
        ("faculty", TOP, {"kind": "forms.field.not_offered"}),
    ],
)
def test_a_unit_stands_below_one_of_the_right_kind(kind, parent, refused):
    assert codes(refusal_to_place_unit(new_id(), kind, parent, UNITS, TODAY)) == refused


def test_a_unit_is_never_below_itself_and_never_below_one_that_ended():
    assert codes(refusal_to_place_unit(INSTITUTE, "institute", DEPARTMENT, UNITS, TODAY)) == {
        "parent": "people.unit.cycle"
    }
    assert codes(refusal_to_place_unit(TOP, "institute", TOP, UNITS, TODAY)) == {
        "parent": "people.unit.cycle"
    }
    assert refusal_to_place_unit(new_id(), "department", OVER, UNITS, TODAY) is None, "its last day counts"
    tomorrow = TODAY + timedelta(days=1)
    assert codes(refusal_to_place_unit(new_id(), "department", OVER, UNITS, tomorrow)) == {
        "parent": "people.structure.unit_ended"
    }


def test_the_tree_is_not_deeper_than_the_database_allows():
    ids = [new_id() for _ in range(MAX_UNIT_DEPTH)]
    deep = {one: PlacedUnit(above, "institute") for one, above in zip(ids, [None, *ids[:-1]], strict=True)}
    assert refusal_to_place_unit(new_id(), "department", ids[-2], deep, TODAY) is None
    assert codes(refusal_to_place_unit(new_id(), "department", ids[-1], deep, TODAY)) == {
        "parent": "people.unit.too_deep"
    }


def test_the_code_and_the_kyrgyz_name_are_needed_and_nothing_is_too_long():
    assert names_and_code_problems("SE", {"ky": "Кафедра"}) == {}
    assert set(names_and_code_problems("", {"ru": "x" * 201})) == {"code", "name_ky", "name_ru"}
    assert set(names_and_code_problems("x" * 41, {"ky": "x" * 200})) == {"code"}


def test_a_unit_is_used_until_its_last_day_and_only_for_its_kind():
    assert refusal_to_use_unit("unit", UNITS[OVER], ("institute",), TODAY) is None
    after = refusal_to_use_unit("unit", UNITS[OVER], ("institute",), TODAY + timedelta(days=1))
    assert codes(after) == {"unit": "people.structure.unit_ended"}
    for unit in (None, UNITS[DEPARTMENT]):
        assert codes(refusal_to_use_unit("unit", unit, ("institute",), TODAY)) == {
            "unit": "forms.field.not_offered"
        }


def test_what_is_used_is_not_ended_and_the_refusal_counts_what_is_left():
    assert refusal_to_end_used("people.unit.still_used", {"groups": 0, "roles": 0}) is None
    refused = refusal_to_end_used("people.unit.still_used", {"groups": 2, "roles": 0})
    assert refused is not None and refused.params == {"groups": 2, "roles": 0}
    assert refusal_of_last_day(None) is None and refusal_of_last_day(date(2100, 12, 31)) is None
    assert codes(refusal_of_last_day(date(1999, 12, 31))) == {"last": "people.period.out_of_bounds"}


def test_a_curator_begins_after_the_one_before_and_not_after_the_end_of_the_group():
    assert refusal_to_change_curator(TODAY, TODAY - timedelta(days=1), TODAY) is None
    assert codes(refusal_to_change_curator(TODAY, TODAY, None)) == {"from": "people.group.curator_before"}
    assert codes(refusal_to_change_curator(TODAY, None, TODAY - timedelta(days=1))) == {
        "from": "people.group.ended"
    }
    assert codes(refusal_to_change_curator(date(1999, 1, 1), None, None)) == {
        "from": "people.period.out_of_bounds"
    }


def test_a_group_has_a_name_and_a_year_that_there_is():
    assert group_value_problems("ИВТ-1-26", 7) == {} and group_value_problems("ИВТ-1-26", None) == {}
    assert set(group_value_problems("", 8)) == {"name", "year"}
    assert set(group_value_problems("x" * 41, 0)) == {"name", "year"}
