"""Ratings are computed from a scheme: parts, rounding, admission, letters, and what makes no scheme."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.journal.grading.initial_schemes import read_shipped_schemes
from app.journal.grading.rating import (
    FINAL,
    GRADED,
    MODULE1,
    NOT_ADMITTED,
    NOT_ATTENDED,
    RatingInputs,
    Scheme,
    compute_rating,
    is_admitted_to_final,
    parse_scheme,
)
from app.kernel.errors import Invalid


def definition(code: str = "KG100") -> dict[str, Any]:
    return next(row["definition"] for row in read_shipped_schemes() if row["code"] == code)


def scheme(code: str = "KG100") -> Scheme:
    return parse_scheme(code, 1, definition(code))


def numbers(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def module(entered: str, *grades: str) -> Any:
    return compute_rating(scheme(), MODULE1, RatingInputs(GRADED, Decimal(entered), numbers(*grades)))


def final(entered: str, one: str, two: str, code: str = "KG100") -> Any:
    modules = (("MODULE1", Decimal(one)), ("MODULE2", Decimal(two)))
    return compute_rating(scheme(code), FINAL, RatingInputs(GRADED, Decimal(entered), (), modules))


@pytest.mark.parametrize("code", [row["code"] for row in read_shipped_schemes()])
def test_every_shipped_scheme_can_be_read(code):
    assert scheme(code).most(FINAL) > 0


def test_a_module_is_the_scaled_mean_of_the_grades_and_the_midterm():
    found = module("8", "80", "75", "90")
    assert found.total == 24
    current, midterm = found.arithmetic["parts"]
    assert (current["mean"], current["points"], midterm["points"]) == ("81.67", "16.33", "8")
    assert (found.arithmetic["sum"], found.arithmetic["total"], found.letter) == ("24.33", "24", None)


@pytest.mark.parametrize(("entered", "total"), [("7.4", 17), ("7.5", 18), ("7.6", 18)])
def test_half_a_point_rounds_up_after_summing(entered, total):
    assert module(entered, "50").total == total


def test_without_a_grade_the_current_part_gives_nothing():
    assert module("8").total == 8
    assert [part["points"] for part in module("8").arithmetic["parts"]] == ["0", "8"]


@pytest.mark.parametrize(
    ("exam", "letter"),
    [
        ("34", "A"),
        ("33", "B"),
        ("27", "B"),
        ("26", "C"),
        ("21", "C"),
        ("20", "D"),
        ("15", "D"),
        ("14", "E"),
        ("8", "E"),
        ("7", "FX"),
    ],
)
def test_the_letter_changes_exactly_at_its_least_total(exam, letter):
    """53 of the modules and the exam: 87 is an A, 86 a B, 61 an E, 60 an FX."""
    assert final(exam, "28", "25").letter == letter


def test_the_final_adds_the_fixed_results_of_the_modules():
    found = final("31.5", "24", "26")
    assert [part["points"] for part in found.arithmetic["parts"]] == ["24", "26", "31.5"]
    assert found.total == 82 and found.letter == "B"


def test_who_did_not_come_or_was_not_admitted_has_no_letter():
    for status in (NOT_ATTENDED, NOT_ADMITTED):
        found = compute_rating(
            scheme(),
            FINAL,
            RatingInputs(status, None, (), (("MODULE1", Decimal(20)), ("MODULE2", Decimal(15)))),
        )
        assert (found.total, found.letter) == (35, None)


def test_an_exam_under_its_least_share_fails_everything():
    assert final("23.9", "20", "20", "MANAS_40").letter == "F"
    assert final("24", "20", "20", "MANAS_40").letter == "C"


@pytest.mark.parametrize(
    ("one", "two", "admitted"), [("15", "15", True), ("15", "14", False), ("30", "0", True)]
)
def test_admission_needs_thirty_of_sixty(one, two, admitted):
    assert is_admitted_to_final(scheme(), (("MODULE1", Decimal(one)), ("MODULE2", Decimal(two)))) is admitted


def broken(**changes: Any) -> dict[str, Any]:
    return definition() | changes


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (
            broken(components={**definition()["components"], "FINAL": [{"key": "exam", "most": 41}]}),
            "not_a_hundred",
        ),
        (
            broken(components={**definition()["components"], "FINAL": [{"key": "current", "most": 40}]}),
            "one_entered_part",
        ),
        (broken(letters=[]), "letters"),
        (broken(letters=list(reversed(definition()["letters"]))), "letters"),
        (broken(letters=definition()["letters"][:-1]), "letters"),
        (broken(**{"pass": 0}), "thresholds"),
        (broken(admission=61), "thresholds"),
        (broken(least_final=101), "thresholds"),
        (broken(makeup_cap=0), "makeup_cap"),
        (broken(makeup_cap=101), "makeup_cap"),
        ({}, "unreadable"),
        (broken(letters=[{"letter": "A"}]), "unreadable"),
    ],
)
def test_figures_that_make_no_scheme_are_refused_by_name(wrong, code):
    with pytest.raises(Invalid) as refused:
        parse_scheme("X", 1, wrong)
    assert refused.value.fields["definition"][0].code == f"journal.scheme.{code}"


@given(
    grades=st.lists(st.integers(0, 1000), max_size=30),
    entered=st.integers(0, 100),
)
def test_a_module_never_leaves_its_bounds(grades, entered):
    found = compute_rating(
        scheme(),
        MODULE1,
        RatingInputs(GRADED, Decimal(entered) / 10, tuple(Decimal(one) / 10 for one in grades)),
    )
    assert 0 <= found.total <= 30


def test_points_of_who_did_not_come_count_for_nothing():
    absent = compute_rating(scheme(), MODULE1, RatingInputs(NOT_ATTENDED, Decimal(8), numbers("50")))
    assert [part["points"] for part in absent.arithmetic["parts"]] == ["10", "0"]
