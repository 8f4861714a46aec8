"""1.3.3, 7.1: what an auditor may read by unit, days and kinds, and when his role is in force."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from app.kernel.act import ReadingLimits, RoleAssignment
from app.people.audit_limits_rules import (
    AUDITED_VERBS,
    AUDITOR,
    build_limits,
    may_open_pages_of_verb,
    refusal_of_limits,
    roles_in_force,
)
from app.people.erasure_rules import first_day_of_erasure, refusal_to_erase
from app.people.rules import PERMISSIONS, PermissionScope, is_permitted

OURS, THEIRS = uuid4(), uuid4()
FIRST, LAST = date(2026, 9, 1), date(2026, 12, 31)
DAYS = ReadingLimits(FIRST, LAST)


def reads(verb: str, unit=None, limits=None, *, units=(), days=None) -> bool:
    scope = PermissionScope(units=frozenset(units), days=days)
    return is_permitted([RoleAssignment(AUDITOR, unit, limits)], verb, scope)


@pytest.mark.clause("7.1")
def test_every_verb_of_an_auditor_says_how_it_is_limited():
    assert {verb for verb, reaches in PERMISSIONS.items() if AUDITOR in reaches} == set(AUDITED_VERBS)
    for verb in AUDITED_VERBS:
        assert reads(verb) and may_open_pages_of_verb(RoleAssignment(AUDITOR), verb)


@pytest.mark.clause("7.1")
def test_a_unit_limits_and_closes_what_knows_no_units():
    assert reads("journal.read", OURS, units=(OURS, THEIRS))
    assert not reads("journal.read", OURS, units=(THEIRS,)) and not reads("journal.read", OURS)
    assert not reads("backups.read", OURS, units=(OURS,)) and not reads("audit.read", OURS)
    assert reads("calendar.read", OURS) and reads("processes.read", OURS, ReadingLimits(kinds=frozenset()))


@pytest.mark.clause("7.1")
@pytest.mark.parametrize(
    ("days", "may"),
    [
        ((LAST, date(2027, 1, 5)), True),
        ((date(2027, 1, 1), date(2027, 1, 5)), False),
        ((date(2026, 8, 1), FIRST), True),
        ((date(2026, 8, 1), date(2026, 8, 31)), False),
        (None, False),
    ],
)
def test_days_overlap_by_the_day_and_what_has_no_days_is_closed(days, may):
    assert reads("journal.read", None, DAYS, days=days) is may
    assert reads("people.read", None, DAYS), "a person has no days"


@pytest.mark.clause("7.1")
def test_kinds_leave_the_others_closed():
    only = ReadingLimits(kinds=frozenset({"cases"}))
    assert reads("processes.cases", None, only) and not reads("journal.read", None, only)
    assert not reads("people.read", None, only) and reads("structure.read", None, only)
    assert not may_open_pages_of_verb(RoleAssignment(AUDITOR, None, only), "orders.read")


@pytest.mark.clause("3.1")
def test_an_auditor_acts_in_no_other_role_at_the_same_time():
    audits, teaches = RoleAssignment(AUDITOR), RoleAssignment("teacher", OURS)
    assert roles_in_force([audits, teaches], AUDITOR) == (audits,)
    assert (
        roles_in_force([audits, teaches], None) == roles_in_force([audits, teaches], "teacher") == (teaches,)
    )
    assert roles_in_force([audits], None) == (audits,) and roles_in_force([teaches], AUDITOR) == (teaches,)


@pytest.mark.clause("7.1")
def test_what_is_refused_when_the_role_is_given():
    def refused(role=AUDITOR, until=LAST, limits=None, outside=False, kind=None) -> set[str]:
        found = refusal_of_limits(role, until, limits, from_outside=outside, unit_kind=kind)
        return set(found.fields) if found else set()

    assert refused(outside=True) == set() and refused(outside=True, until=None) == {"until"}
    assert refused(until=None) == set(), "one of the university may stay"
    assert refused("teacher", limits=DAYS) == refused("teacher", outside=True) == {"role"}
    assert refused(limits=ReadingLimits(LAST, FIRST)) == {"covers_until"}
    assert refused(limits=ReadingLimits(LAST, LAST)) == set()
    assert (
        refused(limits=build_limits(None, None, []))
        == refused(limits=build_limits(None, None, ["x"]))
        == {"kinds"}
    )
    assert refused(kind="university") == {"unit"} and refused(kind="institute") == set()
    assert build_limits(None, None, None) is None


@pytest.mark.clause("7.1")
def test_texts_are_erased_only_after_the_years():
    last = date(2021, 1, 1)
    assert first_day_of_erasure(last, 5) == first_day_of_erasure(date(2021, 12, 31), 5) == date(2027, 1, 1)

    def refusal(here: bool, last: date | None, today: date) -> str:
        found = refusal_to_erase(here, last, 5, today)
        return found.code if found else ""

    assert refusal(False, last, date(2026, 12, 31)) == "people.erasure.too_early"
    assert refusal(False, last, date(2027, 1, 1)) == refusal(False, None, date(2026, 1, 1)) == ""
    assert refusal(True, None, date(2099, 1, 1)) == "people.erasure.still_here"
