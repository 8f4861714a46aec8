"""Rules of disciplines, journals, teachers and curricula as their pages make and end them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.journal.gradebook.cell_state import LESSON_TYPES
from app.kernel.errors import DepterError, FieldProblem, Invalid, Refused

TEACHING_PARTS = ("LECTURER", "PRACTICE", "LAB")
"""Parts that a person is given in a journal; substitutes are named for an absence."""
CONTROL_FORMS = ("EXAM", "CREDIT")
MAX_HOURS, MAX_CREDITS = 1000, Decimal(60)
MIN_SEMESTER, MAX_SEMESTER = 1, 14


@dataclass(frozen=True, slots=True)
class TeachingDays:
    """A part of a person in a journal from and until a day (both included; open when None)."""

    person: UUID
    part: str
    first: date
    last: date | None


def hours_and_credits_problems(
    hours: Mapping[str, int], credits: Decimal | None
) -> dict[str, list[FieldProblem]]:
    """Return the problems of academic hours by type of lesson (`hours-<type>`) and of credits, by field."""
    problems: dict[str, list[FieldProblem]] = {}
    for type, count in hours.items():
        if type not in LESSON_TYPES or not 0 <= count <= MAX_HOURS:
            problems[f"hours-{type}"] = [FieldProblem("forms.field.out_of_range")]
    if credits is not None and not 0 < credits <= MAX_CREDITS:
        problems["credits"] = [FieldProblem("forms.field.out_of_range")]
    return problems


def refusal_to_set_teaching(
    new: TeachingDays,
    others: Iterable[TeachingDays],
    semester: tuple[date, date],
    journal_ends_on: date | None,
) -> Invalid | None:
    """Return the refusal of a person's part in a journal (2.1): a known part, days in order, from the semester on and
    not after its end or that of the journal, no second time on the same days."""
    first, last = semester
    if new.part not in TEACHING_PARTS:
        return Invalid.field("part", "forms.field.not_offered")
    if new.last is not None and new.last < new.first:
        return Invalid.field("until", "people.period.backwards")
    until = min(last, journal_ends_on) if journal_ends_on is not None else last
    if new.first > until:
        return Invalid.field("from", "journal.structure.after_end", at=until)
    if new.last is not None and new.last < first:
        return Invalid.field("until", "journal.structure.before_start", at=first)
    for other in others:
        starts_before_end = other.last is None or new.first <= other.last
        ends_after_start = new.last is None or other.first <= new.last
        if (other.person, other.part) == (new.person, new.part) and starts_before_end and ends_after_start:
            return Invalid.field("teacher", "journal.structure.teacher_twice", at=other.first)
    return None


def refusal_to_end_journal(
    last: date | None, marks: int, rolls: int, lessons_after: int, reason: str
) -> DepterError | None:
    """Return the refusal to end a journal: no lesson is planned after its last day, and a journal with marks or rolls
    is ended only with a reason. Nothing of it is deleted."""
    if last is None:
        return None
    if lessons_after:
        return Refused("journal.structure.lessons_left", lessons=lessons_after, at=last)
    if (marks or rolls) and not reason.strip():
        return Invalid.field("reason", "journal.structure.marks_stay", marks=marks, rolls=rolls)
    return None


def matching_curriculum_line(semesters: Iterable[tuple[UUID, int]], year_of_study: int | None) -> UUID | None:
    """Return the one curriculum line (id, number of its semester) that fits the year of study; None when none or
    several do."""
    lines = list(semesters)
    if year_of_study is not None:
        lines = [one for one in lines if one[1] in (2 * year_of_study - 1, 2 * year_of_study)]
    return lines[0][0] if len(lines) == 1 else None
