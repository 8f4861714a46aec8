"""What holds for every request: language, token, a session that ends mid-form, text nobody can store, headers."""

from __future__ import annotations

import io
import time

import pytest

from app.people import commands
from tests.people.staff import PASSWORD
from tests.support.query_counter import statements
from tests.web.browser import Browser, hidden

LONG = "Мен 20-октябрдан 30-октябрга чейин эмгек өргүүсүндө болом, ордумда Бакиров Айбек калат."
FORM = {"reason": LONG, "from_": "2026-10-20", "until": "2026-10-30", "role": "department_head"}
TO = "/account/substitutes?who=бак"


def expire(clock) -> None:
    clock.advance(hours=13)


def test_a_form_sent_after_the_session_ended_is_shown_again_filled_in(visitor, anna, clock):
    visitor.enter(anna)
    expire(clock)
    late = visitor.post(TO, **FORM)
    assert late.status_code == 401 and "what you typed is kept" in late.text
    again = visitor.post("/sign-in", login="asanova", password=PASSWORD, carry=hidden(late.text, "carry"))
    assert again.status_code == 200 and "Your text is here" in again.text
    assert LONG in again.text and 'name="from" value="2026-10-20"' in again.text
    assert 'action="/account/substitutes?who=' in again.text
    sent = visitor.post(TO, **FORM, id="x", substitute="x")
    assert sent.status_code == 422, "the token of the page shown again is good"


def test_a_wrong_password_on_the_way_loses_nothing(visitor, anna, clock):
    visitor.enter(anna)
    expire(clock)
    late = visitor.post(TO, **FORM)
    wrong = visitor.post("/sign-in", login="asanova", password="no", carry=hidden(late.text, "carry"))
    again = visitor.post("/sign-in", login="asanova", password=PASSWORD, carry=hidden(wrong.text, "carry"))
    assert LONG in again.text


def test_a_form_left_open_while_signing_out_elsewhere_is_kept_too(visitor, anna):
    visitor.enter(anna)
    visitor.post("/sign-out")
    assert hidden(visitor.post(TO, **FORM).text, "carry")


@pytest.mark.clause("3.2")
def test_what_one_person_typed_is_never_shown_to_another(visitor, staff, anna, clock):
    staff.member("Бакиров", "teacher", staff.department)
    staff.grants(staff.person("Чолпонова", login="cholpon"), "teacher", staff.department)
    visitor.enter(anna)
    expire(clock)
    carry = hidden(visitor.post(TO, **FORM).text, "carry")
    other = visitor.post("/sign-in", login="cholpon", password=PASSWORD, carry=carry)
    assert other.status_code == 302 and LONG not in other.text


def test_who_never_had_a_session_here_can_plant_nothing(visitor, anna):
    visitor.get("/sign-in")
    stranger = visitor.post(TO, **FORM)
    assert stranger.status_code == 401 and 'name="carry" value="' not in stranger.text
    assert LONG not in stranger.text and "what you typed is kept" not in stranger.text


def test_what_is_carried_cannot_be_forged(visitor, anna, clock):
    visitor.enter(anna)
    expire(clock)
    carry = hidden(visitor.post(TO, **FORM).text, "carry")
    for forged in (carry[:-2], carry.split(".")[0], "{}", "x" * 1000):
        answer = visitor.post("/sign-in", login="asanova", password=PASSWORD, carry=forged)
        assert answer.status_code == 302
        visitor.get("/account")
        visitor.post("/sign-out")
        visitor.get("/sign-in")


def test_passwords_are_not_carried(visitor, anna, clock):
    visitor.enter(anna)
    expire(clock)
    late = visitor.post("/account/password", old=PASSWORD, new="менин жаңы сөзүм")
    assert late.status_code == 401 and "what you typed is kept" not in late.text


def test_a_program_whose_session_ended_gets_401_in_the_one_shape(visitor, anna, clock):
    visitor.enter(anna)
    expire(clock)
    answer = visitor.json("GET", "/inbox")
    assert answer.status_code == 401
    error = answer.json["error"]
    assert error["code"] == "people.session.needed" and error["remedy"]["url"] == "/sign-in"


def test_a_page_asked_for_while_signed_out_comes_after_signing_in(visitor, anna):
    page = visitor.get("/requests?view=done")
    assert page.status_code == 401 and hidden(page.text, "next") == "/requests?view=done"


def test_signing_in_again_in_another_window_loses_no_text_of_this_one(visitor, anna):
    visitor.enter(anna)
    old = visitor.token
    visitor.post("/sign-out")
    visitor.sign_in("asanova", PASSWORD)
    visitor.token = old
    here = {"Origin": "http://localhost"}
    answer = visitor.post(TO, headers=here, **FORM)
    assert answer.status_code == 400 and LONG in answer.text
    assert visitor.post(TO, **FORM, id="x").status_code == 422, "the new token is good"
    visitor.token = old
    for foreign in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = visitor.post(TO, headers=foreign, **FORM)
        assert answer.status_code == 400 and LONG not in answer.text


def test_a_form_may_stay_open_as_long_as_its_session(visitor, anna, monkeypatch):
    visitor.enter(anna)
    later = time.time() + 8 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert visitor.post("/account/theme", theme="dark").status_code == 302


def test_a_post_without_the_token_changes_nothing(visitor, anna):
    visitor.enter(anna)
    visitor.token = ""
    answer = visitor.post("/account/sessions/end-others")
    assert answer.status_code == 400 and "could not be checked" in answer.text
    assert visitor.json("POST", "/account/theme", {}).json["error"]["code"] == "kernel.input.no_token"


@pytest.mark.parametrize(
    "account, cookie, header, wanted",
    [
        ("ru", "en", "en", "ru"),
        (None, "en", "ru", "en"),
        (None, None, "ru;q=0.9, en;q=0.5", "ru"),
        (None, None, "de, fr", "ky"),
        (None, None, None, "ky"),
        (None, "de", None, "ky"),
        (None, "en-XA", None, "en-XA"),
    ],
)
def test_the_language_is_that_of_account_cookie_browser_in_this_order(
    app, staff, anna, account, cookie, header, wanted
):
    if account:
        with staff.acting(anna) as act:
            commands.set_person_locale(act, account)
    browser = Browser(app, cookie or "").enter(anna)
    headers = {"Accept-Language": header} if header else {}
    assert f'<html lang="{wanted}"' in browser.get("/account", headers=headers).text


def test_the_pseudo_language_exists_in_tests_only(other_app, anna):
    with other_app(env="production") as app:
        assert '<html lang="ky"' in Browser(app, "en-XA").get("/sign-in").text


def test_the_language_is_switched_by_a_form_and_stays(visitor, anna):
    visitor.get("/sign-in")
    answer = visitor.post("/account/locale", locale="ru", next="/sign-in")
    assert answer.headers["Location"] == "/sign-in"
    assert '<html lang="ru"' in visitor.get("/sign-in").text
    visitor.enter(anna)
    visitor.post("/account/locale", locale="ky", next="//evil.example")
    assert '<html lang="ky"' in visitor.get("/account").text
    assert visitor.post("/account/locale", locale="fr").status_code == 422


@pytest.mark.parametrize(
    "path", ["/people?q=%00", "/account?who=a%00b", "/clauses/%00", "/people?role=%00", "/requests?view=%00"]
)
def test_an_address_with_text_nobody_can_store_is_unreadable(staff, visitor, path):
    visitor.enter(staff.member("Админов", "it_admin"))
    assert visitor.get(path).status_code in (404, 422)


def test_a_form_or_json_with_text_nobody_can_store_names_the_field(visitor, anna):
    visitor.enter(anna)
    assert visitor.post("/account/theme", theme="da\x00rk").status_code == 422
    assert visitor.post(TO, reason="\x00").status_code == 422
    assert visitor.json("POST", "/sign-in", {"login": ["\ud800"]}).status_code == 422
    assert visitor.json("POST", "/sign-in", {"a": [{"b": "\x00"}]}).json["error"]["fields"] == {
        "b": ["The request could not be read."]
    }


def test_a_session_in_use_is_noted_at_most_every_five_minutes(visitor, anna, clock):
    visitor.enter(anna)
    with statements() as quiet:
        visitor.get("/clauses")
    clock.advance(minutes=6)
    with statements() as noting:
        visitor.get("/clauses")
    assert not any(line.startswith("UPDATE people.login_session") for line in quiet)
    assert sum(line.startswith("UPDATE people.login_session") for line in noting) == 1


def test_one_statement_a_request_tells_who_comes_in(visitor, anna):
    visitor.enter(anna)
    with statements() as seen:
        visitor.get("/clauses")
    assert sum("people.login_session" in line for line in seen) == 1


def test_messages_nobody_looks_at_do_not_outgrow_the_cookie(visitor, anna):
    visitor.enter(anna)
    for _ in range(40):
        visitor.post("/account/sessions/end-others")
    with visitor.http.session_transaction() as cookie:
        assert 0 < len(cookie["_flashes"]) <= 5
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/no-such-page", "/static/0/depter.css"])
def test_every_answer_carries_strict_headers(visitor, anna, path):
    visitor.enter(anna)
    headers = visitor.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == policy["base-uri"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == ("no-cache" if path.startswith("/static") else "private, no-store")


def test_only_pages_that_draw_diagrams_may_style_elements(visitor, anna):
    visitor.enter(anna)
    assert "style-src-attr 'unsafe-inline'" in visitor.get("/inbox").headers["Content-Security-Policy"]
    assert "unsafe" not in visitor.get("/account").headers["Content-Security-Policy"]


def test_too_large_and_wrong_requests_are_told_as_such(visitor, anna):
    visitor.enter(anna)
    big = (io.BytesIO(b"%PDF" + b"0" * 13_000_000), "big.pdf")
    sent = visitor.send("POST", "/account/theme", data={"csrf_token": visitor.token, "file": big})
    assert sent.status_code == 413 and "12 MB" in sent.text and "choose a smaller file" in sent.text
    assert visitor.json("DELETE", "/account").json["error"]["code"] == "kernel.input.wrong_method"
    assert visitor.get("/no-such-page").status_code == 404


def test_a_failure_nobody_planned_says_a_number_and_nothing_else(app, visitor, anna, monkeypatch):
    def broken() -> None:
        raise RuntimeError("the inside of the machine")

    broken.policy = ("signed_in",)
    monkeypatch.setitem(app.view_functions, "clauses.list_clauses", broken)
    visitor.enter(anna)
    page = visitor.get("/clauses")
    assert page.status_code == 500 and "inside of the machine" not in page.text
    error = visitor.json("GET", "/clauses").json["error"]
    assert error["code"] == "kernel.bug" and len(error["reference"]) == 12


def test_a_route_that_declares_no_policy_is_shut(app, visitor, anna, monkeypatch):
    monkeypatch.setitem(app.view_functions, "clauses.list_clauses", lambda: "open")
    visitor.enter(anna)
    assert visitor.get("/clauses").status_code == 404
    assert Browser(app).get("/clauses").status_code == 401
