"""The settings of letters: every kind that concerns somebody, what is obligatory, one button."""

from __future__ import annotations

import re

from app.notices import queries
from tests.web.browser import Browser


def kinds(page: str) -> set[str]:
    return set(re.findall(r'<select id="way-(\w+)"', page))


def test_a_person_chooses_and_finds_it_again(visitor, anna):
    visitor.enter(anna)
    page = visitor.get("/account").text
    assert kinds(page) == {"tasks", "requests", "reminders", "processes"}
    assert (
        "Always at once" in page and "data-clause" not in page.split('id="letters"')[-1].split("</form>")[0]
    )
    assert "08:00" in page
    answer = visitor.post("/account/letters", tasks="at_once", requests="never", reminders="daily")
    assert answer.headers["Location"] == "/account#letters"
    page = visitor.get("/account").text
    assert re.search(r'name="requests".*?value="never" selected', page, re.DOTALL)
    assert queries.load_chosen_channels(anna) == {"tasks": "at_once", "requests": "never"}


def test_each_role_sees_what_concerns_it(app, staff):
    teacher, office, it = (staff.person(name, login=name) for name in ("a", "b", "c"))
    staff.grants(teacher, "teacher", staff.department)
    staff.grants(office, "academic_office", None)
    staff.grants(it, "it_admin", None)
    pages = [Browser(app).enter(person).get("/account").text for person in (teacher, office, it)]
    assert ["journal" in kinds(page) for page in pages] == [True, False, False]
    assert ["imports" in kinds(page) for page in pages] == [False, True, True]


def test_what_is_obligatory_is_refused_without_a_clause_that_does_not_say_so(visitor, anna):
    visitor.enter(anna).get("/account")
    answer = visitor.post("/account/letters", late="never")
    assert (
        answer.status_code == 409
        and "always comes by mail at once" in answer.text
        and "data-clause" not in answer.text
    )
    assert visitor.post("/account/letters", tasks="pigeon").status_code == 422
    assert queries.load_chosen_channels(anna) == {}


def test_who_has_no_address_is_told_so(visitor, anna):
    visitor.enter(anna)
    assert "does not know your address" in visitor.get("/account").text
