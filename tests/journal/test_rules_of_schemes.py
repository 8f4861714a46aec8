"""Who makes a grading scheme and who writes criteria, by the rules alone (2.3)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from app.journal.gradebook.cell_state import TeachingPeriod
from app.journal.grading.scheme_rules import (
    MAX_CRITERIA_LENGTH,
    refusal_to_add_scheme_version,
    refusal_to_confirm_scheme,
    refusal_to_write_syllabus_criteria,
)
from app.kernel.act import RoleAssignment
from tests.journal.test_rules_of_requests import said

OFFICE, TEACHER = (RoleAssignment("academic_office"),), (RoleAssignment("teacher"),)
HE, OTHER = frozenset({UUID(int=1)}), frozenset({UUID(int=2)})
TEACHERS = (TeachingPeriod(UUID(int=1), "LECTURER", date(2026, 9, 1), None),)
NOT_YOURS = ("journal.scheme.not_yours", None, None)


def test_only_the_office_makes_a_scheme_and_stands_by_it_once_with_its_ground():
    assert refusal_to_add_scheme_version((*TEACHER, *OFFICE)) is None
    assert (
        said(refusal_to_add_scheme_version(TEACHER)) == NOT_YOURS == said(refusal_to_add_scheme_version(()))
    )
    assert refusal_to_confirm_scheme(OFFICE, False, "Окумуштуулар кеңеши, № 4") is None
    assert said(refusal_to_confirm_scheme(TEACHER, False, "№ 4")) == NOT_YOURS
    assert said(refusal_to_confirm_scheme(OFFICE, True, "№ 4")) == ("journal.scheme.confirmed", None, None)
    assert said(refusal_to_confirm_scheme(OFFICE, False, " ")) == ("ground", "forms.field.required", {})


def test_criteria_are_written_by_a_teacher_or_the_head_and_the_scheme_stands_under_results():
    def written(persons=HE, heads=False, criteria="Жооптун толуктугу", extra="", **more: Any):
        changes, signed = more.get("changes", False), more.get("signed", False)
        return said(
            refusal_to_write_syllabus_criteria(persons, heads, TEACHERS, criteria, extra, changes, signed)
        )

    assert written() == () == written(OTHER, heads=True)
    assert written(OTHER) == ("journal.criteria.not_yours", None, None)
    assert written(criteria=" ") == ("criteria", "forms.field.required", {})
    assert written(criteria="а" * MAX_CRITERIA_LENGTH, extra="а" * MAX_CRITERIA_LENGTH) == ()
    long = ("forms.field.too_long", {"max": 6000})
    assert written(criteria="а" * (MAX_CRITERIA_LENGTH + 1)) == ("criteria", *long)
    assert written(extra="а" * (MAX_CRITERIA_LENGTH + 1)) == ("extra", *long)
    assert written(changes=True) == () == written(signed=True)
    assert written(changes=True, signed=True) == ("journal.criteria.scheme_stands", None, None)
