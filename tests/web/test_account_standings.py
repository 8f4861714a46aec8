"""Who cannot sign in is listed, and gets a slip from whoever may print it: IT, or the directorate for its students."""

from __future__ import annotations

import re

import pytest

from app.kernel.ids import new_id
from app.people import commands
from app.web.people import account_routes
from tests.people.staff import TERM
from tests.web.browser import Browser
from tests.web.test_people import CODE

LIST, SLIPS = "/people/accounts", "/people/accounts/slips"


def newcomer(staff, family, group=None, role=None):
    """Somebody without an account."""
    with staff.acting() as act:
        person = commands.add_person(
            act, commands.NewPerson(new_id(), family, "Нур", email=f"{family}@example.kg")
        )
        if group is not None:
            commands.start_group_membership(act, new_id(), person, group, TERM, "12")
    if role:
        staff.grants(person, role, staff.institute if role != "student" else None)
    return person


@pytest.fixture
def group(staff):
    return staff.group("ИВТ-2-23")


@pytest.fixture
def students(staff, group):
    return [newcomer(staff, family, group, "student") for family in ("Асанова", "Бакиров")]


@pytest.fixture
def directorate(staff):
    return staff.member("Дирекция", "directorate", staff.institute)


def test_it_prints_slips_of_a_group_once_and_a_student_comes_in_with_one(
    app, visitor, staff, group, students
):
    visitor.enter(staff.member("Админов", "it_admin"))
    newcomer(staff, "Жумабаев", role="teacher")
    page = visitor.get(f"{LIST}?group={group}").text
    assert "Асанова" in page and "Жумабаев" not in page and 'No account: <span translate="no">2' in page
    printed = visitor.post(SLIPS, group=str(group))
    codes = [found[0] for found in re.finditer(CODE, printed.text) if "XXXX" not in found[0]]
    assert printed.status_code == 200 and len(set(codes)) == 2 and "/activate" in printed.text
    assert printed.text.index("Асанова") < printed.text.index("Бакиров")
    assert "Invitation open: <span" in visitor.get(f"{LIST}?group={group}").text
    own = Browser(app)
    assert "I have a slip with a code" in own.get("/sign-in").text
    own.get("/activate")
    way = own.post("/activate", code=f" {codes[0].lower()} ").headers["Location"]
    own.get(way)
    chosen = {"login": "nur", "new": "менин өз сөзүм", "again": "менин өз сөзүм"}
    assert own.post(way, **chosen).status_code == 302
    assert own.get("/student").status_code == 200
    again = visitor.post(SLIPS, group=str(group))
    assert "Асанова" not in again.text and "Бакиров" in again.text and codes[1] not in again.text
    assert own.post("/activate", code=codes[1]).status_code == 422


def test_the_answer_is_the_same_for_each_code_that_opens_nothing(app, visitor, staff, group, students, clock):
    with staff.acting(staff.member("Админов", "it_admin")) as act:
        old = commands.issue_account_slips(act, students)[0].key
    clock.advance(days=15)
    bodies = set()
    for code in (old, "ABCDEFGHJKMNPQRS", "x", ""):
        guest = Browser(app)
        guest.get("/activate")
        answer = guest.post("/activate", code=code)
        bodies.add((answer.status_code, re.search(r"This code opens nothing[^<]*", answer.text)[0]))
    assert len(bodies) == 1


def test_a_directorate_reaches_students_of_its_institute_who_are_nothing_else(
    visitor, staff, group, students, directorate
):
    far_unit = staff.unit(staff.university, "institute", "ECON")
    far_id = staff.group("ЭК-1", far_unit)
    newcomer(staff, "Четтенова", far_id, "student")
    both = newcomer(staff, "Дубалов", group, "student")
    staff.grants(both, "academic_office")
    newcomer(staff, "Мугалимов", role="teacher")
    visitor.enter(directorate)
    page = visitor.get(LIST).text
    assert "Асанова" in page and not any(name in page for name in ("Четтенова", "Дубалов", "Мугалимов"))
    assert f"/people/{students[0]}" not in page, "it reads no pages of people"
    for way in ({"group": str(far_id)}, {"unit": str(far_unit)}, {"group": str(new_id())}):
        assert visitor.post(SLIPS, **way).status_code == 404
    printed = visitor.post(SLIPS)
    assert "Асанова" in printed.text and "Дубалов" not in printed.text and "Четтенова" not in printed.text


@pytest.mark.parametrize("role", ["teacher", "curator", "academic_office", "auditor", "student"])
def test_nobody_else_sees_the_list_or_prints(visitor, staff, group, students, role):
    visitor.enter(staff.member("Башка", role, None if role == "student" else staff.institute))
    assert visitor.get(LIST).status_code == 404
    assert visitor.post(SLIPS, group=str(group)).status_code == 404


def test_too_many_and_nobody_are_refused_and_nothing_is_written(visitor, staff, group, students, monkeypatch):
    visitor.enter(staff.member("Админов", "it_admin"))
    monkeypatch.setattr(account_routes, "MAX_SLIPS", 1)
    answer = visitor.post(SLIPS, group=str(group))
    assert answer.status_code == 422 and "at most 1 people at once" in answer.text
    empty = visitor.post(SLIPS, group=str(group), state="active")
    assert empty.status_code == 422 and "Nobody in this list needs a slip" in empty.text
    assert "people.invitation.made" not in staff.facts()


def test_the_list_is_paged_and_filtered_by_standing(visitor, staff, group, students, clock, monkeypatch):
    admin = staff.member("Админов", "it_admin")
    visitor.enter(admin)
    with staff.acting(admin) as act:
        commands.issue_account_slips(act, students[:1])
    staff.person("Карыпов")
    monkeypatch.setattr(account_routes, "PAGE_SIZE", 1)
    assert "after=" in visitor.get(LIST).text
    found = {
        state: re.findall(
            r'class="leaf-head" translate="no">(?:<a [^>]*>)?(\w+)', visitor.get(f"{LIST}?state={state}").text
        )
        for state in ("none", "open", "never", "active", "expired")
    }
    assert found == {
        "none": ["Бакиров"],
        "open": ["Асанова"],
        "never": ["Карыпов"],
        "active": ["Админов"],
        "expired": [],
    }
    monkeypatch.setattr(account_routes, "PAGE_SIZE", 50)
    searched = visitor.get(f"{LIST}?q=бакир&state=all").text
    assert "Бакиров" in searched and "Асанова" not in searched
    clock.advance(days=14, seconds=-1)
    visitor.enter(admin)
    assert "Асанова" not in visitor.get(f"{LIST}?state=expired").text
    clock.advance(seconds=1)
    assert "Асанова" in visitor.get(f"{LIST}?state=expired").text
