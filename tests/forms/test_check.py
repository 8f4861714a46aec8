"""What answers a form takes, and by which code it refuses the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forms.form_file import Form, FormField, OfferedValue, parse_form
from app.forms.schema import check_form_answers
from app.forms.shared import read_expanded_form_text
from app.kernel.errors import FieldProblem, Invalid
from tests.support.any_text import any_text

FORMS = Path(__file__).parents[2] / "forms"
ID = "0197a1c2-0000-7000-8000-000000000001"
CELL = {"lesson": ID, "student": ID, "kind": "GRADE", "version": 0, "new": "8.5"}
NAMES = {"ky": "Аты", "ru": "Имя", "en": "Name"}
SENT = {"change_set": [CELL], "error_kind": "typo", "reason": "Катар жаңылыш болду"}


def _shipped(task: str) -> Form:
    return parse_form(read_expanded_form_text(FORMS / f"late_correction.{task}.form").encode())


def _one(kind: str, **rules: Any) -> Form:
    return Form("one", (FormField("it", kind, NAMES, {}, **rules),))


def _problems(form: Form, answers: dict[str, Any]) -> dict[str, list[FieldProblem]]:
    with pytest.raises(Invalid) as refused:
        check_form_answers(form, answers)
    return refused.value.fields


def _codes(form: Form, answers: dict[str, Any]) -> dict[str, str]:
    return {key: found[0].code for key, found in _problems(form, answers).items()}


def test_a_whole_request_is_taken() -> None:
    assert check_form_answers(_shipped("start"), {**SENT, "files": [ID]}) == {**SENT, "files": [UUID(ID)]}


def test_an_empty_request_is_asked_for_everything_at_once() -> None:
    wanted = dict.fromkeys(("change_set", "error_kind", "reason"), "forms.field.required")
    assert _codes(_shipped("start"), {"change_set": [], "reason": "  "}) == wanted


def test_a_field_the_form_has_not_is_refused() -> None:
    assert _codes(_shipped("start"), {**SENT, "role": "it_admin"}) == {"role": "forms.field.unknown"}


@pytest.mark.parametrize("task", ["endorse_department_head", "forward_directorate", "decide_academic_office"])
@pytest.mark.parametrize("decision", ["return", "reject"])
def test_who_refuses_says_why(task: str, decision: str) -> None:
    assert _codes(_shipped(task), {"decision": decision}) == {"reason": "forms.field.required"}
    assert _codes(_shipped(task), {"decision": decision, "reason": "жок"}) == {
        "reason": "forms.field.too_short"
    }
    given = {"decision": decision, "reason": "Далил жок"}
    assert check_form_answers(_shipped(task), given) == given


def test_only_the_academic_office_reclassifies_and_says_why() -> None:
    office = _shipped("decide_academic_office")
    assert _codes(office, {"decision": "reclassify"}) == {"reason": "forms.field.required"}
    given = {"decision": "reclassify", "reason": "Билим баасы талашта"}
    assert _codes(_shipped("forward_directorate"), given) == {"decision": "forms.field.not_offered"}


def test_the_release_approves_without_a_reason_and_rejects_nothing() -> None:
    assert check_form_answers(_shipped("release_it"), {"decision": "approve"}) == {"decision": "approve"}
    refused = {"decision": "reject", "reason": "Далил жок"}
    assert _codes(_shipped("release_it"), refused) == {"decision": "forms.field.not_offered"}


def test_a_rework_is_withdrawn_bare_and_sent_again_whole() -> None:
    rework = _shipped("rework_teacher")
    assert check_form_answers(rework, {"decision": "withdraw"}) == {"decision": "withdraw"}
    assert set(_codes(rework, {"decision": "resubmit"})) == {"change_set", "error_kind", "reason"}
    given = {**SENT, "decision": "resubmit"}
    assert check_form_answers(rework, given) == given


def test_a_length_is_told_by_its_bound() -> None:
    form = _one("textarea", min_length=3, max_length=5)
    assert _problems(form, {"it": "аб"})["it"] == [FieldProblem("forms.field.too_short", {"min": 3})]
    assert _problems(form, {"it": "абвгде"})["it"] == [FieldProblem("forms.field.too_long", {"max": 5})]


def test_a_line_break_counts_once_and_blanks_at_the_ends_not_at_all() -> None:
    assert check_form_answers(_one("textarea", max_length=3), {"it": " а\r\nб "}) == {"it": "а\nб"}


def test_a_number_is_told_by_both_bounds() -> None:
    form = _one("number", min=1, max=8)
    assert check_form_answers(form, {"it": "2.5"}) == {"it": "2.5"}
    assert _problems(form, {"it": "9"})["it"] == [
        FieldProblem("forms.field.out_of_range", {"min": 1, "max": 8})
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5),
        ("text", "a\x00b"),
        ("radio", ["x"]),
        ("number", ["5"]),
        ("date", ["2026-12-31"]),
        ("checkbox", "perhaps"),
        ("file", "x"),
        ("file", ["x"]),
        ("file", [7]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(kind: str, value: Any) -> None:
    assert _codes(_one(kind), {"it": value}) == {"it": "forms.field.wrong_type"}


def test_a_select_takes_what_it_offers_and_leaves_choices_to_who_offers_them() -> None:
    offered = _one("select", values=(OfferedValue("a", NAMES),))
    assert check_form_answers(offered, {"it": "a"}) == {"it": "a"}
    assert _codes(offered, {"it": "b"}) == {"it": "forms.field.not_offered"}
    elsewhere = _one("select", choices_source="teachers")
    assert check_form_answers(elsewhere, {"it": ID}) == {"it": ID}
    assert _codes(elsewhere, {"it": "x" * 101}) == {"it": "forms.field.not_offered"}


def test_days_and_ticks_become_what_facts_can_carry() -> None:
    assert check_form_answers(_one("date"), {"it": "2026-11-23"}) == {"it": "2026-11-23"}
    assert check_form_answers(_one("checkbox"), {"it": "true"}) == {"it": True}


def test_five_files_fit_and_six_do_not() -> None:
    assert len(check_form_answers(_one("file"), {"it": [ID] * 5})["it"]) == 5
    assert _codes(_one("file"), {"it": [ID] * 6}) == {"it": "files.file.too_many"}


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "EXAM"},
        {"version": -1},
        {"version": True},
        {"version": "1"},
        {"lesson": "x"},
        {"student": None},
        {"new": 8},
        {"new": "9" * 21},
        {"old": "7"},
    ],
)
def test_a_cell_that_cannot_be_read_is_refused(broken: dict[str, Any]) -> None:
    found = _codes(_one("change_set"), {"it": [{**CELL, **broken}]})
    assert found == {"it": "journal.change_set.unreadable"}


def test_sixty_cells_fit_and_sixty_one_do_not() -> None:
    assert len(check_form_answers(_one("change_set"), {"it": [CELL] * 60})["it"]) == 60
    assert _problems(_one("change_set"), {"it": [CELL] * 61})["it"] == [
        FieldProblem("journal.change_set.too_many", {"max": 60})
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["decision", "change_set", "error_kind", "reason", "files", "other"])


@given(st.dictionaries(KEYS, JSON))
@settings(max_examples=200, deadline=None)
def test_whatever_is_sent_is_taken_or_refused_and_never_breaks(answers: dict[str, Any]) -> None:
    try:
        check_form_answers(_shipped("rework_teacher"), answers)
    except Invalid as refused:
        assert all(found for found in refused.fields.values())
