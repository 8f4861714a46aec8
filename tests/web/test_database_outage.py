"""PostgreSQL restarts or is away: a read is tried again, a write is answered with what was typed, nothing is a 500."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.people.staff import PASSWORD
from tests.web.browser import Browser

AWAY = "postgresql+psycopg://depter_app@127.0.0.1:1/nowhere?connect_timeout=2"


def restarts(database: Any) -> None:
    """Every connection of the application ends, as when the server restarts."""
    with database.connect() as owner:
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'depter_app'"
        )


@pytest.mark.parametrize("path", ["/account", "/inbox", "/requests"])
def test_a_read_after_a_restart_is_answered(visitor, anna, database, path):
    visitor.enter(anna)
    restarts(database)
    assert visitor.get(path).status_code == 200


def test_a_write_after_a_restart_is_503_with_what_was_typed_and_goes_through_when_sent_again(
    visitor, anna, database
):
    visitor.enter(anna)
    restarts(database)
    old, new = PASSWORD, "төрт башка сөз керек"
    answer = visitor.post("/account/theme", theme="dark", note="Жазганым калсын", old=old, new=new)
    assert answer.status_code == 503 and answer.headers["Retry-After"] == "5"
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', answer.text))
    assert fields["theme"] == "dark" and html.unescape(fields["note"]) == "Жазганым калсын"
    assert old not in html.unescape(answer.text) and new not in html.unescape(answer.text)
    fields = {name: html.unescape(value) for name, value in fields.items()}
    assert visitor.send("POST", "/account/theme", data=fields).status_code == 302


def test_another_site_gets_no_button_that_sends_its_fields(visitor, anna, database):
    visitor.enter(anna)
    restarts(database)
    visitor.token = "made up"
    answer = visitor.post("/account/theme", theme="dark")
    assert answer.status_code == 503 and 'name="theme"' not in answer.text


@pytest.mark.parametrize(
    ("locale", "words"),
    [("ky", "Азыр жеткиликсиз"), ("ru", "Сейчас недоступно"), ("en", "Not available at the moment")],
)
def test_while_it_is_away_a_page_says_so_in_the_language_of_the_reader(other_app, locale, words):
    with other_app(database_url=AWAY) as app:
        browser = Browser(app, locale)
        for path in ("/sign-in", "/inbox"):
            answer = browser.get(path)
            assert answer.status_code == 503 and words in answer.text, path
            assert f'lang="{locale}"' in answer.text and answer.headers["Retry-After"] == "5"


def test_a_script_is_told_too(visitor, anna, database):
    visitor.enter(anna)
    restarts(database)
    answer = visitor.json("POST", "/sign-in", {"login": "asanova", "password": PASSWORD})
    assert answer.status_code == 503 and answer.json["error"]["code"] == "kernel.unavailable"
