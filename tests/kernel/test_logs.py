"""What reaches a log: one line a failure, no secret address, no value of a statement, no text of a person."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.cases.commands.comments import add_case_comment
from app.kernel import door
from app.kernel.db import db
from app.kernel.ids import new_id
from app.kernel.logs import shorten_secret_paths_in_text
from app.notices.commands import Notification, Recipient, add_bell_notices_and_queue_letters
from app.outbox.dispatch import deliver_due_messages
from app.outbox.post import post_event
from app.people.models import Account, Person
from app.web.core.visitor import allow_access
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.world import World
from tests.web.browser import Browser

SECRET = "a-secret-nobody-may-read"
NAME = "Асанова Айгүл"


def fails(*_: Any, **__: Any) -> None:
    password = SECRET
    raise ValueError(f"no number: {NAME} {password}")


def breaks_a_constraint() -> None:
    for _ in range(2):
        statement = text(
            "INSERT INTO people.unit (id, kind, code, names) VALUES (:id, 'university', :code, '{}')"
        )
        db.session.execute(statement, {"id": "0b4f6a38-5d0c-5b2e-9b61-0c9b9a1f7e11", "code": NAME})


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_failure_of_a_page_is_one_line_without_values(app, client, monkeypatch, capsys):
    monkeypatch.setitem(app.view_functions, "login.show_sign_in_page", allow_access("anyone")(fails))
    assert Browser(app).get(f"/sign-in?next=/invitation/{SECRET}").status_code == 500
    (line,) = lines(capsys)
    assert "request.failed" in line and "error=ValueError" in line and "test_logs.py" in line
    assert SECRET not in line and NAME not in line


def test_an_exception_is_its_type_and_places(app, capsys):
    try:
        fails()
    except ValueError:
        structlog.get_logger("x").exception("job.failed", job="send_letters", path=f"/calendar/{SECRET}.ics")
    (line,) = lines(capsys)
    assert "job.failed job=send_letters path=/calendar/... error=ValueError at=test_logs.py:" in line
    assert SECRET not in line and NAME not in line


def test_an_error_of_the_database_names_table_and_constraint_and_no_row(app, db_session, capsys):
    try:
        breaks_a_constraint()
    except IntegrityError:
        structlog.get_logger("x").exception("job.failed")
    db_session.rollback()
    (line,) = lines(capsys)
    assert "UniqueViolation(23505, unit, " in line and NAME not in line and "INSERT" not in line


def test_what_libraries_log_is_one_line_too(app, capsys):
    try:
        fails()
    except ValueError as problem:
        logging.getLogger("rq.worker").error("Job /invitation/%s failed", SECRET, exc_info=problem)
    (line,) = lines(capsys)
    assert "rq.worker" in line and "error=ValueError" in line
    assert SECRET not in line and NAME not in line


def test_the_text_of_an_error_of_sql_has_no_parameters(app, db_session):
    with pytest.raises(Exception, match="hidden") as raised:
        db_session.execute(text("SELECT 1/:nothing"), {"nothing": 0})
    db_session.rollback()
    assert "parameters: {" not in str(raised.value)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"/invitation/{SECRET}?x=1", "/invitation/...?x=1"),
        (f"GET /calendar/{SECRET}.ics HTTP/1.1", "GET /calendar/... HTTP/1.1"),
        ("/cases/0b4f6a38", "/cases/0b4f6a38"),
    ],
)
def test_secret_addresses_are_shortened(said, written):
    assert shorten_secret_paths_in_text(said) == written


WORDS = ("plantedreason", "Сыртбаева", "plantedlogin", "plantedmark", "plantedmail")


def test_a_day_of_web_and_worker_leaves_no_word_about_a_person_in_the_log(
    app, db_session, clock, settings, capsys
):
    """Every way in that takes words is used, with refusals and failures, and what the worker does after it."""
    world = World(db_session, clock)
    person = world.hires("teacher", None, name=WORDS[1])
    db_session.merge(Account(person_id=person, login=WORDS[2], password="never"))
    db_session.get(Person, person).email = f"{WORDS[4]}@example.kg"
    db_session.commit()
    browser = Browser(app).enter(person)
    secret = f"{SECRET}-{WORDS[0]}"
    browser.get("/account")
    browser.post("/account/substitutes", substitute="x", reason=WORDS[0])
    browser.post("/account/names", reason=WORDS[0])
    browser.post("/account/password", old=WORDS[0], new=WORDS[0])
    for address in (
        "/search?q=",
        "/people?q=",
        "/journal?x=",
        "/nowhere/",
        "/invitation/",
        "/calendar/",
        "/verify/",
    ):
        browser.get(f"{address}{secret if address.count('/') > 1 else WORDS[1]}")
    browser.json("PUT", "/journal/mark", {"value": WORDS[3], "reason": WORDS[0]})
    browser.sign_in(WORDS[2], WORDS[0])
    act = world.teacher().act(WORDS[0])
    case = world.teacher().requests_correction()
    with door.write(act):
        add_case_comment(act, case, new_id(), WORDS[0])
        post_event(act, "tests.dies", {"case": str(case), "words": WORDS[1]})
        recipient = Recipient(person, f"{WORDS[4]}@example.kg", "ky")
        add_bell_notices_and_queue_letters(
            act, Notification("people.account.reset", 1, {}, "/account"), [recipient]
        )
        raised = structlog.get_logger("worker")
    db_session.rollback()

    def quotes(_act: Any, _delivery: Any) -> None:
        raise ValueError(f"{WORDS[1]} {WORDS[3]}")

    handlers = {**event_handlers_by_type(settings), "tests.dies": (quotes,)}
    deliver_due_messages(handlers, clock())
    try:
        fails(WORDS[1])
    except ValueError:
        raised.exception("job.failed", job="send_letters", path=f"/invitation/{secret}")
    written = capsys.readouterr()
    said = written.err + written.out
    assert "job.failed" in said and "ValueError" in said
    for word in (*WORDS, SECRET, NAME):
        assert word not in said, said
