"""The calendar's secret address: what is in it and what never is, who opens it, how it is made and taken away."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest

from app.diagrams import versions
from app.journal.tables import Offering
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people import commands, queries
from app.people.models import Account, CalendarKey, Person
from app.web.accounts import calendar_feed
from app.worker.event_handlers import event_handlers_by_type
from tests.scenarios.appeals import appeals, commission, signed
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.world import World
from tests.support.query_counter import statements
from tests.web.browser import Browser


@pytest.fixture
def world(db_session, clock) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def key_of(world: World, person: UUID) -> str:
    act = Act(person, None, world.clock())
    world.session.rollback()
    with door.write(act):
        return commands.create_or_replace_calendar_secret(act)


def read(app: Any, world: World, person: UUID) -> list[Any]:
    answer = Browser(app).get(f"/calendar/{key_of(world, person)}.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    return icalendar.Calendar.from_ical(answer.data).walk("VEVENT")


def named(events: list[Any], part: str) -> Any:
    (found,) = [event for event in events if part in str(event["uid"])]
    return found


def test_a_teacher_finds_the_lessons_he_teaches_in_the_next_four_weeks(app, world):
    now = world.clock()
    soon = world.school.lesson(now + timedelta(days=2), room="305", topic="Туунду")
    cancelled = world.school.lesson(now + timedelta(days=3), state="CANCELLED")
    world.school.lesson(now + timedelta(weeks=5))
    events = read(app, world, world.school.lecturer)
    lessons = [event for event in events if str(event["uid"]).startswith("lesson-")]
    assert len(lessons) == 2
    event = named(events, str(soon))
    assert event["summary"] == "Математика, лекция, ИВТ-2-23" and event["location"] == "305"
    assert event.decoded("dtstart") == now + timedelta(days=2) and event.decoded("dtstart").tzinfo is not None
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=80)
    assert str(event["url"]).endswith(f"/journal/lesson/{soon}")
    assert named(events, str(cancelled))["status"] == "CANCELLED"


def test_a_substitute_finds_only_the_days_of_his_part(app, world):
    stand_in = world.hires("teacher", world.school.department, name="Алмаштыруучу")
    day = world.day(-2)
    world.school.teaches(stand_in, "SUBSTITUTE", day, day)
    inside = world.school.lesson(world.clock() + timedelta(days=2))
    world.school.lesson(world.clock() + timedelta(days=3))
    assert [str(event["uid"]).split("@")[0] for event in read(app, world, stand_in)] == [f"lesson-{inside}"]


def test_a_student_finds_his_lessons_and_the_terms_of_his_work_offs(app, world):
    lesson = world.school.lesson(world.clock() + timedelta(days=1))
    missed = world.missed(5)
    events = read(app, world, world.student)
    assert str(named(events, str(lesson))["url"]).endswith("/student")
    term = named(events, f"makeup-{missed}")
    assert term.decoded("dtstart") == world.day(5) + timedelta(days=14)
    assert not isinstance(term.decoded("dtstart"), datetime)
    assert term["transp"] == "TRANSPARENT" and "5.3.1" in term["description"]
    foreign = read(app, world, world.school.students[1])
    assert not [event for event in foreign if str(event["uid"]).startswith("makeup-")]


def test_after_the_soft_term_the_hard_one_stands_there_under_the_same_name(app, world):
    events = read(app, world, world.student)
    term = named(events, f"makeup-{world.lesson}")
    assert term.decoded("dtstart") == date(2026, 12, 31) and "5.3.2" in term["description"]


@pytest.mark.clause("4.2.3")
def test_after_his_return_a_student_finds_the_last_day_of_his_document(app, world):
    world.missed(2)
    world.attended(1)
    term = named(read(app, world, world.student), f"excuse-{world.day(1).isoformat()}")
    assert not isinstance(term.decoded("dtstart"), datetime)
    assert term.decoded("dtstart") == world.day(-2) and "4.2.3" in term["description"]
    world.student_actor().hands_in(world.day(20), world.day(2))
    assert not [event for event in read(app, world, world.student) if "excuse-" in event["uid"]]


@pytest.mark.clause("4.3.3")
def test_an_exam_stands_on_its_whole_day_for_who_sits_and_who_holds_it(app, world):
    gone = world.school.student(7, until=world.day(1))
    exam = world.session.get(Offering, world.school.offering)
    exam.exam_on = date(2026, 12, 22)
    world.session.commit()
    for person in (world.student, world.school.lecturer):
        event = named(read(app, world, person), f"exam-{world.school.offering}")
        assert event.decoded("dtstart") == date(2026, 12, 22) and not isinstance(
            event.decoded("dtstart"), datetime
        )
        assert "Математика, ИВТ-2-23" in event["summary"] and "4.3.3" in event["description"]
    assert read(app, world, gone) == []
    world.clock.set(datetime(2026, 12, 22, 17, 59, 59, tzinfo=UTC))
    assert named(read(app, world, world.student), "exam-")
    world.clock.advance(seconds=1)
    assert not [event for event in read(app, world, world.student) if "exam-" in event["uid"]]


@pytest.mark.clause("6.3")
def test_a_published_result_brings_the_term_of_its_appeal_and_nothing_of_the_result(app, world, settings):
    result = signed(world, Sheets(world, event_handlers_by_type(settings)))
    term = named(read(app, world, world.student), f"appeal-{result}")
    assert "Математика" in term["summary"] and "6.3" in term["description"]
    assert not re.search(r"\d", term["summary"].replace("1-модуль", ""))
    commission(world)
    appeals(world, result)
    assert not [event for event in read(app, world, world.student) if "appeal-" in event["uid"]]
    world.clock.advance(days=9)
    assert not [event for event in read(app, world, world.school.students[1]) if "appeal-" in event["uid"]]


def test_a_student_who_left_the_group_finds_its_lessons_no_more(app, world):
    gone = world.school.student(7, until=world.day(1))
    world.school.lesson(world.clock() + timedelta(days=1))
    assert read(app, world, gone) == []


@pytest.mark.clause("7.1")
def test_open_tasks_are_there_without_any_name_mark_or_reason(app, world):
    case = world.teacher().requests_correction()
    task = world.open_tasks(case)[0]
    answer = Browser(app).get(f"/calendar/{key_of(world, world.people['department_head'])}.ics")
    said = icalendar.Calendar.from_ical(answer.data)
    event = named(said.walk("VEVENT"), f"task-{task.id}")
    assert event["summary"].startswith("Мөөнөтү: ") and world.case(case).number in event["description"]
    plain = answer.data.decode().replace("\r\n ", "")
    persons = world.session.query(Person).all()
    assert not [one.family_name for one in persons if one.family_name in plain and one.family_name != "Башчы"]
    assert "→" not in plain and "отурган" not in plain
    world.head().approves(case)
    assert not [one for one in read(app, world, world.people["department_head"]) if "task-" in one["uid"]]


def test_identifiers_are_the_same_each_time_and_the_file_is_one_a_program_reads(app, world):
    world.school.lesson(world.clock() + timedelta(days=2))
    first, second = (read(app, world, world.school.lecturer) for _ in range(2))
    assert [event["uid"] for event in first] == [event["uid"] for event in second] != []
    answer = Browser(app).get(f"/calendar/{key_of(world, world.school.lecturer)}.ics")
    assert answer.data.startswith(b"BEGIN:VCALENDAR\r\n") and max(map(len, answer.data.split(b"\r\n"))) <= 75
    whole = icalendar.Calendar.from_ical(answer.data)
    assert whole["version"] == "2.0" and whole["prodid"]
    assert all(event["dtstamp"].dt.utcoffset() == timedelta() for event in whole.walk("VEVENT"))


def test_it_costs_as_many_statements_however_much_is_in_it(app, world):
    def cost() -> int:
        with statements() as seen:
            read(app, world, world.student)
        return len(seen)

    cost()
    world.missed(4)
    few = cost()
    for number in range(5, 12):
        world.missed(number)
        world.school.lesson(world.clock() + timedelta(days=number))
    assert cost() == few < 25


# --- the secret -------------------------------------------------------------------------------------------


def test_a_wrong_an_old_and_a_closed_address_are_as_missing_as_any_page(app, world):
    old = key_of(world, world.student)
    new = key_of(world, world.student)
    guest = Browser(app)
    absent = guest.get("/calendar/never-was.ics")
    assert absent.status_code == 404
    assert guest.get(f"/calendar/{old}.ics").data == absent.data
    assert guest.get(f"/calendar/{new}.ics").status_code == 200
    world.session.add(Account(person_id=world.student, login="s", password="x", disabled_at=world.clock()))
    world.session.commit()
    assert guest.get(f"/calendar/{new}.ics").data == absent.data
    assert guest.get(f"/calendar/{'x' * 5000}.ics").data == absent.data


def test_who_left_the_university_has_no_calendar(app, world):
    key = key_of(world, world.student)
    world.session.get(Person, world.student).ended_at = world.clock()
    world.session.commit()
    assert Browser(app).get(f"/calendar/{key}.ics").status_code == 404


def test_only_the_hash_is_kept_and_a_lookup_is_one_statement_for_a_good_and_a_bad_key(app, world):
    key = key_of(world, world.student)
    row = world.session.get(CalendarKey, world.student)
    assert key.encode() not in row.key_hash and len(row.key_hash) == 32
    costs = []
    for asked in (key, "wrong"):
        with statements() as seen:
            queries.find_calendar_owner(commands.hash_key_for_storage(asked))
        costs.append(len(seen))
    assert costs == [1, 1]


def test_trying_addresses_is_slowed_down(app, world, valkey):
    guest = Browser(app)
    tries = int(calendar_feed.WRONG_KEY_RATE_LIMIT.split()[0])
    found = [guest.get(f"/calendar/{new_id()}.ics").status_code for _ in range(tries + 1)]
    assert found == [404] * tries + [429]


def test_asking_for_one_calendar_all_the_time_is_slowed_down(app, world, valkey):
    key, guest = key_of(world, world.school.students[2]), Browser(app)
    asked = int(calendar_feed.FEED_RATE_LIMIT.split()[0])
    found = {guest.get(f"/calendar/{key}.ics").status_code for _ in range(asked)}
    assert found == {200} and guest.get(f"/calendar/{key}.ics").status_code == 429


def test_the_address_is_made_shown_once_made_anew_and_taken_away(app, visitor, anna, db_session, valkey):
    visitor.enter(anna)
    assert "Make an address" in visitor.get("/account").text
    page = visitor.post("/account/calendar").text
    address = re.search(r'value="[^"]+(/calendar/[\w-]+\.ics)"', page)[1]
    assert Browser(app).get(address).status_code == 200
    again = visitor.get("/account").text
    assert address not in again and "Read last:" in again
    told = db_session.query(Message).filter_by(event_type="people.calendar.made").one()
    assert told.payload["recipients"] == [str(anna)]
    newer = re.search(r'value="[^"]+(/calendar/[\w-]+\.ics)"', visitor.post("/account/calendar").text)[1]
    assert newer != address and Browser(app).get(address).status_code == 404
    assert visitor.post("/account/calendar/end").headers["Location"] == "/account#calendar"
    assert Browser(app).get(newer).status_code == 404
    assert "Make an address" in visitor.get("/account").text
    assert visitor.post("/account/calendar/end").status_code == 302
