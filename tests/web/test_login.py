"""Coming in: what is checked, what is slowed down, what the cookie holds, where one is led."""

from __future__ import annotations

import re

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from app.people.commands import passwords
from app.people.models import Person
from tests.people.staff import PASSWORD
from tests.web.browser import Browser, hidden

INBOX = "/inbox"


def test_who_gives_name_and_password_is_led_to_his_day(visitor, anna):
    answer = visitor.sign_in("asanova", PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert visitor.get("/").headers["Location"] == INBOX
    assert visitor.get(INBOX).status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor, anna):
    cookie = visitor.sign_in("asanova", PASSWORD).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    with visitor.http.session_transaction() as held:
        assert set(held) <= {"key", "csrf_token"}


def test_behind_https_the_cookie_travels_encrypted_only(other_app, anna):
    with other_app(public_url="https://journal.example.kg") as app:
        browser = Browser(app)
        browser.get("/sign-in", base_url="https://journal.example.kg")
        answer = browser.send(
            "POST",
            "/sign-in",
            data={"login": "asanova", "password": PASSWORD, "csrf_token": browser.token},
            base_url="https://journal.example.kg",
            headers={"Referer": "https://journal.example.kg/sign-in"},
        )
        assert answer.status_code == 302
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "max-age=" in answer.headers["Strict-Transport-Security"]


def test_a_session_offered_before_signing_in_is_not_taken_over(visitor, anna):
    visitor.get("/sign-in")
    with visitor.http.session_transaction() as cookie:
        cookie["key"] = "chosen by somebody else"
    visitor.sign_in("asanova", PASSWORD)
    with visitor.http.session_transaction() as cookie:
        assert cookie["key"] != "chosen by somebody else"


def test_a_wrong_password_keeps_what_was_typed_but_the_password(visitor, anna):
    answer = visitor.sign_in("asanova", "wrong-wrong", next="/requests")
    assert answer.status_code == 401
    assert "User name or password is wrong." in answer.text and "wrong-wrong" not in answer.text
    assert hidden(answer.text, "next") == "/requests" and 'value="asanova"' in answer.text


@pytest.mark.parametrize("login, password", [("", PASSWORD), ("asanova", ""), ("  ", "x")])
def test_half_a_sign_in_is_asked_for_the_other_half(visitor, anna, login, password):
    answer = visitor.sign_in(login, password, next="/requests")
    assert answer.status_code == 422 and hidden(answer.text, "next") == "/requests"


@pytest.mark.parametrize(
    "target, followed",
    [
        ("/requests?view=done", "/requests?view=done"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("inbox", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_only_paths_of_ours_are_followed(visitor, anna, target, followed):
    assert visitor.sign_in("asanova", PASSWORD, next=target).headers["Location"] == followed


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(app, visitor, anna):
    visitor.sign_in("asanova", PASSWORD)
    with visitor.http.session_transaction() as cookie:
        key = cookie["key"]
    visitor.get(INBOX)
    assert visitor.post("/sign-out").headers["Location"] == "/sign-in"
    copy = Browser(app)
    with copy.http.session_transaction() as cookie:
        cookie["key"] = key
    assert copy.get(INBOX).status_code == 401


def test_a_program_signs_in_with_json_and_gets_the_next_token(visitor, anna):
    visitor.get("/sign-in")
    answer = visitor.json("POST", "/sign-in", {"login": "asanova", "password": PASSWORD})
    assert answer.status_code == 200 and answer.json["person"] == str(anna)
    visitor.token = answer.json["csrf"]
    assert visitor.json("PUT", "/cases/start/not-an-id/draft", {}).status_code == 404


@pytest.mark.parametrize(
    "body, status, code",
    [
        ({"login": "asanova", "password": "wrong"}, 401, "people.sign_in.wrong"),
        ({"login": "asanova"}, 422, "kernel.input.invalid"),
        (["asanova", PASSWORD], 422, "kernel.input.invalid"),
        ("asanova", 422, "kernel.input.invalid"),
        ({"login": {"a": 1}, "password": 7}, 401, "people.sign_in.wrong"),
        ({"login": "asanova\x00", "password": "x"}, 422, "kernel.input.invalid"),
    ],
)
def test_a_program_with_a_bad_sign_in_is_told_in_the_one_shape(visitor, anna, body, status, code):
    visitor.get("/sign-in")
    answer = visitor.json("POST", "/sign-in", body)
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert set(answer.json["error"]) >= {"code", "message", "clause", "remedy"}


def from_address(browser: Browser, address: str, login: str, password: str) -> int:
    browser.get("/sign-in")
    fields = {"csrf_token": browser.token, "login": login, "password": password}
    answer = browser.send("POST", "/sign-in", data=fields, environ_overrides={"REMOTE_ADDR": address})
    return int(answer.status_code)


def leaves(browser: Browser) -> None:
    browser.get("/account")
    assert browser.post("/sign-out").status_code == 302


def test_guessing_at_one_login_is_slowed_down_whoever_guesses(visitor, staff, anna):
    staff.person("Бакиров", login="bakirov")
    answers = [visitor.sign_in(" ASANOVA "[number % 2 :], "guess").status_code for number in range(9)]
    assert answers == [401] * 8 + [429]
    late = visitor.sign_in("asanova", PASSWORD, next="/requests", carry="kept")
    assert late.status_code == 429 and "wait five minutes" in late.text
    assert (hidden(late.text, "next"), hidden(late.text, "carry")) == ("/requests", "kept")
    assert visitor.sign_in("bakirov", PASSWORD).status_code == 302


def test_nobody_locks_a_colleague_out_from_elsewhere(app, visitor, anna):
    assert [from_address(visitor, "10.0.0.1", "asanova", "guess") for _ in range(9)][-1] == 429
    assert from_address(Browser(app), "10.0.0.2", "asanova", PASSWORD) == 302


def test_a_browser_that_the_person_has_used_goes_free(app, visitor, anna):
    own = Browser(app)
    assert from_address(own, "10.0.0.1", "asanova", PASSWORD) == 302
    leaves(own)
    assert [from_address(visitor, "10.0.0.1", "asanova", "guess") for _ in range(9)][-1] == 429
    assert from_address(own, "10.0.0.1", "asanova", PASSWORD) == 302


def test_in_a_known_browser_guessing_is_slowed_down_too(app, anna):
    own = Browser(app)
    from_address(own, "10.0.0.1", "asanova", PASSWORD)
    leaves(own)
    answers = [from_address(own, f"10.0.0.{number}", "asanova", "guess") for number in range(9)]
    assert answers == [401] * 8 + [429]


def test_the_cookie_of_a_known_browser_names_nobody_and_cannot_be_made(app, visitor, anna):
    cookie = visitor.sign_in("asanova", PASSWORD).headers.getlist("Set-Cookie")
    (device,) = [one for one in cookie if one.startswith("device=")]
    assert "asanova" not in device and "HttpOnly" in device and "SameSite=Lax" in device
    stranger = Browser(app)
    stranger.http.set_cookie("device", "WyJhc2Fub3ZhIl0.made-up")
    assert [from_address(stranger, "10.0.0.1", "asanova", "guess") for _ in range(9)][-1] == 429


def test_guessing_at_many_logins_from_one_address_is_slowed_down(app, visitor, staff, anna, monkeypatch):
    visitor.get("/sign-in")
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("none")
    monkeypatch.setattr(
        passwords, "_dummy_password_hash", lambda: cheap
    )  # hashes of full cost take 30 ms of CPU each
    own = Browser(app)
    own.sign_in("asanova", PASSWORD)
    leaves(own)
    for number in range(300):
        answer = visitor.post(
            "/sign-in", {"Accept": "application/json"}, login=f"nobody{number}", password="guess"
        )
        assert answer.status_code == 401
    staff.person("Бакиров", login="bakirov")
    assert visitor.sign_in("bakirov", PASSWORD).status_code == 429
    assert own.sign_in("asanova", PASSWORD).status_code == 302


@pytest.mark.parametrize(("proxies", "expected"), [(0, 429), (1, 302)])
def test_behind_a_proxy_the_real_address_counts_only_when_the_proxy_is_trusted(
    other_app, anna, proxies, expected
):
    def comes(browser: Browser, address: str, password: str) -> int:
        browser.get("/sign-in")
        fields = {"csrf_token": browser.token, "login": "asanova", "password": password}
        headers = {"X-Forwarded-For": address}
        return int(browser.send("POST", "/sign-in", data=fields, headers=headers).status_code)

    with other_app(trusted_proxies=proxies) as app:
        guesser = Browser(app)
        assert [comes(guesser, "203.0.113.7", "guess") for _ in range(9)][-1] == 429
        assert comes(Browser(app), "203.0.113.8", PASSWORD) == expected


@pytest.mark.clause("3.2")
def test_who_finds_a_session_open_cannot_try_passwords(visitor, anna):
    visitor.sign_in("asanova", PASSWORD)
    visitor.get("/account")
    new = "төрт башка сөз керек"
    answers = [visitor.post("/account/password", old="guess", new=new).status_code for _ in range(9)]
    assert answers == [422] * 8 + [429]
    late = visitor.post("/account/password", old=PASSWORD, new=new)
    assert late.status_code == 429 and "Please wait five minutes." in late.text


def test_signing_in_rightly_is_never_counted(app, anna):
    for _ in range(10):
        assert Browser(app).sign_in("asanova", PASSWORD).status_code == 302


def test_without_redis_guessing_is_still_slowed_down_and_nothing_else_is(other_app, anna):
    with other_app(redis_url="unix:///nowhere/valkey.sock") as app:
        browser = Browser(app)
        answers = [browser.sign_in("asanova", "guess").status_code for _ in range(9)]
        assert answers == [401] * 8 + [429]
        assert {browser.get("/sign-in").status_code for _ in range(20)} == {200}


def test_signing_in_needs_the_token_of_the_page(visitor, anna):
    visitor.get("/sign-in")
    visitor.token = ""
    assert visitor.post("/sign-in", login="asanova", password=PASSWORD).status_code == 400
    assert visitor.get(INBOX).status_code == 401


def test_the_demo_offers_its_accounts_and_no_other_installation_does(other_app, visitor, anna, tmp_path):
    (tmp_path / "demo-accounts.txt").write_text("asanova\tsecret words\tTeacher\tАсанова Айгүл\n")
    with other_app(env="demo", data_dir=tmp_path) as app:
        assert "Асанова Айгүл" in Browser(app).get("/sign-in").text
    with other_app(env="production", data_dir=tmp_path) as app:
        assert "secret words" not in Browser(app).get("/sign-in").text


def test_who_is_in_already_is_led_home(visitor, anna):
    visitor.enter(anna)
    assert visitor.get("/sign-in").headers["Location"] == "/"
    assert visitor.get("/?x=1").status_code == 302


@pytest.mark.parametrize(
    "role, home",
    [
        ("student", "/student"),
        ("teacher", "/journal"),
        ("auditor", "/audit"),
        ("curator", "/groups"),
        ("directorate", "/setup"),
        ("it_admin", "/setup"),
        ("process_admin", "/inbox"),
    ],
)
def test_each_role_begins_where_its_day_begins(staff, visitor, role, home):
    """In a university without lessons: who has a part in moving in begins with its steps."""
    visitor.enter(staff.member("Асанова", role, staff.institute))
    assert visitor.get("/").headers["Location"] == home
    assert visitor.get(home).status_code == 200


def test_the_sign_in_page_has_no_script_of_its_own(visitor, anna):
    assert not re.search(r"<script(?![^>]*\bsrc=)", visitor.get("/sign-in").text)


def test_the_language_chosen_on_the_sign_in_page_holds_after_signing_in(visitor, anna):
    visitor.get("/sign-in")
    visitor.post("/account/locale", locale="ru")
    assert '<html lang="ru"' in visitor.get("/sign-in").text
    visitor.sign_in("asanova", PASSWORD)
    assert '<html lang="ru"' in visitor.get(INBOX).text
    visitor.post("/account/locale", locale="ky")
    assert '<html lang="ky"' in visitor.get(INBOX).text


def test_a_language_left_in_the_browser_by_another_is_not_that_of_who_signs_in_next(
    visitor, anna, db_session
):
    visitor.get("/sign-in")
    visitor.post("/account/locale", locale="ru")
    visitor.sign_in("asanova", PASSWORD)
    visitor.get(INBOX)
    visitor.post("/sign-out")
    assert '<html lang="ru"' in visitor.get("/sign-in").text
    db_session.execute(update(Person).where(Person.id == anna).values(locale="en"))
    db_session.commit()
    visitor.sign_in("asanova", PASSWORD)
    assert '<html lang="en"' in visitor.get(INBOX).text
