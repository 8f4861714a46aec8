"""The one search: a case by its number for who may see it, people for who keeps them, one's own journals."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.browser.conftest import PASSWORD
from tests.scenarios.world import World


def apart(deed: Any) -> Any:
    """Run outside the test's application context: each request makes its own, as on a server."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(deed).result()


def signed_in(client: Any, world: World, person: Any, login: str) -> Any:
    """Reads pages as somebody: `read("/search?q=...")`."""
    from app.people.commands import hash_password
    from app.people.models import Account

    world.session.add(Account(person_id=person, login=login, password=hash_password(PASSWORD)))
    world.session.commit()
    world.session.rollback()

    def enter() -> None:
        page = client.get("/sign-in").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        client.post("/sign-in", data={"csrf_token": token, "login": login, "password": PASSWORD})

    apart(enter)
    return lambda path: apart(lambda: client.get(path))


def test_a_case_is_found_by_its_number_only_by_who_may_see_it(app: Any, db_session: Any, clock: Any):
    world = World(db_session, clock)
    number = world.case(world.teacher().requests_correction()).number
    head = signed_in(app.test_client(), world, world.people["department_head"], "head")
    other = signed_in(app.test_client(), world, world.school.person("Бөлөк", "Адам"), "other")
    db_session.rollback()
    assert "/cases/" in head(f"/search?q={number}").headers["Location"]
    answer = other(f"/search?q={number}")
    assert answer.status_code == 200 and "/cases/" not in answer.text


def test_people_are_found_only_by_who_keeps_them(app: Any, db_session: Any, clock: Any):
    world = World(db_session, clock)
    it = signed_in(app.test_client(), world, world.people["it_admin"], "it")
    teacher = signed_in(app.test_client(), world, world.school.lecturer, "teacher")
    db_session.rollback()
    assert "Асанова" in it("/search?q=асанова").text
    found = teacher("/search?q=асанова").text
    assert "/people/" not in found
    assert "/journal/" in teacher("/search?q=ивт").text


def test_the_field_finds_what_it_promises_by_right_of_reading(app: Any, db_session: Any, clock: Any):
    world = World(db_session, clock)
    world.curator()
    roles = {role: world.people[role] for role in ("department_head", "directorate", "curator")}
    reads = {role: signed_in(app.test_client(), world, person, role) for role, person in roles.items()}
    student = world.student
    db_session.rollback()
    for role, read in reads.items():
        assert "/journal/" in read("/search?q=ивт").text, f"{role}: journals of a group"
        assert "/journal/" in read("/search?q=ивт матем").text, f"{role}: group and discipline in any order"
        assert ("/groups/" in read("/search?q=ИВТ").text) == (role != "department_head"), role
    for role in ("directorate", "curator"):
        assert f"/students/{student}" in reads[role]("/search?q=студент00").text, (
            f"{role}: a student in his care"
        )
    assert "/search?q=" in reads["department_head"]("/search?q=студент00").text, (
        "a student leads to his group"
    )
    card = re.compile(r'href="/people/[0-9a-f-]{36}')
    assert not any(card.search(read("/search?q=студент00").text) for read in reads.values())
