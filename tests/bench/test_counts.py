"""What a press and a page may cost in statements. Times are measured by `make bench`; counts hold on any machine."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.cases.models import CaseState, History
from tests.support.query_counter import count, statements
from tests.web.browser import Browser
from tests.web.campus import Campus


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def warmed(campus: Campus) -> None:
    """Versions, terms and prepared statements are in memory, as in a process that has run for a minute."""
    case = campus.world.teacher().requests_correction()
    campus.world.head().approves(case)


def test_a_completion_is_at_most_twelve_statements_in_a_few_round_trips(campus):
    warmed(campus)
    case, head = campus.things["case_id"], campus.world.head()
    assert head.task(case) is not None
    campus.world.session.rollback()
    with statements() as sent:
        head.approves(case)
    own = [text for text in sent if "FOR UPDATE" in text or not text.startswith("SELECT cases.task")]
    assert len(own) <= 12, own


def test_a_completion_over_http_is_at_most_fifteen_statements(campus):
    warmed(campus)
    head = Browser(campus.app).enter(campus.near["department_head"])
    campus.world.session.rollback()
    count.reset()
    with statements() as sent:
        assert head.post(f"/tasks/{campus.things['task_id']}", decision="approve").status_code == 302
    assert len(sent) <= 15 and count.round_trips <= 9, (count.round_trips, sent)


def test_twenty_returns_later_a_completion_sends_the_same_statements(campus):
    world, case = campus.world, campus.things["case_id"]
    warmed(campus)

    def once() -> int:
        with statements() as sent:
            world.head().returns(case)
        world.teacher().resubmits(case)
        return len(sent)

    once()
    first = once()
    for _ in range(18):
        once()
    assert once() == first
    steps = select(func.count(History.id)).where(History.case_id == case, History.decision == "return")
    assert world.session.scalar(steps) == 21


def test_the_state_of_a_case_stays_small_however_often_it_returns(campus):
    world, case = campus.world, campus.things["case_id"]

    def size() -> int:
        world.session.rollback()
        found = world.session.scalar(select(func.length(CaseState.body)).where(CaseState.case_id == case))
        return int(found or 0)

    world.head().returns(case)
    world.teacher().resubmits(case)
    first = size()
    for _ in range(10):
        world.head().returns(case)
        world.teacher().resubmits(case)
    assert size() <= first + 16 and first <= 1200, (first, size())


@pytest.mark.parametrize("role", ["department_head", "teacher", "academic_office"])
def test_the_inbox_is_at_most_four_statements_after_the_sessions(campus, role: str):
    warmed(campus)
    visitor = Browser(campus.app).enter(campus.near[role])
    visitor.get("/inbox")
    with statements() as sent:
        assert visitor.get("/inbox").status_code == 200
    assert len(sent) <= 5 and "login_session" in sent[0], sent
