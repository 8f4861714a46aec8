"""Who may do what, who gets a step, how names sort: decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.act import RoleAssignment
from app.kernel.ids import new_id
from app.people.assignment_rules import RoleHolder, choose_task_assignment
from app.people.models import ROLES
from app.people.order_rules import first_day_of_next_order
from app.people.rules import (
    PERMISSIONS,
    EnrolmentPeriod,
    PermissionScope,
    compute_unit_depths,
    face_letters,
    full_name,
    is_day_in_period,
    is_permitted,
    kyrgyz_sort_key,
    short_name,
)

UNIT, PARENT, FOREIGN = new_id(), new_id(), new_id()
ANNA, BAKYT, CHOLPON, DANIYAR = (new_id() for _ in range(4))
NONE: frozenset = frozenset()
JOURNAL = PermissionScope(
    units=frozenset({UNIT, PARENT}),
    teachers=frozenset({ANNA}),
    curators=frozenset({CHOLPON}),
    persons=frozenset({DANIYAR}),
)


@pytest.mark.clause("3.1")
def test_a_teacher_writes_the_journals_he_teaches_and_no_other():
    teacher = [RoleAssignment("teacher", UNIT)]
    assert is_permitted(teacher, "journal.write", JOURNAL, frozenset({ANNA}))
    assert not is_permitted(teacher, "journal.write", JOURNAL, frozenset({BAKYT}))


@pytest.mark.clause("3.1")
def test_a_head_reads_what_lies_in_his_unit_or_below_it_and_never_writes():
    for unit in (UNIT, PARENT):
        assert is_permitted([RoleAssignment("department_head", unit)], "journal.read", JOURNAL)
        assert not is_permitted(
            [RoleAssignment("department_head", unit)], "journal.write", JOURNAL, frozenset({ANNA})
        )
    assert not is_permitted([RoleAssignment("department_head", FOREIGN)], "journal.read", JOURNAL)


@pytest.mark.clause("3.1")
def test_a_curator_reads_the_journals_of_his_group_whatever_his_unit_and_never_as_its_teacher():
    for verb in ("journal.read", "marks.read"):
        assert is_permitted([RoleAssignment("curator", FOREIGN)], verb, JOURNAL, frozenset({CHOLPON}))
        assert not is_permitted([RoleAssignment("curator", UNIT)], verb, JOURNAL, frozenset({BAKYT}))
        assert not is_permitted([RoleAssignment("curator", UNIT)], verb, JOURNAL, frozenset({ANNA}))
    assert not is_permitted([RoleAssignment("teacher", UNIT)], "journal.read", JOURNAL, frozenset({CHOLPON}))


def test_a_role_without_a_unit_reaches_nothing_where_a_unit_is_asked():
    assert not is_permitted([RoleAssignment("directorate", None)], "journal.read", JOURNAL)


@pytest.mark.clause("3.1")
def test_nobody_but_its_teacher_writes_a_journal_not_even_it():
    assert [
        role
        for role in ROLES
        if is_permitted(
            [RoleAssignment(role, UNIT), RoleAssignment(role)], "journal.write", JOURNAL, frozenset({ANNA})
        )
    ] == ["teacher"]


@pytest.mark.clause("6.1")
def test_a_student_reads_his_own_marks_only():
    assert is_permitted([RoleAssignment("student")], "marks.read", JOURNAL, frozenset({DANIYAR}))
    assert not is_permitted([RoleAssignment("student")], "marks.read", JOURNAL, frozenset({BAKYT}))
    assert not is_permitted([RoleAssignment("student")], "journal.read", JOURNAL, frozenset({DANIYAR}))


def test_only_an_auditor_reads_the_audit_and_only_it_manages_people():
    assert [role for role in ROLES if is_permitted([RoleAssignment(role)], "audit.read")] == ["auditor"]
    assert [role for role in ROLES if is_permitted([RoleAssignment(role)], "people.manage")] == ["it_admin"]


def test_a_verb_or_a_role_that_nobody_declared_is_denied():
    everybody = [RoleAssignment(role, UNIT) for role in ROLES] + [RoleAssignment(role) for role in ROLES]
    assert not is_permitted(everybody, "journal.burn", JOURNAL, frozenset({ANNA, DANIYAR}))
    assert not is_permitted([RoleAssignment("rector")], "journal.read", JOURNAL, frozenset({ANNA}))
    assert not is_permitted([], "people.read")


def test_the_table_names_known_roles_and_reaches_only():
    assert {role for reaches in PERMISSIONS.values() for role in reaches} <= set(ROLES)
    assert {reach for reaches in PERMISSIONS.values() for reach in reaches.values()} <= {
        "anywhere",
        "unit",
        "teacher",
        "curator",
        "self",
    }


@given(st.sampled_from(sorted(PERMISSIONS)), st.sampled_from(ROLES))
def test_more_hats_never_take_a_right_away(verb, role):
    assignments = [RoleAssignment(role, UNIT)]
    persons = frozenset({ANNA})
    if is_permitted(assignments, verb, JOURNAL, persons):
        assert is_permitted([RoleAssignment("curator", FOREIGN), *assignments], verb, JOURNAL, persons)


def one(person, *, distance=0, deputy=False, substitutes=(), unit=UNIT):
    return RoleHolder(person, unit, distance, deputy, tuple(substitutes))


def given_to(*candidates, excluded=NONE, deputy=False):
    return choose_task_assignment("department_head", UNIT, frozenset(excluded), candidates, deputy=deputy)


def test_one_holder_of_the_role_gets_the_step_himself():
    assert given_to(one(ANNA)).person == ANNA


def test_several_holders_are_a_pool():
    found = given_to(one(ANNA), one(BAKYT))
    assert found.person is None and found.pool == (ANNA, BAKYT) and not found.is_assigned_to_nobody


def test_one_person_holding_the_role_twice_is_one_person():
    assert given_to(one(ANNA), one(ANNA)).person == ANNA


def test_who_is_absent_is_left_out_of_the_pool():
    assert given_to(one(ANNA, substitutes=[CHOLPON]), one(BAKYT)).person == BAKYT


@pytest.mark.clause("3.2")
def test_a_substitute_acts_on_behalf_of_the_absent_holder():
    found = given_to(one(ANNA, substitutes=[CHOLPON]))
    assert (found.person, found.on_behalf_of) == (CHOLPON, ANNA)


def test_a_substitute_who_must_not_decide_is_passed_over_for_the_next_one():
    found = given_to(one(ANNA, substitutes=[BAKYT, CHOLPON]), excluded=[BAKYT])
    assert (found.person, found.on_behalf_of) == (CHOLPON, ANNA)


@pytest.mark.clause("4.4.2")
def test_a_head_who_asked_himself_is_replaced_by_the_deputy():
    found = given_to(one(ANNA), one(BAKYT, deputy=True), excluded=[ANNA])
    assert (found.person, found.on_behalf_of) == (BAKYT, None)


def test_nobody_stands_in_for_a_person_who_must_not_decide():
    found = given_to(one(ANNA, substitutes=[CHOLPON]), one(BAKYT, deputy=True), excluded=[ANNA])
    assert (found.person, found.on_behalf_of) == (BAKYT, None)


def test_excluded_are_persons_in_every_hat_they_wear():
    found = given_to(
        one(ANNA), one(ANNA, deputy=True), one(ANNA, distance=1), one(BAKYT, distance=1), excluded=[ANNA]
    )
    assert found.person == BAKYT


def test_a_deputy_comes_before_an_absent_holder_whose_only_substitute_is_excluded():
    found = given_to(one(ANNA, substitutes=[CHOLPON]), one(BAKYT, deputy=True), excluded=[CHOLPON])
    assert found.person == BAKYT


def test_the_absent_holder_gets_the_step_when_nobody_else_is_left():
    found = given_to(one(ANNA, substitutes=[CHOLPON]), excluded=[CHOLPON])
    assert (found.person, found.on_behalf_of) == (ANNA, None)


def test_the_unit_above_comes_after_everybody_of_the_unit():
    above = one(DANIYAR, distance=1, unit=PARENT)
    assert given_to(above, one(BAKYT, deputy=True), one(ANNA)).person == ANNA
    found = given_to(above, one(BAKYT, deputy=True), one(ANNA), excluded=[ANNA, BAKYT])
    assert (found.person, found.unit) == (DANIYAR, PARENT)


def test_an_escalation_goes_to_the_deputy_first():
    assert given_to(one(ANNA), one(BAKYT, deputy=True), deputy=True).person == BAKYT
    assert given_to(one(ANNA), one(BAKYT, deputy=True), deputy=True, excluded=[BAKYT]).person == ANNA


def test_without_an_escalation_the_holder_comes_first():
    candidates = (one(BAKYT, deputy=True), one(ANNA))
    assert choose_task_assignment("department_head", UNIT, NONE, candidates).person == ANNA


def test_nobody_left_is_said_so():
    assert given_to().is_assigned_to_nobody
    assert given_to(one(ANNA), excluded=[ANNA]).is_assigned_to_nobody


PEOPLE = (ANNA, BAKYT, CHOLPON, DANIYAR)


@given(
    st.lists(
        st.builds(
            RoleHolder,
            st.sampled_from(PEOPLE),
            st.sampled_from((UNIT, PARENT)),
            st.integers(0, 2),
            st.booleans(),
            st.lists(st.sampled_from(PEOPLE), max_size=2).map(tuple),
        ),
        max_size=6,
    ),
    st.frozensets(st.sampled_from(PEOPLE)),
    st.booleans(),
)
def test_no_excluded_person_is_ever_chosen_and_nobody_only_when_all_are_excluded(found, excluded, deputy):
    chosen = choose_task_assignment("directorate", UNIT, excluded, found, deputy=deputy)
    assert not ({chosen.person, chosen.on_behalf_of, *chosen.pool} - {None}) & excluded
    assert chosen.is_assigned_to_nobody == all(candidate.person in excluded for candidate in found)


def test_names_stand_in_the_order_of_the_kyrgyz_alphabet():
    wanted = ["Насиров", "Ңаңов", "Оморов", "Өмүров", "Пак", "Уметов", "Үсөнов", "Фёдоров"]
    shuffled = wanted[3:] + wanted[:3]
    assert sorted(shuffled, key=lambda name: kyrgyz_sort_key(name, "А")) == wanted
    neighbours = ["Гусев", "Ғафуров", "Дамир", "Кужаев", "Қасымов", "Лайлиева", "Уүлов", "Ўринов", "Үсөнов"]
    assert sorted(neighbours[4:] + neighbours[:4], key=lambda name: kyrgyz_sort_key(name, "А")) == neighbours
    assert kyrgyz_sort_key("Хужаев", "А") < kyrgyz_sort_key("Ҳакимов", "А") < kyrgyz_sort_key("Цой", "А")
    assert kyrgyz_sort_key("ЁЛКИН", "а") == kyrgyz_sort_key("ёлкин", "А")
    assert kyrgyz_sort_key("Елисеев", "Я") < kyrgyz_sort_key("Ёлкин", "А") < kyrgyz_sort_key("Жакыпов", "А")


def test_a_name_has_two_lengths_and_no_stray_spaces():
    assert full_name("Асанова", "Айгүл") == "Асанова Айгүл"
    assert short_name("Асанова", "Айгүл", "Кубатовна") == "Асанова А. К."
    assert short_name("Асанова", "") == "Асанова"
    assert full_name(" Асанова ", "", "Кубатовна") == "Асанова Кубатовна"


@pytest.mark.parametrize(
    ("parts", "full", "short", "face"),
    [
        (("Асанова-Бекова", "Айгүл", ""), "Асанова-Бекова Айгүл", "Асанова-Бекова А.", "АА"),
        (("Асан кызы", "Айгүл", ""), "Асан кызы Айгүл", "Асан кызы А.", "АА"),
        (("Токтогул уулу", "Бек", ""), "Токтогул уулу Бек", "Токтогул уулу Б.", "ТБ"),
        (("Токтогул", "Бек", "уулу"), "Токтогул уулу Бек", "Токтогул уулу Б.", "ТБ"),
        (("Асан", "кызы Айгүл", ""), "Асан кызы Айгүл", "Асан кызы А.", "АА"),
        (("Дүйшөев", "Азамат", "Кадыр уулу"), "Дүйшөев Азамат Кадыр уулу", "Дүйшөев А. К.", "ДА"),
        (("Үсөн", "Нур-Айым", ""), "Үсөн Нур-Айым", "Үсөн Н.-А.", "ҮН"),
        (("", "Каныкей", ""), "Каныкей", "Каныкей", "К"),
        (("", "Каныкей", "Темировна"), "Каныкей Темировна", "Каныкей Т.", "КТ"),
        (("Манас", "", ""), "Манас", "Манас", "М"),
        (("", "", ""), "", "", ""),
    ],
)
def test_names_of_every_make_have_a_full_and_a_short_form_and_letters(parts, full, short, face):
    assert (full_name(*parts), short_name(*parts), face_letters(full)) == (full, short, face)


def test_a_missing_part_leaves_no_gap_in_the_order_of_names():
    assert kyrgyz_sort_key("", "Каныкей") == kyrgyz_sort_key("Каныкей", "", "")
    assert kyrgyz_sort_key("Асанов", "", "Бекович") == kyrgyz_sort_key("Асанов", "Бекович")
    assert kyrgyz_sort_key("Асанова", "Я") < kyrgyz_sort_key("Асанова-Бекова", "А")


def test_both_ends_of_a_period_belong_to_it():
    first, last = date(2026, 9, 1), date(2026, 9, 30)
    assert is_day_in_period(first, last, first) and is_day_in_period(first, last, last)
    assert not is_day_in_period(first, last, date(2026, 8, 31)) and not is_day_in_period(
        first, last, date(2026, 10, 1)
    )
    assert is_day_in_period(first, None, date(2036, 1, 1))


def test_depth_counts_from_the_unit_on_top_and_stops_at_a_circle():
    top, below, deepest, one, other, under = (new_id() for _ in range(6))
    above = {deepest: below, below: top, top: None, one: other, other: one, under: one}
    assert compute_unit_depths(above) == {top: 1, below: 2, deepest: 3, one: None, other: None, under: None}
    assert compute_unit_depths({below: top}) == {below: 1}, (
        "a unit above that nobody named counts for nothing"
    )


def test_an_order_of_the_days_after_is_prepared_on_the_first_day_of_a_stay():
    first = date(2026, 9, 1)
    begun = EnrolmentPeriod(new_id(), new_id(), first, None)
    assert first_day_of_next_order([begun], first) == first + timedelta(days=1)
    assert first_day_of_next_order([begun], first + timedelta(days=1)) == first + timedelta(days=1)
    left = replace(begun, ends_on=first + timedelta(days=9))
    assert first_day_of_next_order([left], first) == first + timedelta(days=10)
