"""The weekly timetable of the demo: bells, lesson days, and the rows of patterns, planned hours and topic plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from app.demo.university import INSTITUTES, WEEKS_AHEAD, WEEKS_BACK
from app.journal.tables import JournalTimetable, LessonPattern, PlannedHours, PlannedTopic, TopicPlan
from app.kernel.db import Base

Row = dict[str, Any]
LESSON_START_TIMES = (time(8, 0), time(9, 30), time(11, 0), time(13, 0), time(14, 30))
LESSON_LENGTH = timedelta(minutes=80)
GROUPS_PER_INSTITUTE = max(len(institute.groups) for institute in INSTITUTES)
DEMO_LESSON_TYPES = ("LECTURE", "PRACTICE", "LAB")
LESSON_TOPICS = (
    "Киришүү, негизги түшүнүктөр",
    "Методдор жана мисалдар",
    "Эсептерди чыгаруу",
    "Аралык текшерүүгө даярдык",
    "Өз алдынча иштин анализи",
)
LESSON_METHODS = ("Түшүндүрүү, суроо-жооп", "Топтордо иштөө", "Лабораториялык иш")
LESSON_TASKS = ("Конспект, 1-бөлүм", "5 мисал чыгаруу", "Отчет даярдоо", "")


def bell_rows() -> list[Row]:
    """Return the bell periods of the lessons."""
    return [
        {
            "number": number,
            "starts_at": starts_at,
            "ends_at": (datetime.combine(date.min, starts_at) + LESSON_LENGTH).time(),
        }
        for number, starts_at in enumerate(LESSON_START_TIMES, 1)
    ]


def lesson_days(today: date, place: int) -> Iterator[date]:
    """Yield lesson days: twice a week; the main disciplines also today, so that there is something to do."""
    monday = today - timedelta(days=today.weekday(), weeks=WEEKS_BACK)
    for week in range(WEEKS_BACK + WEEKS_AHEAD):
        for offset in sorted({place % 5, (place + 2) % 5} | ({today.weekday()} if place < 2 else set())):
            yield monday + timedelta(weeks=week, days=offset)


def book_free_lecturer(
    times_by_lecturer: dict[UUID, set[tuple[int, int]]],
    own: list[UUID],
    wanted: UUID,
    today: date,
    place: int,
    number: int,
) -> UUID:
    """Return this lecturer, or the next of the department who teaches nobody at the times of the journal, and book
    these times (weekday, period)."""
    period = (place + number) % len(LESSON_START_TIMES)
    times = {(day.weekday(), period) for day in lesson_days(today, place)}
    first = own.index(wanted)
    free = next(
        (one for one in (*own[first:], *own[:first]) if not times & times_by_lecturer.get(one, set())),
        wanted,
    )
    times_by_lecturer.setdefault(free, set()).update(times)
    return free


def weekly_rows(
    offering: UUID, lecturer: UUID, days: list[date], period: int, room: str, since: datetime
) -> tuple[dict[int, Row], dict[type[Base], list[Row]]]:
    """Return the weekly patterns that these lesson days follow by weekday (0: Monday), and the rows of patterns,
    planned hours, timetable and topic plan by table."""
    patterns: dict[int, Row] = {}
    for day in days:
        if day.weekday() in patterns:
            continue
        on_weekday = [one for one in days if one.weekday() == day.weekday()]
        # Ids of their own: the random numbers of everything else stay.
        patterns[day.weekday()] = {
            "id": uuid5(offering, f"weekday {day.weekday()}"),
            "offering_id": offering,
            "weekday": day.isoweekday(),
            "weeks": "EVERY",
            "period": period,
            "type": DEMO_LESSON_TYPES[len(patterns) % len(DEMO_LESSON_TYPES)],
            "teacher_id": lecturer,
            "room": room,
            "hours": 2,
            "starts_on": on_weekday[0],
            "ends_on": on_weekday[-1],
        }
    hours = {
        one["type"]: 2 * sum(day.weekday() == weekday for day in days) for weekday, one in patterns.items()
    }
    share, rest = divmod(sum(hours.values()), len(LESSON_TOPICS))
    rows: dict[type[Base], list[Row]] = {
        LessonPattern: list(patterns.values()),
        PlannedHours: [
            {"offering_id": offering, "type": type, "hours": count} for type, count in hours.items()
        ],
        JournalTimetable: [
            {
                "offering_id": offering,
                "version": 1,
                "changed_at": since,
                "generated_version": 1,
                "generated_at": since,
            }
        ],
        TopicPlan: [{"offering_id": offering, "version": 1, "changed_at": since, "changed_by": lecturer}],
        PlannedTopic: [
            {
                "offering_id": offering,
                "position": place,
                "type": DEMO_LESSON_TYPES[place % len(DEMO_LESSON_TYPES)],
                "hours": share + (rest if place == len(LESSON_TOPICS) else 0),
                "topic": topic,
            }
            for place, topic in enumerate(LESSON_TOPICS, 1)
        ],
    }
    return patterns, rows


def academic_calendar_dates(today: date) -> dict[str, date]:
    """Return the academic calendar: the first module three weeks ago, the second this week, the session in
    two weeks."""
    monday = today - timedelta(days=today.weekday())
    first, session = monday - timedelta(weeks=3), monday + timedelta(weeks=2)
    return {
        "module1_from": first,
        "module1_until": first + timedelta(days=5),
        "module2_from": monday,
        "module2_until": monday + timedelta(days=5),
        "session_from": session,
        "session_until": session + timedelta(days=12),
    }
