"""Demo calendar: special days, a week of five days and a pause, written by the commands of the
application."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from app.demo.campus import DemoCampus
from app.demo.university import text_by_language
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.people import queries as people
from app.regulation.calendar_permissions import NewDay, calendar_day_digest
from app.regulation.commands import add_deadline_pause, set_calendar_day, set_unit_working_week
from app.regulation.queries import load_regulation_snapshot
from app.regulation.rules import CalendarDayValue, PausePeriod

CALENDAR_DECIDED_AGO = timedelta(days=45)
"""Time since the academic office decided on the days."""


def seed_calendar(campus: DemoCampus) -> None:
    """Set the days before any case starts, so that every deadline is computed with them."""
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    at = campus.now - CALENDAR_DECIDED_AGO
    office = Act(by_login["office"], None, at, (RoleAssignment("academic_office"),), locale="ky")
    ids = Random(CALENDAR_DECIDED_AGO.days)
    known = sorted(people.load_unit_tree().values(), key=lambda row: row.code)
    institutes = [row.id for row in known if row.kind == "institute"]
    for day, kind, origin, names, source, unit in _special_calendar_days(campus.today, institutes[0]):
        _set_calendar_day_if_future(
            ids, office, NewDay(day, unit, CalendarDayValue(kind, names, origin, source))
        )
    with door.write(office):
        set_unit_working_week(
            office, _next_calendar_id(ids), institutes[-1], 5, local_day(at) + timedelta(days=3)
        )
    _add_outage(campus, ids, office, institutes[-1])


def _special_calendar_days(
    today: date, institute: UUID
) -> list[tuple[date, str, str, dict[str, str], str, UUID | None]]:
    """Return day, kind, origin, names, source and unit of the special days."""
    january = date(today.year + 1, 1, 1)
    return [
        (
            _same_or_next_weekday(today + timedelta(days=17)),
            "off",
            "university",
            text_by_language("Университеттин күнү", "День университета", "University day"),
            "№ 214 буйрук",
            None,
        ),
        (
            _same_or_next_weekday(today + timedelta(days=26)),
            "off",
            "university",
            text_by_language("Ачык эшик күнү", "День открытых дверей", "Open day"),
            "№ 31 тескеме",
            institute,
        ),
        (
            date(today.year, 12, 31),
            "short",
            "government",
            text_by_language("Жаңы жылдын алды", "Канун Нового года", "New Year's Eve"),
            "№ 780 токтом",
            None,
        ),
        (
            january + timedelta(days=7),
            "off",
            "government",
            text_by_language("Кышкы эс алуу", "Зимние каникулы", "Winter break"),
            "№ 781 токтом",
            None,
        ),
    ]


def _next_calendar_id(ids: Random) -> UUID:
    """Return an id from an own seed, so that the other ids of the demo stay the same."""
    return UUID(int=ids.getrandbits(128), version=4)


def _same_or_next_weekday(day: date) -> date:
    """Return the day itself, or the Monday after a weekend day."""
    return day + timedelta(days=(7 - day.weekday()) % 7) if day.weekday() > 4 else day


def _set_calendar_day_if_future(ids: Random, office: Act, new: NewDay) -> None:
    """Set a future day; skip others."""
    with door.write(office) as session:
        if new.day > local_day(office.at):
            set_calendar_day(
                office,
                _next_calendar_id(ids),
                new,
                calendar_day_digest(load_regulation_snapshot(session).days.get((new.unit, new.day))),
            )


def _add_outage(campus: DemoCampus, ids: Random, office: Act, institute: UUID) -> None:
    """Add an outage of three hours, recorded on the same day."""
    begun = datetime.combine(campus.today, datetime.min.time(), campus.now.tzinfo) - timedelta(days=24)
    act = Act(
        office.person,
        None,
        begun + timedelta(hours=9),
        office.assignments,
        "Электр жарыгы өчкөн",
        locale="ky",
    )
    stop = PausePeriod(begun + timedelta(hours=4), begun + timedelta(hours=7), "outage", "№ 6 акт")
    with door.write(act):
        add_deadline_pause(act, _next_calendar_id(ids), institute, stop)
