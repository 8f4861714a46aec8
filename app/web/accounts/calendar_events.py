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

from app.cases.queries.inbox import InboxOwner
from app.cases.queries.open_deadlines import TaskDeadline, load_open_inbox_deadlines
from app.diagrams.versions import load_version
from app.journal.appeals.result_options import load_appealable_results
from app.journal.courses.timetable import TimetableLesson, load_lessons_of_student, load_lessons_of_teacher
from app.journal.exams.personal_dates import load_exams_of_student, load_exams_of_teacher
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS
from app.journal.makeups.debt_queries import MakeupDebt, load_debts_of_student
from app.journal.reminders.queries import load_study_returns
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.i18n import day_text, load_translations, pick_text
from app.people.queries import CalendarOwner, load_roles_on_day
from app.texts.subject_line import LESSON_TYPE_LABELS, SHEET_KIND_LABELS, course_and_group_line
from app.web.accounts.ics import LAST_SECOND_OF_DAY, CalendarEntry

LESSON_LOOKAHEAD = timedelta(weeks=4)
MAX_LESSONS, MAX_DEADLINES = 600, 300


class PersonalCalendar:
    """The calendar entries of one owner in the owner's language; links begin with `base`."""

    def __init__(self, owner: CalendarOwner, now: datetime, base: str) -> None:
        self._owner, self._now, self._base = owner, now, base
        self._host = urlsplit(base).hostname or "localhost"
        self._locale = owner.locale
        self._catalogue = load_translations(owner.locale)

    @property
    def calendar_name(self) -> str:
        """Return the title under which calendar programs list this calendar."""
        return self._catalogue.gettext("Depter: classes and deadlines")

    def load_entries(self) -> list[CalendarEntry]:
        """Load all entries, each `uid` once.

        The number of statements does not grow with the number of entries.
        """
        assignments = load_roles_on_day(self._owner.person, local_day(self._now))
        roles = {assignment.role for assignment in assignments}
        found = list(self._task_entries(InboxOwner(self._owner.person, (), assignments)))
        found += self._lesson_entries(load_lessons_of_teacher)
        found += self._lesson_entries(load_lessons_of_student)
        found += self._exam_entries(load_exams_of_teacher, url_for("journal.show_teacher_today"))
        found += self._exam_entries(load_exams_of_student, url_for("student.marks"))
        if "student" in roles or not roles:
            found += self._student_deadline_entries()
        return list({entry.uid: entry for entry in found}.values())

    def _entry_uid(self, kind: str, id: Any) -> str:
        return f"{kind}-{id}@{self._host}"

    def _task_entries(self, reader: InboxOwner) -> Iterator[CalendarEntry]:
        for deadline in load_open_inbox_deadlines(reader, MAX_DEADLINES):
            yield CalendarEntry(
                uid=self._entry_uid("task", deadline.task),
                summary=self._catalogue.gettext("Due: %(title)s") % {"title": self._task_title(deadline)},
                starts_at=deadline.due_at,
                text=self._entry_description(
                    course_and_group_line(deadline.subject, self._locale),
                    deadline.number,
                    clause=deadline.clause,
                ),
                url=self._base + url_for("tasks.show_task", task_id=deadline.task),
            )

    def _task_title(self, deadline: TaskDeadline) -> str:
        return pick_text(
            load_version(deadline.version_id).model.user_tasks[deadline.element].titles, self._locale
        )

    def _lesson_entries(self, read: Any) -> Iterator[CalendarEntry]:
        """Yield the lessons of the next four weeks, from the start of today."""
        dawn = datetime.combine(local_day(self._now), time.min, UNIVERSITY_ZONE)
        taught = read is load_lessons_of_teacher
        for lesson in read(self._owner.person, dawn, dawn + LESSON_LOOKAHEAD, MAX_LESSONS):
            yield self._lesson_entry(lesson, taught)

    def _lesson_entry(self, lesson: TimetableLesson, taught: bool) -> CalendarEntry:
        parts = [
            pick_text(lesson.names, self._locale),
            self._lesson_type_name(lesson.type),
            lesson.group if taught else "",
        ]
        page = url_for("journal.show_lesson", lesson=lesson.id) if taught else url_for("student.today")
        return CalendarEntry(
            uid=self._entry_uid("lesson", lesson.id),
            summary=", ".join(part for part in parts if part),
            starts_at=lesson.starts_at,
            ends_at=lesson.ends_at,
            text=lesson.topic,
            url=self._base + page,
            place=lesson.room,
            revision=lesson.version,
            cancelled=lesson.state in LESSON_STATES_WITHOUT_MARKS,
        )

    def _exam_entries(self, read: Any, page: str) -> Iterator[CalendarEntry]:
        """Yield the exams from today on as whole-day entries (4.3.3)."""
        for exam in read(self._owner.person, local_day(self._now), MAX_DEADLINES):
            about = {"course": pick_text(exam.names, self._locale), "group": exam.group}
            yield CalendarEntry(
                uid=self._entry_uid("exam", exam.offering),
                summary=self._catalogue.gettext("Exam: %(course)s, %(group)s") % about,
                starts_at=datetime.combine(exam.day, LAST_SECOND_OF_DAY, UNIVERSITY_ZONE),
                text=self._entry_description(clause="4.3.3"),
                url=self._base + page,
            )

    def _student_deadline_entries(self) -> Iterator[CalendarEntry]:
        """Yield the deadlines of a student: make-up work, documents for absences, appeals."""
        for debt in load_debts_of_student(self._owner.person, self._now)[:MAX_DEADLINES]:
            deadline = next(
                (one for one in (debt.soft_deadline, debt.hard_deadline) if one.moment >= self._now), None
            )
            if deadline is not None:
                yield self._makeup_entry(debt, deadline.moment, deadline.clause)
        yield from self._document_deadline_entries()
        yield from self._appeal_deadline_entries()

    def _makeup_entry(self, debt: MakeupDebt, moment: datetime, clause: str) -> CalendarEntry:
        lesson = debt.rule_state.cell.lesson
        about: Mapping[str, str] = {
            "course": pick_text(debt.offering.names, self._locale),
            "day": day_text(local_day(lesson.starts_at), self._locale),
        }
        return CalendarEntry(
            uid=self._entry_uid("makeup", lesson.id),
            summary=self._catalogue.gettext("Make-up deadline: %(course)s, %(day)s") % about,
            starts_at=moment,
            text=self._entry_description(self._lesson_type_name(lesson.type), clause=clause),
            url=self._base + url_for("student.absences"),
        )

    def _document_deadline_entries(self) -> Iterator[CalendarEntry]:
        """Yield the last days to hand in a document for an absence after the day of return (4.2.3)."""
        for back in {
            one.returned_on: one for one in load_study_returns([self._owner.person], self._now)
        }.values():
            if back.document_deadline.moment >= self._now:
                yield CalendarEntry(
                    uid=self._entry_uid("excuse", back.returned_on),
                    summary=self._catalogue.gettext("The last day to submit a document for your absence"),
                    starts_at=back.document_deadline.moment,
                    text=self._entry_description(clause=back.document_deadline.clause),
                    url=self._base + url_for("student.absences"),
                )

    def _appeal_deadline_entries(self) -> Iterator[CalendarEntry]:
        """Yield the deadlines of appeals that are still possible, with a link to the course."""
        for running in load_appealable_results(Act(self._owner.person, None, self._now), self._owner.person):
            one = running.student_result
            about = pick_text(one.names, self._locale), self._catalogue.gettext(SHEET_KIND_LABELS[one.kind])
            yield CalendarEntry(
                uid=self._entry_uid("appeal", one.result.id),
                summary=self._catalogue.gettext("An appeal is possible until then: %(of)s")
                % {"of": ", ".join(about)},
                starts_at=running.deadline.moment,
                text=self._entry_description(clause=running.deadline.clause),
                url=self._base + url_for("student.marks") + f"#c-{one.offering}",
            )

    def _lesson_type_name(self, kind: str) -> str:
        return self._catalogue.gettext(LESSON_TYPE_LABELS.get(kind, kind))

    def _entry_description(self, *lines: str, clause: str) -> str:
        """Join the non-empty lines and the cited clause into the description of an entry."""
        cited = self._catalogue.gettext("Clause %(number)s of the regulation") % {"number": clause}
        return "\n".join(line for line in (*lines, cited) if line)
