"""A changed calendar moves open deadlines, and only those: with their reminders, once, told to whom they belong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import event, select

from app.audit import history
from app.cases.commands import reschedule as recounting
from app.cases.commands.reschedule import reschedule_deadline_batch
from app.cases.models import History
from app.cases.timers import fire_due_timers
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from app.outbox.models import Message
from tests.scenarios.calendar import (
    counts_anew,
    due,
    ends,
    listed,
    pauses,
    puts,
    takes_out,
    task_row,
    timers,
    works_week,
)
from tests.scenarios.excuses import news

THURSDAY, FRIDAY, SATURDAY = (date(2026, 10, day) for day in (15, 16, 17))


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UNIVERSITY_ZONE).astimezone(UTC)


def test_a_day_off_moves_the_open_deadline_with_its_reminders_and_says_so(world):
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    assert task.due_at == end_of(THURSDAY)
    change = puts(world.office(), THURSDAY)
    assert due(world, case) == end_of(THURSDAY), "nothing moves before the worker"
    counts_anew(world)
    moved = task_row(world, task.id)
    assert moved.due_at == end_of(FRIDAY)
    kinds = [step["kind"] for step in moved.computation["steps"]]
    assert kinds == ["anchor", "holiday", "counted", "end", "moved"]
    assert moved.computation["steps"][-1]["at"] == end_of(THURSDAY).isoformat()
    running = timers(world, case)
    whole = end_of(FRIDAY) - world.clock()
    assert running["reminder_50"] == world.clock() + whole * 0.5
    assert running["reminder_90"] == world.clock() + whole * 0.9
    assert listed(world, change) == [(case, end_of(THURSDAY), end_of(FRIDAY))]


def test_the_timer_that_hands_a_late_step_on_moves_with_it(world):
    case = world.teacher().requests_correction()
    before = {name: at for name, at in timers(world, case).items() if not name.startswith(("rem", "over"))}
    assert before, "a timer is drawn at this step"
    puts(world.office(), THURSDAY)
    counts_anew(world)
    after = timers(world, case)
    assert all(after[name] > at for name, at in before.items())
    assert world.days_pass(1.8).advanced == 0, "Friday is its own"
    assert world.open_elements(case) == ["endorse_department_head"]


def test_what_moved_stands_in_history_and_audit_with_old_and_new(world):
    case = world.teacher().requests_correction()
    change = puts(world.office(), THURSDAY)
    counts_anew(world)
    step = world.session.scalars(select(History).where(History.kind == "deadline_moved")).one()
    assert (step.case_id, step.person, step.element) == (case, None, "endorse_department_head")
    assert step.answers["before"] == end_of(THURSDAY).isoformat()
    written = [
        row for row in history.load_object_audit_entries(case) if row.event_type == "cases.deadline.moved"
    ]
    assert {row.after["change"] for row in written} == {str(change)}
    assert written[0].before["due_at"] != written[0].after["due_at"]


def test_its_owner_hears_of_it_once_however_many_moved(world):
    first = world.teacher().requests_correction()
    puts(world.office(), THURSDAY)
    counts_anew(world)
    (told,) = news(world, "cases.deadlines.moved")
    assert told["recipients"] == [str(world.people["department_head"])]
    assert (told["kind"], told["number"]) == ("one", world.case(first).number)
    assert told["due_before"] == end_of(THURSDAY).isoformat()
    world.teacher().requests_correction(case=new_id())
    puts(world.office(), FRIDAY)
    counts_anew(world)
    assert [one["kind"] for one in news(world, "cases.deadlines.moved")] == ["one", "many"]
    assert news(world, "cases.deadlines.moved")[1]["count"] == 2


def test_a_completed_step_keeps_its_end(world):
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    world.head().approves(case)
    change = puts(world.office(), THURSDAY)
    counts_anew(world)
    assert task_row(world, task.id).due_at == end_of(THURSDAY)
    assert [row[0] for row in listed(world, change)] == [case], "only the step that is open now"


def test_what_ended_before_a_day_is_not_touched_by_it(world):
    case = world.teacher().requests_correction()
    change = puts(world.office(), FRIDAY)
    counts_anew(world)
    assert due(world, case) == end_of(THURSDAY) and listed(world, change) == []


def test_a_day_taken_out_again_moves_it_back(world):
    case = world.teacher().requests_correction()
    puts(world.office(), THURSDAY)
    counts_anew(world)
    takes_out(world.office(), THURSDAY)
    counts_anew(world)
    assert due(world, case) == end_of(THURSDAY)


def test_a_repeat_moves_nothing_and_tells_nobody(world):
    world.teacher().requests_correction()
    change = puts(world.office(), THURSDAY)
    counts_anew(world)
    act = Act.by_system(world.clock())
    with door.write(act):
        reschedule_deadline_batch(act, change, end_of(date(2026, 10, 14)))
    assert len(listed(world, change)) == 1
    assert len(news(world, "cases.deadlines.moved")) == 1


def test_a_second_look_finds_who_began_by_the_old_calendar(world):
    change = puts(world.office(), THURSDAY)
    counts_anew(world)
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    row = task_row(world, task.id)
    row.due_at, row.computation = (
        end_of(THURSDAY),
        {"steps": [{"kind": "anchor", "at": world.clock().isoformat()}]},
    )
    world.session.commit()
    assert counts_anew(world) == 0, "not yet"
    world.clock.advance(minutes=3)
    assert counts_anew(world) == 1
    assert due(world, case) == end_of(FRIDAY)
    assert len(listed(world, change)) == 1


def test_a_working_saturday_brings_an_open_deadline_nearer_but_not_before_now(world):
    office = world.office()
    works_week(office, 5, THURSDAY)
    counts_anew(world)
    world.clock.advance(days=2)
    case = world.teacher().requests_correction()
    assert due(world, case) == end_of(date(2026, 10, 19))
    puts(office, SATURDAY, "working")
    counts_anew(world)
    assert due(world, case) == end_of(SATURDAY)
    assert "reminder_50" in timers(world, case)


def test_a_reminder_whose_moment_has_passed_is_not_sent_beside_the_news_of_the_move(world):
    office, monday, tuesday = world.office(), date(2026, 10, 19), date(2026, 10, 20)
    puts(office, SATURDAY)
    puts(office, monday)
    counts_anew(world)
    world.clock.advance(days=2)
    case = world.teacher().requests_correction()
    assert due(world, case) == end_of(tuesday)
    world.clock.set(datetime(2026, 10, 18, 6, tzinfo=UTC))
    assert timers(world, case)["reminder_50"] > world.clock()
    takes_out(office, monday)
    counts_anew(world)
    left = timers(world, case)
    assert due(world, case) == end_of(monday)
    assert "reminder_50" not in left and left["reminder_90"] > world.clock()


def test_a_week_of_five_days_moves_the_terms_of_the_unit_and_of_those_below_it(world):
    world.clock.advance(days=2)
    case = world.teacher().requests_correction()
    assert due(world, case) == end_of(SATURDAY)
    works_week(world.directorate(), 5, SATURDAY, unit=world.school.institute)
    counts_anew(world)
    assert due(world, case) == end_of(date(2026, 10, 19)), "the head's department lies below the institute"


def given_back(world):
    """A case that lies with its requester: no timer is drawn at this step."""
    case = world.teacher().requests_correction()
    world.head().returns(case)
    assert world.open_elements(case) == ["rework_teacher"]
    return case


def test_a_pause_recorded_afterwards_gives_the_time_back_to_what_is_late_and_still_open(world):
    case = given_back(world)
    world.clock.advance(days=2)
    fire_due_timers(door.write, world.clock())
    assert due(world, case) < world.clock() and timers(world, case) == {}
    change = pauses(
        world.office(), datetime(2026, 10, 15, 8, tzinfo=UNIVERSITY_ZONE), 10, reason="Сервер иштеген жок"
    )
    counts_anew(world)
    assert due(world, case) == end_of(FRIDAY), "ten hours, to the end of that day"
    assert timers(world, case) == {
        "overdue": end_of(FRIDAY),
        "reminder_90": timers(world, case)["reminder_90"],
    }
    assert len(listed(world, change)) == 1


def test_what_was_handed_to_a_deputy_stays_with_him(world):
    case = world.teacher().requests_correction()
    morning = datetime(2026, 10, 15, 8, tzinfo=UNIVERSITY_ZONE)
    world.days_pass(2)
    assert "endorse_department_head" not in world.open_elements(case)
    opened = world.open_elements(case)
    pauses(world.office(), morning, 10, reason="Сервер иштеген жок")
    counts_anew(world)
    assert world.open_elements(case) == opened


def test_a_late_term_does_not_move_to_another_moment_that_has_passed(world):
    case = given_back(world)
    world.clock.advance(days=5)
    change = puts(world.office(), THURSDAY, reason="Шайлоо күнү болгон")
    counts_anew(world)
    assert due(world, case) == end_of(THURSDAY) and listed(world, change) == []


def test_an_ended_pause_gives_back_what_it_did_not_take(world):
    case = world.teacher().requests_correction()
    pause = pauses(world.office(), world.clock() + timedelta(hours=1), 48)
    counts_anew(world)
    assert due(world, case) == end_of(SATURDAY)
    world.clock.advance(hours=3)
    ends(world.office(), pause)
    counts_anew(world)
    assert local_day(due(world, case)) == FRIDAY, "two hours after the last second of Thursday"


def test_more_cases_than_a_batch_go_on_by_the_message_the_batch_posts(world, monkeypatch):
    monkeypatch.setattr(recounting, "CASES_PER_BATCH", 2)
    cases = [world.teacher().requests_correction(case=new_id()) for _ in range(5)]
    change = puts(world.office(), THURSDAY)
    counts_anew(world)
    assert {row[0] for row in listed(world, change)} == set(cases)
    assert len(news(world, "cases.deadlines.moved")) == 1
    assert news(world, "cases.deadlines.moved")[0]["count"] == 5
    assert (
        len(
            world.session.scalars(
                select(Message).where(Message.event_type == "cases.recount.continued")
            ).all()
        )
        == 3
    )


def test_two_workers_at_once_move_each_deadline_once(world, app):
    for _ in range(4):
        world.teacher().requests_correction(case=new_id())
    change = puts(world.office(), THURSDAY)
    world.session.rollback()
    at, together = world.clock(), Barrier(2)
    done: list[UUID] = []

    def work() -> None:
        with app.app_context():
            act = Act.by_system(at)
            together.wait()
            try:
                with door.write(act):
                    reschedule_deadline_batch(act, change, end_of(date(2026, 10, 14)))
                    done.append(change)
            finally:
                db.session.remove()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(done) == 2 and len(listed(world, change)) == 4
    counts_anew(world)


def test_a_completion_meanwhile_wins_and_nothing_of_it_moves(world):
    case = world.teacher().requests_correction()
    (task,) = world.open_tasks(case)
    puts(world.office(), THURSDAY)
    world.head().approves(case)
    counts_anew(world)
    assert task_row(world, task.id).due_at == end_of(THURSDAY)


@pytest.mark.parametrize("number", [1, 6])
def test_a_batch_takes_the_same_statements_for_one_case_and_for_many(world, number):
    for _ in range(number):
        world.teacher().requests_correction(case=new_id())
    change = puts(world.office(), THURSDAY)
    counts_anew(world)
    assert len(listed(world, change)) == number
    said: list[str] = []
    engine = db.engine

    def note(_connection, _cursor, statement, *_rest) -> None:
        said.append(statement)

    puts(world.office(), FRIDAY)
    event.listen(engine, "before_cursor_execute", note)
    counts_anew(world)
    event.remove(engine, "before_cursor_execute", note)
    assert len(said) < 40, "\n".join(said)
