"""A policy changes by a proposal and a second person, at its date; open deadlines counted from that day on move."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from app.audit import history
from app.cases.queries.moved_deadlines import load_previewed_deadline_moves
from app.diagrams import versions
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.regulation import policy_commands
from app.regulation.calendar_history import find_calendar_change
from app.regulation.commands import CALENDAR_CHANGED_EVENT, day_begin_moment
from app.regulation.models import PolicyChange, PolicyRow, QuestionAnswer
from app.regulation.policy_queries import (
    load_changes_of_policy,
    load_dated_policy_values,
    load_question_answers,
    load_waiting_policy_changes,
)
from app.regulation.policy_rules import NewPolicyValue
from app.regulation.queries import load_regulation_snapshot, load_unit_deadline_calendar
from app.worker.recipients import resolve_recipients
from tests.scenarios.calendar import counts_anew, due, listed, timers
from tests.scenarios.excuses import news
from tests.scenarios.world import Actor, World

KEY = "correction.step_sla"
THURSDAY, FRIDAY = (date(2026, 10, day) for day in (15, 16))


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UNIVERSITY_ZONE).astimezone(UTC)


def today(world) -> date:
    return local_day(world.clock())


def second(world) -> Actor:
    """Another person of the academic office."""
    return Actor(world, world.people["academic_office_deputy"], (RoleAssignment("academic_office"),))


def proposes(actor, value="2", key=KEY, since=None, document="Order 12", reason="Asked", id=None, seen=None):
    change, world = id or new_id(), actor.world
    world.session.rollback()
    day = since or today(world)
    if seen is None:
        seen = load_regulation_snapshot(world.session).calendar_of_unit(None, day).policy(key).value
    world.session.rollback()
    act = actor.act(reason)
    with door.write(act):
        policy_commands.propose_policy_value(act, change, key, NewPolicyValue(value, day, document), seen)
    return change


def decides(actor, change, approves=True, words="", key=KEY):
    actor.world.session.rollback()
    with door.write(actor.act()):
        policy_commands.decide_policy_change(actor.act(), change, key, approves, words)


def withdraws(actor, change, key=KEY):
    actor.world.session.rollback()
    with door.write(actor.act()):
        policy_commands.withdraw_policy_change(actor.act(), change, key)


def in_force(world, key=KEY, on=None):
    world.session.rollback()
    return load_unit_deadline_calendar(world.session, None, on or today(world)).policy(key)


def refused(error, call, *args, **more):
    with pytest.raises(error) as caught:
        call(*args, **more)
    found = caught.value
    return (
        {name: one[0].code for name, one in found.fields.items()}
        if isinstance(found, Invalid)
        else found.code
    )


def test_a_value_holds_from_its_day_once_a_second_person_has_approved_it(world):
    since = today(world) + timedelta(days=7)
    change = proposes(world.office(), since=since)
    assert [row.id for row in load_waiting_policy_changes()] == [change]
    assert in_force(world, on=since).value == "1", "nothing holds before the decision"
    decides(second(world), change)
    assert in_force(world, on=since - timedelta(days=1)).value == "1"
    held = in_force(world, on=since)
    assert (held.value, held.source, held.document, held.measure) == (
        "2",
        "decision",
        "Order 12",
        "working_days",
    )
    newest, first = load_dated_policy_values(KEY)
    assert (newest.change, newest.effective_from, first.change, first.source) == (
        change,
        since,
        None,
        "default",
    )
    (row,) = load_changes_of_policy(KEY)
    assert (row.decision, row.decided_by, row.reason) == ("approved", second(world).person, "Asked")
    stored = world.session.get(PolicyChange, change)
    assert b"Asked" not in stored.reason, "the reason is sealed"
    written = history.load_object_audit_entries(change)
    assert {one.event_type for one in written} == {"regulation.policy.proposed", "regulation.policy.approved"}
    assert all(one.before["value"] == "1" and one.after["value"] == "2" for one in written)


def test_who_may_decide_is_told_and_the_proposer_hears_the_decision(world):
    rector = world.hires("rector", None)
    change = proposes(world.office())
    (told,) = news(world, policy_commands.POLICY_PROPOSED_EVENT)
    found = {one.person for one in resolve_recipients(told, world.clock()).recipients}
    assert found == {rector, second(world).person}, "not the proposer"
    assert told["url"] == f"/policies/{KEY}" and set(told["title"]) == {"ky", "ru", "en"}
    decides(Actor(world, rector, (RoleAssignment("rector"),)), change, False, "Not yet")
    (answer,) = news(world, policy_commands.POLICY_DECIDED_EVENT)
    assert (answer["recipients"], answer["outcome"]) == ([str(world.office().person)], "rejected")
    assert in_force(world).value == "1" and load_changes_of_policy(KEY)[0].decision_words == "Not yet"


def test_repeats_are_harmless_and_other_content_or_decisions_are_stale(world):
    change = proposes(world.office())
    proposes(world.office(), id=change)
    assert refused(Stale, proposes, world.office(), "3", id=change) == "people.form.other_content"
    assert refused(Refused, proposes, world.office(), "3") == "regulation.policy.one_waits"
    decides(second(world), change)
    decides(second(world), change)
    rector = Actor(world, world.hires("rector", None), (RoleAssignment("rector"),))
    assert refused(Stale, decides, rector, change, False, "No") == "regulation.policy.decided"
    assert refused(Stale, withdraws, world.office(), change) == "regulation.policy.decided"
    assert len(load_dated_policy_values(KEY)) == 2
    assert len(news(world, policy_commands.POLICY_DECIDED_EVENT)) == 1
    assert refused(Stale, proposes, world.office(), "3", seen="1") == "regulation.policy.changed_meanwhile"
    proposes(world.office(), "3", seen="2")


def test_nobody_decides_his_own_and_only_the_proposer_withdraws(world):
    change = proposes(world.office())
    assert refused(Refused, decides, world.office(), change) == "regulation.policy.own"
    substitute = Actor(world, second(world).person, second(world).assignments, behalf=world.office().person)
    assert refused(Refused, decides, substitute, change) == "regulation.policy.own"
    assert refused(Denied, decides, world.directorate(), change) == "regulation.policy.decided_by_office"
    assert refused(Refused, withdraws, second(world), change) == "regulation.policy.not_yours"
    with pytest.raises(Missing):
        decides(second(world), change, key="workoff.accept_term")
    with pytest.raises(Missing):
        decides(second(world), new_id())
    withdraws(world.office(), change)
    withdraws(world.office(), change)
    assert refused(Stale, decides, second(world), change) == "regulation.policy.decided"
    assert load_waiting_policy_changes() == [] and in_force(world).value == "1"


def test_an_approval_after_its_day_is_refused_and_a_rejection_is_not(world):
    change = proposes(world.office())
    world.clock.advance(days=1)
    assert refused(Refused, decides, second(world), change) == "regulation.policy.day_passed"
    assert refused(Invalid, decides, second(world), change, False) == {"words": "forms.field.required"}
    decides(second(world), change, False, "Too late")
    assert in_force(world).value == "1"


def test_a_default_is_confirmed_as_it_is_and_moves_nothing(world):
    case = world.teacher().requests_correction()
    before = due(world, case)
    change = proposes(world.office(), "1")
    decides(second(world), change)
    assert (in_force(world).value, in_force(world).source) == ("1", "decision")
    assert news(world, CALENDAR_CHANGED_EVENT) == [] and find_calendar_change(change) is None
    assert due(world, case) == before
    assert refused(Invalid, proposes, world.office(), "1") == {"value": "regulation.policy.same_value"}
    later = proposes(world.office(), "2")
    decides(second(world), later)
    assert len(load_dated_policy_values(KEY)) == 2, "a second decision of the same day replaces its value"


def test_open_deadlines_counted_from_its_day_on_move_as_the_preview_said(world):
    case = world.teacher().requests_correction()
    reminder = timers(world, case)["reminder_90"]
    assert due(world, case) == end_of(THURSDAY)

    def previewed(day: date):
        world.session.rollback()
        act = world.office().act("Asked")
        checked = policy_commands.check_policy_value(act, KEY, NewPolicyValue("2", day, "Order 12"))
        return load_previewed_deadline_moves(
            checked.snapshot_after, day_begin_moment(day), None, world.clock()
        )

    tomorrow = today(world) + timedelta(days=1)
    assert previewed(tomorrow).count == 0, "counted from yesterday's point of view: it keeps its value"
    (row,) = previewed(today(world)).rows
    assert (row.case, row.before, row.after) == (case, end_of(THURSDAY), end_of(FRIDAY))
    future = proposes(world.office(), since=tomorrow)
    decides(second(world), future)
    counts_anew(world)
    assert due(world, case) == end_of(THURSDAY) and listed(world, future) == []
    change = proposes(world.office(), "2")
    assert due(world, case) == end_of(THURSDAY), "a proposal moves nothing"
    decides(second(world), change)
    counts_anew(world)
    assert due(world, case) == end_of(FRIDAY)
    assert listed(world, change) == [(case, end_of(THURSDAY), end_of(FRIDAY))]
    assert timers(world, case)["reminder_90"] > reminder
    assert find_calendar_change(change).kind == "policy_set"
    (told,) = news(world, "cases.deadlines.moved")
    assert told["recipients"] == [str(world.people["department_head"])]
    counts_anew(world)
    assert len(listed(world, change)) == 1
    second_case = world.teacher().requests_correction(case=new_id())
    assert due(world, second_case) == end_of(FRIDAY), "a new case counts with the new value"


def test_of_two_decisions_at_once_one_wins(app, world):
    rector = Actor(world, world.hires("rector", None), (RoleAssignment("rector"),))
    change = proposes(world.office())
    acts = ((second(world).act(), True), (rector.act(), False))
    world.session.rollback()
    together, found = Barrier(2), []

    def decide(act: Act, approves: bool) -> None:
        with app.app_context():
            together.wait()
            try:
                with door.write(act):
                    policy_commands.decide_policy_change(act, change, KEY, approves, "Words")
                found.append("done")
            except DepterError as error:
                found.append(error.code)
            finally:
                db.session.remove()

    threads = [Thread(target=decide, args=pair) for pair in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == ["done", "regulation.policy.decided"]
    (row,) = load_changes_of_policy(KEY)
    assert len(load_dated_policy_values(KEY)) == (2 if row.decision == "approved" else 1)


def test_an_open_question_is_answered_with_a_document_and_the_last_answer_counts(world):
    def answers(actor, answer="From its end", document="Order 14", id=None, key="roll_start"):
        actor.world.session.rollback()
        own = id or new_id()
        with door.write(actor.act()):
            policy_commands.answer_open_question(actor.act(), own, key, answer, document)
        return own

    assert refused(Denied, answers, world.directorate()) == "regulation.question.answered_by_office"
    assert refused(Invalid, answers, world.office(), " ") == {"answer": "forms.field.required"}
    assert refused(Invalid, answers, world.office(), document="") == {"document": "forms.field.required"}
    with pytest.raises(Missing):
        answers(world.office(), key="never_asked")
    first = answers(world.office())
    answers(world.office(), id=first)
    world.clock.advance(minutes=1)
    answers(second(world), "From its start", "Order 15")
    (row,) = load_question_answers().values()
    assert (row.answer, row.document, row.person) == ("From its start", "Order 15", second(world).person)
    (written,) = history.load_object_audit_entries(first)
    assert (written.event_type, written.clause) == ("regulation.question.answered", "4.2.1")
    world.session.rollback()
    stored = world.session.get(QuestionAnswer, first)
    assert b"From its end" not in stored.words
    stored.document = "Another"
    with pytest.raises(ProgrammingError, match="permission denied"):
        world.session.flush()
    world.session.rollback()
    assert world.session.scalar(select(PolicyRow.id).where(PolicyRow.source == "decision")) is None
