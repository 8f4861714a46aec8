"""People as their administrators see them: found, paged by key, given roles by somebody else than themselves."""

from __future__ import annotations

import html
import re

import pytest

from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.account import load_person_role_grants
from app.people.models import Person
from app.people.queries import load_people_page
from app.people.rules import kyrgyz_sort_key
from tests.people.staff import PASSWORD
from tests.people.test_sessions import TODAY
from tests.web.browser import Browser, hidden

CODE = r"[2-9A-Z]{4}(-[2-9A-Z]{4}){3}"


@pytest.fixture
def admin(staff, visitor):
    person = staff.person("Админов", login="admin")
    staff.grants(person, "it_admin")
    visitor.enter(person)
    return person


def test_people_are_paged_by_key_in_the_order_of_the_alphabet(visitor, admin, staff):
    with staff.acting():
        for number in range(120):
            family = f"{'АҢӨҮ'[number % 4]}{number:03d}"
            db.session.add(
                Person(id=new_id(), family_name=family, given_name="", sort_key=kyrgyz_sort_key(family, ""))
            )
    path, seen = "/people", []
    while path:
        page = visitor.get(path).text
        seen += re.findall(r'<a href="/people/[0-9a-f-]{36}" translate="no">([^<]+)</a>', page)
        onward = re.search(r'href="(/people\?[^"]*after=[^"]*)"', page)
        path = html.unescape(onward[1]) if onward else ""
    assert len(seen) == len(set(seen)) == 121
    assert seen == [row.name.full for row in load_people_page(TODAY, most=200)]


def test_people_are_found_by_name_and_role(visitor, admin, anna):
    assert "Асанова" in visitor.get("/people?q=асан").text
    assert "Асанова" not in visitor.get("/people?role=auditor").text
    assert "Nobody found" in visitor.get("/people?q=%25%25%25").text


@pytest.mark.parametrize("after", ["x", "~", "x~y", "~~~", "%F0%9F~1"])
def test_a_broken_key_of_a_page_is_no_failure(visitor, admin, after):
    assert visitor.get(f"/people?after={after}").status_code in (200, 422)


def grant(visitor: Browser, person, **changed: str):
    page = visitor.get(f"/people/{person}").text
    fields = {"id": hidden(page, "id"), "role": "curator", "unit": "", "from_": "2026-10-14", "until": ""}
    return visitor.post(f"/people/{person}/roles", **(fields | changed))


@pytest.mark.clause("3.1")
def test_an_administrator_gives_a_role_that_holds_at_once_and_ends_today(app, visitor, admin, staff, anna):
    assert grant(visitor, anna, unit=str(staff.institute)).status_code == 302
    assert "Curator" in Browser(app).enter(anna).get("/account").text
    way = re.search(rf'action="(/people/{anna}/roles/[0-9a-f-]+/end)"', visitor.get(f"/people/{anna}").text)
    assert visitor.post(way[1]).status_code == 302
    assert TODAY in {row.valid_until for row in load_person_role_grants(anna)}


@pytest.mark.clause("3.1")
def test_nobody_gives_himself_a_role(visitor, admin):
    page = visitor.get(f"/people/{admin}").text
    assert "Give a role" not in page
    answer = visitor.post(
        f"/people/{admin}/roles", id=str(new_id()), role="academic_office", from_="2026-10-14"
    )
    assert answer.status_code == 403 and "You cannot give yourself a role" in answer.text
    assert [row.role for row in load_person_role_grants(admin)] == ["it_admin"]


@pytest.mark.parametrize(
    "changed",
    [
        {"role": "dean"},
        {"role": ""},
        {"unit": "x"},
        {"unit": "00000000-0000-0000-0000-000000000000"},
        {"from_": "32.12.2026"},
        {"from_": ""},
        {"until": "2026-10-01"},
        {"until": "x"},
        {"id": "x"},
    ],
)
def test_a_bad_grant_is_shown_again_and_gives_nothing(visitor, admin, anna, changed):
    answer = grant(visitor, anna, **changed)
    assert answer.status_code == 422
    assert [row.role for row in load_person_role_grants(anna)] == ["department_head"]


def test_a_grant_sent_twice_is_one_and_with_other_content_is_stale(visitor, admin, anna):
    same = {"id": str(new_id())}
    assert grant(visitor, anna, **same).status_code == grant(visitor, anna, **same).status_code == 302
    assert len(load_person_role_grants(anna)) == 2
    assert grant(visitor, anna, **same, role="auditor").status_code == 409


def test_a_role_is_ended_only_under_the_person_who_holds_it(visitor, admin, staff, anna):
    other = staff.member("Бакиров", "teacher", staff.department)
    theirs = load_person_role_grants(other)[0].id
    assert visitor.post(f"/people/{anna}/roles/{theirs}/end").status_code == 404
    assert load_person_role_grants(other)[0].valid_until is None


def test_a_code_for_a_new_password_is_shown_once_and_ends_the_old_password(app, visitor, admin, anna):
    page = visitor.post(f"/people/{anna}/password")
    code = re.search(CODE, page.text)[0]
    assert "shown only now" in page.text and page.headers["Cache-Control"] == "private, no-store"
    assert code not in visitor.get(f"/people/{anna}").text
    assert Browser(app).sign_in("asanova", PASSWORD).status_code == 401
    owner = Browser(app)
    owner.get("/activate")
    where = owner.post("/activate", code=code.lower()).headers["Location"]
    assert 'value="asanova"' in owner.get(where).text
    assert owner.post(where, new="кыска", again="кыска").status_code == 422
    assert owner.post(where, new="менин өз сөзүм", again="менин өз сөзүм").status_code == 302
    assert Browser(app).sign_in("asanova", "менин өз сөзүм").status_code == 302


def test_a_closed_account_is_shut_at_once_and_opened_again(app, visitor, admin, anna):
    inside = Browser(app).enter(anna)
    visitor.post(f"/people/{anna}/account", state="close")
    assert inside.get("/account").status_code == 401
    assert Browser(app).sign_in("asanova", PASSWORD).status_code == 401
    assert "Open the account" in visitor.get(f"/people/{anna}").text
    visitor.post(f"/people/{anna}/account", state="open")
    assert Browser(app).sign_in("asanova", PASSWORD).status_code == 302


@pytest.mark.parametrize("path, fields", [("password", {}), ("account", {"state": "close"})])
def test_nobody_keeps_his_own_account_nor_one_that_is_not_there(visitor, admin, path, fields):
    assert visitor.post(f"/people/{admin}/{path}", **fields).status_code == 409
    assert visitor.post(f"/people/{new_id()}/{path}", **fields).status_code == 404
    assert visitor.get("/people").status_code == 200


def test_an_unknown_state_of_an_account_is_refused(visitor, admin, anna):
    assert visitor.post(f"/people/{anna}/account", state="burn").status_code == 422


def test_who_may_only_read_people_sees_no_buttons(visitor, staff, anna):
    visitor.enter(staff.member("Ревизоров", "auditor"))
    page = visitor.get(f"/people/{anna}").text
    assert "asanova" not in page and "Асанова" not in page, "names are masked (7.1)"
    assert "Give a role" not in page and "End the role" not in page and "Print a slip" not in page


def adds(visitor: Browser, **changed: str):
    page = visitor.get("/people").text
    fields = {
        "id": hidden(page, "id"),
        "family_name": "Өмүрова",
        "given_name": "Нур",
        "email": "o@example.kg",
    }
    return visitor.post("/people", **(fields | changed))


def test_a_person_is_added_once_however_often_the_form_is_sent(visitor, admin):
    made = str(new_id())
    first, again = adds(visitor, id=made), adds(visitor, id=made)
    assert first.headers["Location"] == again.headers["Location"] == f"/people/{made}"
    assert len(load_people_page(TODAY, "өмүрова")) == 1
    assert adds(visitor, id=made, family_name="Башка").status_code == 409


@pytest.mark.parametrize(
    "changed, text",
    [
        ({"family_name": " "}, "Please fill this in."),
        ({"patronymic": "н" * 81}, "At most 80 characters"),
        ({"given_name": "н" * 81}, "At most 80 characters"),
        ({"email": "nobody"}, "wrong kind"),
        ({"id": "x"}, "Өмүрова"),
    ],
)
def test_a_bad_person_is_shown_again_with_everything_typed(visitor, admin, changed, text):
    answer = adds(visitor, **changed)
    assert answer.status_code == 422 and text in answer.text
    assert "family_name" in changed or 'value="Өмүрова"' in answer.text
    assert load_people_page(TODAY, "өмүрова") == []


@pytest.mark.clause("3.2")
def test_somebody_without_an_account_gets_a_slip_and_chooses_name_and_password(app, visitor, admin):
    where = adds(visitor).headers["Location"]
    assert "cannot sign in yet" in visitor.get(where).text
    code = re.search(CODE, visitor.post(f"{where}/slip").text)[0]
    own = Browser(app)
    own.get("/activate")
    page = own.post("/activate", code=code).headers["Location"]
    own.get(page)
    chosen = {"new": "менин өз сөзүм", "again": "менин өз сөзүм"}
    assert own.post(page, login=" N.Omurova ", **chosen).status_code == 302
    assert "n.omurova" in visitor.get(where).text
    assert visitor.post(f"{where}/slip").status_code == 409
    assert visitor.post(f"/people/{new_id()}/slip").status_code == 404


@pytest.mark.parametrize(
    ("field", "day"), [("from_", "1999-12-31"), ("until", "2101-01-01"), ("until", "9999-12-31")]
)
def test_a_role_lies_between_2000_and_2100(visitor, admin, anna, field, day):
    answer = grant(visitor, anna, **{field: day})
    assert answer.status_code == 422 and "between the years 2000 and 2100" in answer.text
    place = answer.text.index(f'name="{field.rstrip("_")}"')
    assert place < answer.text.index("between the years") < place + 1200, "the message stands at its field"


def test_the_first_and_the_last_year_are_allowed(visitor, admin, anna):
    assert grant(visitor, anna, from_="2000-01-01", until="2100-12-31").status_code == 302


def test_ending_a_role_asks_and_a_new_one_is_for_the_unit_of_the_person(visitor, admin, staff, anna):
    page = visitor.get(f"/people/{anna}").text
    assert f'value="{staff.department}"' in page
    chosen = re.findall(r'<option\s+value="([0-9a-f-]{36})"[^>]* selected', page)
    assert chosen == [str(staff.department)]
    dialog = re.search(r'<dialog id="confirm-role-.*?</dialog>', page, re.DOTALL)
    assert dialog is not None and "It holds until the end of today" in dialog[0] and "Not now" in dialog[0]
    assert page.count("/end") == dialog[0].count("/end"), "no button ends it without asking"
