"""What others ask of people: few statements, the Kyrgyz order, candidates of a step from the unit upwards."""

from __future__ import annotations

from datetime import date, timedelta

from app.kernel.db import db
from app.people import queries
from app.people.models import Person
from tests.people.staff import TERM
from tests.support.query_counter import statements

TODAY = date(2026, 10, 14)


def test_candidates_are_found_by_one_statement_in_the_unit_and_above_with_deputies(staff):
    head = staff.member("Асанова", "directorate", staff.department)
    deputy = staff.member("Бакиров", "directorate", staff.department, deputy=True)
    above = staff.member("Чолпонова", "directorate", staff.institute)
    wide = staff.member("Данияров", "directorate")
    staff.member("Эсенов", "directorate", staff.other)
    staff.member("Жапаров", "teacher", staff.department)
    with statements() as seen:
        found = queries.load_role_holders("directorate", staff.department, TODAY)
    assert len(seen) == 1
    assert [(one.person, one.distance, one.deputy) for one in found] == [
        (head, 0, False),
        (deputy, 0, True),
        (above, 1, False),
        (wide, 99, False),
    ]


def test_a_role_of_the_whole_university_needs_no_unit(staff):
    office = staff.member("Асанова", "academic_office")
    staff.member("Бакиров", "academic_office", staff.department)
    assert [one.person for one in queries.load_role_holders("academic_office", None, TODAY)] == [office]


def test_who_left_or_whose_role_is_over_is_no_candidate(staff):
    left = staff.member("Асанова", "department_head", staff.department)
    over = staff.person("Бакиров")
    staff.grants(over, "department_head", staff.department, TERM, TODAY - timedelta(days=1))
    with staff.acting() as act:
        db.session.get(Person, left).ended_at = act.at
    assert queries.load_role_holders("department_head", staff.department, TODAY) == []


def test_a_unit_knows_those_above_it_and_its_institute(staff):
    assert queries.load_unit_and_ancestor_ids(staff.department) == (
        staff.department,
        staff.institute,
        staff.university,
    )
    assert queries.load_institute_id_or_own_unit_id(staff.department) == staff.institute
    assert queries.load_institute_id_or_own_unit_id(staff.university) == staff.university
    assert queries.load_unit_tree()[staff.department].parent == staff.institute


def test_people_stand_in_the_order_of_the_alphabet_and_are_paged_by_key(staff):
    families = ["Насиров", "Ңаңов", "Оморов", "Өмүров", "Уметов", "Үсөнов"]
    for family in reversed(families):
        staff.person(family)
    seen, after = [], None
    while page := queries.load_people_page(TODAY, after=after, most=2):
        seen += [row.name.full.split()[0] for row in page]
        after = page[-1].id
    assert seen == families


def test_people_are_found_by_a_part_of_name_login_or_role(staff):
    anna = staff.member("Өмүрова", "curator", staff.institute)
    staff.person("Бакиров", login="bakirov")

    def found(**asked: str) -> list[str]:
        return [row.name.full.split()[0] for row in queries.load_people_page(TODAY, **asked)]

    assert found(search="өМҮР") == ["Өмүрова"]
    assert found(search="bakir") == ["Бакиров"]
    assert found(search="омур") == found(search="Омурова айгул") == ["Өмүрова"], "another keyboard"
    assert found(search="Айгүл Өмүр") == found(search=" Өмүр  Айгүл ") == ["Өмүрова"], "in any order"
    assert found(search="Өмүр Бакиров") == found(search="%") == found(search="_") == []
    assert found(role="curator") == ["Өмүрова"] and found(role="auditor") == []
    assert found(search="%") == [] and found(search="_") == [] and found(search="\\") == []
    assert queries.load_people_page(TODAY, role="curator")[0].id == anna


def test_names_of_many_persons_cost_one_statement_and_of_nobody_none(staff):
    persons = [staff.person(family) for family in ("Асанова", "Бакиров")]
    with statements() as seen:
        assert len(queries.load_names([*persons, None, persons[0]])) == 2
        assert queries.load_names([None]) == {}
    assert len(seen) == 1
