"""The exam timetable of the demo's semester, set by the academic office with the product's own command; one group still
waits for its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

from app.demo.campus import Campus
from app.journal.exams import queries as exam_queries
from app.journal.exams.commands import set_exam_days
from app.journal.exams.rules import MOST_AT_ONCE, ExamDay, span_of_exams
from app.journal.semesters.queries import semesters
from app.kernel import door
from app.kernel.act import Act, Hat
from app.kernel.db import db
from app.regulation.queries import book
from app.regulation.term_book import Book

DECIDED = timedelta(days=10)
"""How long ago the office decided; the day is also the seed of the ids."""


def tell(campus: Campus) -> None:
    """Set the days of all groups but the last, two working days apart within a group."""
    by_login = {login: human for login, human, _role, _name in campus.accounts}
    office = Act(by_login["office"], None, campus.now - DECIDED, (Hat("academic_office"),), locale="ky")
    db.session.rollback()
    term = semesters()[0]
    rows = exam_queries.timetable(term.id, MOST_AT_ONCE).rows
    days = list(_days(book(db.session), rows, *span_of_exams(term.dates)))
    db.session.rollback()
    change = UUID(int=Random(DECIDED.days).getrandbits(128), version=4)
    with door.write(office):
        set_exam_days(office, change, term.id, days)


def _days(known: Book, rows: tuple[exam_queries.ExamRow, ...], first: date, last: date) -> Iterator[ExamDay]:
    waiting = max(row.group for row in rows)
    place: dict[str, int] = {}
    for row in rows:
        if row.group == waiting:
            continue
        terms = known.terms(row.department, first)
        work = [day for day in _span(first, last) if terms.works(day)]
        number = place.get(row.group, 0)
        place[row.group] = number + 1
        yield ExamDay(row.offering, work[(2 * number) % len(work)], None)


def _span(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
