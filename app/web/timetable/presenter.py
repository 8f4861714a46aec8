"""Views of the timetable: the week with its lessons, the form of a weekly lesson, plans of lessons, runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.journal.gradebook.cell_state import LESSON_TYPES
from app.journal.semesters.queries import SemesterRow
from app.journal.timetable.lesson_plan import DAY_OFF, MODULE_WEEK, OUTSIDE, SESSION, LessonPlan
from app.journal.timetable.queries import TimetabledJournal, WeeklyLessonRow
from app.journal.timetable.rules import (
    EVEN_WEEKS,
    EVERY_WEEK,
    ODD_WEEKS,
    BellTimes,
    refusal_to_arrange_timetable,
    semester_week_number,
)
from app.kernel.i18n import day_text, pick_text
from app.people import queries as people
from app.people.rules import is_permitted
from app.texts.semesters import semester_title
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import current_act
from app.web.labels.gradebook import lesson_type_label, lesson_type_short_label

WEEK_LABELS = {EVERY_WEEK: N_("every week"), ODD_WEEKS: N_("odd weeks"), EVEN_WEEKS: N_("even weeks")}
SKIP_LABELS = {
    SESSION: N_("exam session"),
    MODULE_WEEK: N_("module week"),
    DAY_OFF: N_("day off"),
    OUTSIDE: N_("outside the semester"),
}
LAST_SHOWN_WEEKDAY = 6
"""Sunday has a column of its own only when it has a lesson."""


def timetable_tabs(active: str) -> list[SimpleNamespace]:
    """Return the tabs of the pages of the timetable."""
    pages = {
        "week": (_("Week"), "timetable.show_week"),
        "journals": (_("Journals"), "timetable.list_timetabled_journals"),
        "bells": (_("Bells"), "timetable.show_bell_schedule"),
    }
    if arranges_anything():
        pages["import"] = (_("Import"), "timetable.show_timetable_import")
    return [
        SimpleNamespace(label=label, url=url_for(endpoint), active=key == active)
        for key, (label, endpoint) in pages.items()
    ]


def weekday_name(weekday: int, *, short: bool = False) -> str:
    """Return the name of a weekday, 1 is Monday."""
    day = date(2026, 10, 12) + timedelta(days=weekday - 1)
    return day_text(day, locale(), "EEE" if short else "EEEE")


def times_text(starts_at: time, ends_at: time) -> str:
    """Return the times of a lesson: "08:30–09:50"."""
    return f"{starts_at:%H:%M}–{ends_at:%H:%M}"


def semester_label(semester: SemesterRow) -> str:
    """Return the name of a semester with its year."""
    return semester_title(semester.names, semester.year)


def arranges_anything() -> bool:
    """Return whether the visitor arranges some timetable: as the academic office, or as a directorate."""
    roles = current_act().assignments
    return any(one.role in ("academic_office", "directorate") for one in roles)


def may_arrange(institute: UUID) -> bool:
    """Return whether the visitor may change the timetable of a group of this institute."""
    return refusal_to_arrange_timetable(current_act().assignments, institute) is None


def may_keep_bells() -> bool:
    """Return whether the visitor may change the bell schedule."""
    return is_permitted(current_act().assignments, "bells.manage")


def week_view(
    rows: Sequence[WeeklyLessonRow],
    bells: Sequence[BellTimes],
    versions: Mapping[UUID, int],
    *,
    own: UUID | None = None,
    clashing: Collection[UUID] = (),
) -> SimpleNamespace:
    """Build the week: a row for each time, a column for each weekday, a block for each lesson.

    `own` is the journal of the page: lessons of others are drawn lighter. `versions` are those of the timetables, by
    journal. `clashing` are lessons that are in conflict.
    """
    times = {(one.starts_at, one.ends_at): one.number for one in bells}
    rest: dict[tuple[time, time], int | None] = {
        (row.lesson.starts_at, row.lesson.ends_at): None for row in rows
    }
    slots = sorted({**rest, **times}.items(), key=lambda one: one[0])
    last = max([LAST_SHOWN_WEEKDAY, *(row.lesson.weekday for row in rows)])
    weekdays = [
        SimpleNamespace(number=number, name=weekday_name(number), short=weekday_name(number, short=True))
        for number in range(1, last + 1)
    ]
    blocks = [_lesson_block(row, versions, own, clashing) for row in rows]
    return SimpleNamespace(
        weekdays=weekdays,
        slots=[
            SimpleNamespace(
                period=period,
                times=times_text(*at),
                days=[
                    SimpleNamespace(
                        weekday=day,
                        blocks=[one for one in blocks if (one.at, one.weekday) == (at, day.number)],
                    )
                    for day in weekdays
                ],
            )
            for at, period in slots
        ],
        is_empty=not rows,
        can_drag=any(one.can_move for one in blocks) and bool(bells),
    )


def _lesson_block(
    row: WeeklyLessonRow, versions: Mapping[UUID, int], own: UUID | None, clashing: Collection[UUID]
) -> SimpleNamespace:
    lesson = row.lesson
    arranges = may_arrange(row.institute)
    return SimpleNamespace(
        id=lesson.id,
        offering=lesson.offering,
        version=versions.get(lesson.offering, 0),
        at=(lesson.starts_at, lesson.ends_at),
        weekday=lesson.weekday,
        title=pick_text(row.names, locale()),
        type=lesson_type_short_label(lesson.type),
        group=row.group_name,
        teacher=row.teacher_name,
        room=lesson.room,
        weeks="" if lesson.weeks == EVERY_WEEK else _(WEEK_LABELS[lesson.weeks]),
        stream=lesson.stream is not None,
        is_other=own is not None and lesson.offering != own,
        clashes=lesson.id in clashing,
        can_move=arranges,
        url=url_for(
            "timetable.show_journal_timetable", offering=lesson.offering, pattern=lesson.id, _anchor="form"
        )
        if arranges
        else None,
    )


def pattern_row(row: WeeklyLessonRow) -> SimpleNamespace:
    """Build the line of a weekly lesson in the list of a journal."""
    lesson = row.lesson
    return SimpleNamespace(
        id=lesson.id,
        when=f"{weekday_name(lesson.weekday)}, {times_text(lesson.starts_at, lesson.ends_at)}",
        weeks=_(WEEK_LABELS[lesson.weeks]),
        type=lesson_type_label(lesson.type),
        teacher=row.teacher_name,
        room=lesson.room,
        stream=lesson.stream is not None,
        days=f"{day_text(lesson.first, locale())} – {day_text(lesson.last, locale())}",
        last=lesson.last,
        url=url_for(
            "timetable.show_journal_timetable", offering=lesson.offering, pattern=lesson.id, _anchor="form"
        ),
    )


def pattern_fields(
    journal: TimetabledJournal, bells: Sequence[BellTimes], names: Mapping[UUID, people.PersonName]
) -> list[SimpleNamespace]:
    """Build the fields of the form of a weekly lesson (`layout/fields.html`)."""
    persons = sorted({part.person for part in journal.teachers}, key=lambda one: names[one].sort_key)
    periods = [
        _option(one.number, f"{one.number}: {times_text(one.starts_at, one.ends_at)}") for one in bells
    ]
    weekdays = [_option(number, weekday_name(number)) for number in range(1, 8)]
    return [
        _field("weekday", _("Weekday"), "select", options=weekdays, names_things=True),
        _field(
            "weeks",
            _("Weeks"),
            "select",
            options=[_option(key, _(text)) for key, text in WEEK_LABELS.items()],
        ),
        _field(
            "period",
            _("Lesson period"),
            "select",
            required=False,
            options=periods,
            help=_("Or leave it empty and give the times below."),
        ),
        _field("starts_at", _("Begins"), "time", required=False),
        _field("ends_at", _("Ends"), "time", required=False),
        _field(
            "type",
            _("Type of lesson"),
            "select",
            options=[_option(type, lesson_type_label(type)) for type in LESSON_TYPES],
        ),
        _field(
            "teacher",
            _("Teacher"),
            "select",
            options=[_option(one, names[one].full) for one in persons],
            names_things=True,
        ),
        _field("room", _("Room"), "text", required=False, max_length=60),
        _field("hours", _("Academic hours"), "number", min=1, max=8, step=1),
        _field("from", _("First day"), "date"),
        _field("until", _("Last day"), "date"),
    ]


def _option(value: object, label: str) -> SimpleNamespace:
    return SimpleNamespace(value=str(value), label=label)


def _field(key: str, label: str, kind: str, **more: Any) -> SimpleNamespace:
    given = {"required": True, "help": "", "options": (), "min": None, "max": None, "step": None} | more
    return SimpleNamespace(key=key, label=label, kind=kind, max_length=given.pop("max_length", None), **given)


def stored_pattern_values(row: WeeklyLessonRow) -> dict[str, str]:
    """Return the values of a stored weekly lesson as its form shows them."""
    lesson, own_times = row.lesson, row.period is None
    return {
        "weekday": str(lesson.weekday),
        "weeks": lesson.weeks,
        "period": "" if own_times else str(row.period),
        "starts_at": f"{lesson.starts_at:%H:%M}" if own_times else "",
        "ends_at": f"{lesson.ends_at:%H:%M}" if own_times else "",
        "type": lesson.type,
        "teacher": str(lesson.teacher),
        "room": lesson.room,
        "hours": str(lesson.hours),
        "from": lesson.first.isoformat(),
        "until": lesson.last.isoformat(),
    }


def new_pattern_values(journal: TimetabledJournal, rows: Sequence[WeeklyLessonRow]) -> dict[str, str]:
    """Return the values that the form of a new weekly lesson begins with."""
    persons = {part.person for part in journal.teachers}
    last = journal.dates.ends_on
    if journal.dates.session_from is not None:
        last = max(journal.dates.starts_on, journal.dates.session_from - timedelta(days=1))
    return {
        "weekday": "",
        "weeks": EVERY_WEEK,
        "period": "",
        "starts_at": "",
        "ends_at": "",
        "type": "PRACTICE" if any(row.lesson.type == "LECTURE" for row in rows) else "LECTURE",
        "teacher": str(next(iter(persons))) if len(persons) == 1 else "",
        "room": "",
        "hours": "2",
        "from": journal.dates.starts_on.isoformat(),
        "until": last.isoformat(),
    }


def plan_view(plan: LessonPlan, journal: TimetabledJournal) -> SimpleNamespace:
    """Build the preview of the lessons that would be generated: by type with what is left over, and the days without
    lessons."""
    return SimpleNamespace(
        new=len(plan.new),
        changed=len(plan.changed),
        removed=len(plan.removed),
        first=min((one.key[1] for one in plan.new), default=None),
        last=max((one.key[1] for one in plan.new), default=None),
        is_empty=plan.is_empty,
        left=plan.left,
        total=journal.planned_total if not journal.planned else None,
        passed=plan.passed_days,
        hours=[
            SimpleNamespace(
                type=lesson_type_label(one.type),
                planned=one.planned,
                placed=one.placed,
                left=one.left,
                spare=one.spare_lessons,
            )
            for one in plan.hours
        ],
        skipped=[
            SimpleNamespace(
                day=day, why=pick_text(names, locale()) if any(names.values()) else _(SKIP_LABELS[kind])
            )
            for day, kind, names in plan.skipped
        ],
    )


def current_week_text(dates: Any, today: date) -> str:
    """Return which week of the semester today is in: odd or even; "" outside the semester."""
    if not dates.starts_on <= today <= dates.ends_on:
        return ""
    number = semester_week_number(dates.starts_on, today)
    text = _("Week %(n)s of the semester, odd") if number % 2 else _("Week %(n)s of the semester, even")
    return text % {"n": number}


def conflict_texts(texts: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the texts of all fields in one list."""
    return [text for its in texts.values() for text in its]
