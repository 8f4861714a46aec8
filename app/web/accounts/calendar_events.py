"""Entries of a personal calendar: lessons, exams, open tasks and, for a student, the own deadlines.

Other programs read a calendar, and other people may see it: it contains no other person's name, no mark and
no reason (7.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import url_for

from app.cases.queries.inbox import Reader
from app.cases.queries.open_deadlines import OpenTerm, open_terms
from app.diagrams.versions import load
from app.journal.appeals.result_options import running_appeals
from app.journal.courses.timetable import TimetableLesson, lessons_attended, lessons_taught
from app.journal.exams.personal_dates import exams_attended, exams_taught
from app.journal.gradebook.cell_state import NOT_HELD
from app.journal.makeups.debt_queries import Debt, debts_of_student
from app.journal.reminders.queries import returns_of
from app.kernel.act import Act
from app.kernel.clock import ZONE, local_day
from app.kernel.i18n import day_text, pick, translations
from app.people.queries import CalendarOwner, hats_of
from app.texts.subject_line import LESSON_TYPES, SHEET_KINDS, place_line
from app.web.accounts.ics import DAY_END, Entry

AHEAD = timedelta(weeks=4)
MOST_LESSONS, MOST_TERMS = 600, 300


class Agenda:
    """The calendar entries of one owner in the owner's language; links begin with `base`."""

    def __init__(self, owner: CalendarOwner, now: datetime, base: str) -> None:
        self._owner, self._now, self._base = owner, now, base
        self._host = urlsplit(base).hostname or "localhost"
        self._locale = owner.locale
        self._catalogue = translations(owner.locale)

    @property
    def calendar_name(self) -> str:
        """Return the title under which calendar programs list this calendar."""
        return self._catalogue.gettext("Depter: lessons and terms")

    def load_entries(self) -> list[Entry]:
        """Load all entries, each `uid` once.

        The number of statements does not grow with the number of entries.
        """
        assignments = hats_of(self._owner.person, local_day(self._now))
        roles = {assignment.role for assignment in assignments}
        found = list(self._task_entries(Reader(self._owner.person, (), assignments)))
        found += self._lesson_entries(lessons_taught)
        found += self._lesson_entries(lessons_attended)
        found += self._exam_entries(exams_taught, url_for("journal.today"))
        found += self._exam_entries(exams_attended, url_for("student.marks"))
        if "student" in roles or not roles:
            found += self._student_deadlines()
        return list({entry.uid: entry for entry in found}.values())

    def _entry_uid(self, kind: str, id: Any) -> str:
        return f"{kind}-{id}@{self._host}"

    def _task_entries(self, reader: Reader) -> Iterator[Entry]:
        for deadline in open_terms(reader, MOST_TERMS):
            yield Entry(
                uid=self._entry_uid("task", deadline.task),
                summary=self._catalogue.gettext("Due: %(title)s") % {"title": self._task_title(deadline)},
                starts_at=deadline.due_at,
                text=self._entry_text(
                    place_line(deadline.subject, self._locale), deadline.number, clause=deadline.clause
                ),
                url=self._base + url_for("tasks.task", task_id=deadline.task),
            )

    def _task_title(self, deadline: OpenTerm) -> str:
        return pick(load(deadline.version_id).model.user_tasks[deadline.element].titles, self._locale)

    def _lesson_entries(self, read: Any) -> Iterator[Entry]:
        """Yield the lessons of the next four weeks, from the start of today."""
        dawn = datetime.combine(local_day(self._now), time.min, ZONE)
        taught = read is lessons_taught
        for lesson in read(self._owner.person, dawn, dawn + AHEAD, MOST_LESSONS):
            yield self._lesson_entry(lesson, taught)

    def _lesson_entry(self, lesson: TimetableLesson, taught: bool) -> Entry:
        parts = [
            pick(lesson.names, self._locale),
            self._lesson_type_name(lesson.type),
            lesson.group if taught else "",
        ]
        page = url_for("journal.lesson", lesson=lesson.id) if taught else url_for("student.today")
        return Entry(
            uid=self._entry_uid("lesson", lesson.id),
            summary=", ".join(part for part in parts if part),
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            text=lesson.topic,
            url=self._base + page,
            place=lesson.room,
            revision=lesson.version,
            cancelled=lesson.state in NOT_HELD,
        )

    def _exam_entries(self, read: Any, page: str) -> Iterator[Entry]:
        """Yield the exams from today on as whole-day entries (4.3.3)."""
        for exam in read(self._owner.person, local_day(self._now), MOST_TERMS):
            about = {"course": pick(exam.names, self._locale), "group": exam.group}
            yield Entry(
                uid=self._entry_uid("exam", exam.offering),
                summary=self._catalogue.gettext("Exam: %(course)s, %(group)s") % about,
                starts_at=datetime.combine(exam.day, DAY_END, ZONE),
                text=self._entry_text(clause="4.3.3"),
                url=self._base + page,
            )

    def _student_deadlines(self) -> Iterator[Entry]:
        """Yield the deadlines of a student: make-up work, documents for absences, appeals."""
        for debt in debts_of_student(self._owner.person, self._now)[:MOST_TERMS]:
            deadline = next((one for one in (debt.soft, debt.hard) if one.moment >= self._now), None)
            if deadline is not None:
                yield self._makeup_entry(debt, deadline.moment, deadline.clause)
        yield from self._document_deadlines()
        yield from self._appeal_deadlines()

    def _makeup_entry(self, debt: Debt, moment: datetime, clause: str) -> Entry:
        lesson = debt.facts.cell.lesson
        about: Mapping[str, str] = {
            "course": pick(debt.offering.names, self._locale),
            "day": day_text(local_day(lesson.starts_at), self._locale),
        }
        return Entry(
            uid=self._entry_uid("workoff", lesson.id),
            summary=self._catalogue.gettext("Work-off due: %(course)s, %(day)s") % about,
            starts_at=moment,
            text=self._entry_text(self._lesson_type_name(lesson.type), clause=clause),
            url=self._base + url_for("student.absences"),
        )

    def _document_deadlines(self) -> Iterator[Entry]:
        """Yield the last days to hand in a document for an absence after the day of return (4.2.3)."""
        for back in {one.returned_on: one for one in returns_of([self._owner.person], self._now)}.values():
            if back.term.moment >= self._now:
                yield Entry(
                    uid=self._entry_uid("excuse", back.returned_on),
                    summary=self._catalogue.gettext("The last day to hand in a document for your absence"),
                    starts_at=back.term.moment,
                    text=self._entry_text(clause=back.term.clause),
                    url=self._base + url_for("student.absences"),
                )

    def _appeal_deadlines(self) -> Iterator[Entry]:
        """Yield the deadlines of appeals that are still possible, with a link to the course."""
        for running in running_appeals(Act(self._owner.person, None, self._now), self._owner.person):
            one = running.of
            about = pick(one.names, self._locale), self._catalogue.gettext(SHEET_KINDS[one.kind])
            yield Entry(
                uid=self._entry_uid("appeal", one.result.id),
                summary=self._catalogue.gettext("An appeal is possible until then: %(of)s")
                % {"of": ", ".join(about)},
                starts_at=running.term.moment,
                text=self._entry_text(clause=running.term.clause),
                url=self._base + url_for("student.marks") + f"#c-{one.offering}",
            )

    def _lesson_type_name(self, kind: str) -> str:
        return self._catalogue.gettext(LESSON_TYPES.get(kind, kind))

    def _entry_text(self, *lines: str, clause: str) -> str:
        """Join the non-empty lines and the cited clause into the description of an entry."""
        cited = self._catalogue.gettext("Clause %(number)s of the regulation") % {"number": clause}
        return "\n".join(line for line in (*lines, cited) if line)
