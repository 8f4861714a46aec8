"""My account: sessions one can end, a password, whom one stands in for, the assignment in use."""

from __future__ import annotations

import re

import pytest

from app.kernel.ids import new_id
from app.people.account import load_unended_substitutions
from app.people.queries import load_people_page
from app.web.accounts.devices import device_name
from tests.people.staff import PASSWORD
from tests.people.test_sessions import TODAY
from tests.web.browser import Browser, hidden


@pytest.fixture
def bakyt(staff):
    person = staff.person("Бакиров", login="bakirov")
    staff.grants(person, "teacher", staff.department)
    return person


@pytest.mark.parametrize(
    "user_agent, name",
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome, Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Linux"),
        ("curl/8.5", "curl/8.5"),
        ("", "–"),
    ],
)
def test_a_session_is_called_by_its_browser_and_system(user_agent, name):
    assert device_name(user_agent) == name


def ways_to_end(page: str) -> list[str]:
    return re.findall(r'action="(/account/sessions/[0-9a-f-]{36}/end)"', page)


def test_the_list_of_sessions_tells_them_apart_and_ends_one(app, visitor, anna):
    here, there = visitor.enter(anna), Browser(app).enter(anna)
    page = here.get("/account").text
    assert page.count("Test browser") == 2 and "this one" in page
    (way,) = ways_to_end(page)
    assert here.post(way).headers["Location"] == "/account#sessions"
    assert there.get("/account").status_code == 401 and here.get("/account").status_code == 200
    assert ways_to_end(here.get("/account").text) == []


def test_every_other_session_is_ended_at_once(app, visitor, anna, bakyt):
    others = [Browser(app).enter(anna) for _ in range(3)]
    stranger = Browser(app).enter(bakyt)
    visitor.enter(anna)
    visitor.post("/account/sessions/end-others")
    assert {browser.get("/account").status_code for browser in others} == {401}
    assert visitor.get("/account").status_code == stranger.get("/account").status_code == 200


def test_the_session_of_somebody_else_is_as_missing_as_one_that_never_was(app, visitor, anna, bakyt):
    first, second = Browser(app).enter(bakyt), Browser(app).enter(bakyt)
    way = ways_to_end(first.get("/account").text)[0]
    visitor.enter(anna)
    foreign, absent = visitor.post(way), visitor.post(f"/account/sessions/{new_id()}/end")
    assert (foreign.status_code, foreign.data) == (absent.status_code, absent.data)
    assert foreign.status_code == 404
    assert first.get("/account").status_code == second.get("/account").status_code == 200


def test_a_new_password_is_asked_twice_by_its_rules_and_then_works(app, visitor, anna):
    visitor.enter(anna)
    short = visitor.post("/account/password", old=PASSWORD, new="кыска")
    assert short.status_code == 422 and "at least 12 bytes" in short.text
    wrong = visitor.post("/account/password", old="эски", new="менин жаңы сөзүм")
    assert wrong.status_code == 422 and "present password is wrong" in wrong.text
    assert visitor.post("/account/password", old=PASSWORD, new="менин жаңы сөзүм").status_code == 302
    assert Browser(app).sign_in("asanova", "менин жаңы сөзүм").status_code == 302
    assert Browser(app).sign_in("asanova", PASSWORD).status_code == 401


def substitution(visitor: Browser, person, **changed: str):
    page = visitor.get("/account?who=баки").text
    fields = {
        "id": hidden(page, "id"),
        "substitute": str(person),
        "role": "",
        "from_": "2026-10-14",
        "until": "2026-10-20",
        "reason": "Эмгек өргүүсү",
    } | changed
    return visitor.post("/account/substitutes?who=баки", **fields)


def test_a_substitute_is_found_named_and_taken_back(app, visitor, anna, bakyt):
    visitor.enter(anna)
    assert str(bakyt) in visitor.get("/account?who=баки").text
    assert substitution(visitor, bakyt).status_code == 302
    page = visitor.get("/account").text
    assert "Бакиров Айгүл" in page and "all roles" in page
    assert "Асанова Айгүл" in Browser(app).enter(bakyt).get("/account").text
    way = re.search(r'action="(/account/substitutes/[0-9a-f-]+/end)"', page)[1]
    assert visitor.post(way).status_code == 302
    assert load_unended_substitutions(anna, TODAY) == []


@pytest.mark.parametrize(
    "changed, text",
    [
        ({"from_": "tomorrow"}, "This is not a day."),
        ({"until": "2026-10-01"}, "lies before the first"),
        ({"until": "9999-12-31"}, "between the years 2000 and 2100"),
        ({"from_": "1999-12-31"}, "between the years 2000 and 2100"),
        ({"reason": " "}, "Please fill this in."),
        ({"role": "dean"}, "choose one of the offered values"),
    ],
)
def test_a_bad_substitution_says_what_is_wrong_and_keeps_what_was_typed(visitor, anna, bakyt, changed, text):
    visitor.enter(anna)
    answer = substitution(visitor, bakyt, **changed)
    assert answer.status_code == 422 and text in answer.text
    assert f'value="{bakyt}" selected' in answer.text
    assert ('value="Эмгек өргүүсү"' in answer.text) == ("reason" not in changed)
    assert load_unended_substitutions(anna, TODAY) == []


@pytest.mark.parametrize("field", ["id", "substitute"])
def test_a_substitution_with_a_broken_identifier_is_refused(visitor, anna, bakyt, field):
    visitor.enter(anna)
    assert substitution(visitor, bakyt, **{field: "'; DROP TABLE"}).status_code == 422


def test_students_are_not_offered_as_substitutes(visitor, staff, anna):
    staff.member("Бакиева", "student")
    visitor.enter(anna)
    assert "Бакиева" not in visitor.get("/account?who=баки").text
    assert load_people_page(TODAY, "бакиева")


def test_a_student_is_not_asked_who_stands_in_for_him(app, staff, anna):
    student = staff.person("Бакиева", login="bakieva")
    staff.grants(student, "student")
    assert 'id="substitutes"' not in Browser(app).enter(student).get("/account").text
    assert 'id="substitutes"' in Browser(app).enter(anna).get("/account").text


@pytest.mark.clause("3.2")
def test_a_substitute_switches_to_the_absent_person_and_both_names_are_seen(visitor, staff, anna, bakyt):
    staff.stands_in(anna, bakyt, TODAY, TODAY)
    visitor.enter(bakyt)
    assert visitor.post("/account/role", role=f"behalf:{anna}").headers["Location"] == "/inbox"
    page = visitor.get("/inbox").text
    assert "Асанова А." in page and "Бакиров Айгүл" in page
    assert visitor.post("/account/role", role=f"teacher:{staff.department}").headers["Location"] == "/"


@pytest.mark.parametrize("assignment", ["it_admin:", "behalf:{anna}", "", "behalf:", "teacher:nowhere"])
def test_nobody_puts_on_a_hat_that_is_not_his_today(visitor, anna, bakyt, assignment):
    visitor.enter(bakyt)
    answer = visitor.post("/account/role", role=assignment.format(anna=anna))
    assert answer.status_code == 409 and "not yours today" in answer.text


def test_appearance_is_chosen_with_and_without_an_account(visitor, anna):
    visitor.get("/sign-in")
    visitor.post("/account/theme", theme="dark")
    assert 'data-theme="dark"' in visitor.get("/sign-in").text
    visitor.enter(anna)
    assert 'data-theme="auto"' in visitor.get("/account").text
    visitor.post("/account/theme", theme="light")
    assert 'data-theme="light"' in visitor.get("/account").text
    assert visitor.post("/account/theme", theme="pink").status_code == 422
