"""Who opens, checks, submits, confirms and returns a journal, and when (1.5.1, 2.1)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.journal.courses.state_rules import (
    BY_HEAD,
    BY_OFFICE,
    CLOSED,
    CONFIRMED,
    DRAFT,
    OPEN,
    SUBMITTED,
    refusal_to_check_journal,
    refusal_to_confirm_journal,
    refusal_to_open_journal,
    refusal_to_return_journal,
    refusal_to_submit_journal,
    refusal_to_take_back_journal,
)
from app.journal.gradebook.entry_rules import refusal_of_journal_state
from app.kernel.act import RoleAssignment
from app.kernel.ids import new_id

HERE, ELSEWHERE = new_id(), new_id()
OFFICE = (RoleAssignment("academic_office"),)
HEAD, OTHER_HEAD = (RoleAssignment("department_head", HERE),), (RoleAssignment("department_head", ELSEWHERE),)
AT = datetime(2026, 12, 20, 6, 0, tzinfo=UTC)


def code(refusal: Any) -> str | None:
    if refusal is None:
        return None
    fields = getattr(refusal, "fields", None)
    return next(iter(fields.values()))[0].code if fields else refusal.code


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        (DRAFT, "journal.offering.draft"),
        (OPEN, None),
        (SUBMITTED, "journal.offering.submitted"),
        (CONFIRMED, "journal.offering.confirmed"),
        (CLOSED, None),
    ],
)
def test_only_an_open_journal_takes_marks_and_a_closed_one_is_refused_by_its_sheet(state, refused):
    refusal = refusal_of_journal_state(HERE, state)
    assert code(refusal) == refused
    assert refusal is None or (refusal.clause is None and refusal.remedy == "journal_state")


def test_the_office_opens_a_draft_with_a_teacher_and_one_with_an_objection_for_a_reason():
    assert refusal_to_open_journal(OFFICE, DRAFT, True, False, "") is None
    assert refusal_to_open_journal(OFFICE, DRAFT, True, True, "Тема кийин кошулат") is None
    assert code(refusal_to_open_journal(OFFICE, DRAFT, True, True, " ")) == "journal.state.objection"
    assert code(refusal_to_open_journal(OFFICE, DRAFT, False, False, "")) == "journal.state.no_teacher"
    assert code(refusal_to_open_journal(OFFICE, SUBMITTED, True, False, "")) == "journal.state.opened_before"
    assert code(refusal_to_open_journal(HEAD, DRAFT, True, False, "")) == "journal.state.office_opens"
    assert code(refusal_to_open_journal(OFFICE, DRAFT, True, True, "x" * 501)) == "forms.field.too_long"


def test_a_teacher_says_before_the_opening_what_is_wrong():
    assert refusal_to_check_journal(True, DRAFT, True, "") is None
    assert refusal_to_check_journal(True, DRAFT, False, "Эки студент жок") is None
    assert code(refusal_to_check_journal(True, DRAFT, False, " ")) == "forms.field.required"
    assert code(refusal_to_check_journal(True, OPEN, True, "")) == "journal.state.opened_before"
    assert code(refusal_to_check_journal(False, DRAFT, True, "")) == "journal.state.teacher_checks"


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ((True, OPEN, 0, AT, 0), None),
        ((True, OPEN, 1, AT, 0), "journal.state.lessons_ahead"),
        ((True, OPEN, 0, AT, 1), "journal.state.rolls_missing"),
        ((True, OPEN, 0, None, 0), "journal.state.no_lessons"),
        ((True, DRAFT, 0, AT, 0), "journal.state.not_open"),
        ((False, OPEN, 0, AT, 0), "journal.state.teacher_submits"),
    ],
)
def test_a_teacher_submits_an_open_journal_whose_lessons_are_over(asked, refused):
    assert code(refusal_to_submit_journal(*asked)) == refused


def test_a_submission_is_taken_back_until_it_is_confirmed():
    assert refusal_to_take_back_journal(True, SUBMITTED) is None
    assert code(refusal_to_take_back_journal(True, CONFIRMED)) == "journal.state.not_submitted"
    assert code(refusal_to_take_back_journal(False, SUBMITTED)) == "journal.state.teacher_submits"


@pytest.mark.parametrize(
    ("roles", "confirmer", "own", "state", "refused"),
    [
        (HEAD, BY_HEAD, False, SUBMITTED, None),
        (OFFICE, BY_OFFICE, False, SUBMITTED, None),
        (OFFICE, BY_HEAD, False, SUBMITTED, "journal.state.not_confirmer"),
        (HEAD, BY_OFFICE, False, SUBMITTED, "journal.state.not_confirmer"),
        (OTHER_HEAD, BY_HEAD, False, SUBMITTED, "journal.state.not_confirmer"),
        (HEAD, BY_HEAD, True, SUBMITTED, "journal.state.own"),
        (HEAD, BY_HEAD, False, OPEN, "journal.state.not_submitted"),
    ],
)
def test_who_confirms_a_journal_is_a_setting_and_nobody_confirms_the_own_submission(
    roles: tuple[RoleAssignment, ...], confirmer: str, own: bool, state: str, refused: str | None
):
    assert code(refusal_to_confirm_journal(roles, HERE, confirmer, own, state)) == refused


def test_a_journal_is_returned_with_a_reason(here: UUID = HERE):
    assert refusal_to_return_journal(HEAD, here, BY_HEAD, SUBMITTED, "Тема жок") is None
    assert refusal_to_return_journal(HEAD, here, BY_HEAD, CONFIRMED, "Тема жок") is None
    assert code(refusal_to_return_journal(HEAD, here, BY_HEAD, SUBMITTED, "")) == "forms.field.required"
    assert (
        code(refusal_to_return_journal(HEAD, here, BY_HEAD, CLOSED, "Тема")) == "journal.state.not_submitted"
    )
    refusal = refusal_to_return_journal(OTHER_HEAD, here, BY_HEAD, SUBMITTED, "Тема")
    assert code(refusal) == "journal.state.not_confirmer"
