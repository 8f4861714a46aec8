"""Find what rows of a workbook of the structure name: semesters and persons by their words; parents before parts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select

from app.exchange.school_years import school_year_end
from app.journal.tables import Semester
from app.kernel.db import db
from app.kernel.workbook_reading import WorkbookRow, word_key
from app.people.models import Person
from app.people.rules import full_name


def load_semester_ids_by_word(today: date) -> dict[str, UUID]:
    """Return the semesters that are not over by name with year, in each language and each way to write the year."""
    rows = db.session.scalars(select(Semester).where(Semester.ends_on >= today))
    return {
        word_key(f"{name}, {year}"): row.id
        for row in rows
        for name in row.names.values()
        for year in _written_years(row.academic_year)
    }


def _written_years(academic_year: str) -> set[str]:
    """Return an academic year as people write it: 2026/27, 2026/2027 and 2026-2027."""
    end = school_year_end(academic_year)
    if end is None:
        return {academic_year}
    first = end - 1
    return {academic_year, f"{first}/{end % 100:02}", f"{first}/{end}", f"{first}-{end}"}


def load_person_ids_by_name() -> dict[str, set[UUID]]:
    """Return the persons that have not left by full name, with and without the patronymic."""
    columns = (Person.id, Person.family_name, Person.given_name, Person.patronymic)
    by_name: dict[str, set[UUID]] = {}
    for id, family, given, patronymic in db.session.execute(
        select(*columns).where(Person.ended_at.is_(None))
    ):
        for name in {full_name(family, given, patronymic), full_name(family, given)}:
            by_name.setdefault(word_key(name), set()).add(id)
    return by_name


def sort_parents_first(rows: list[WorkbookRow]) -> list[WorkbookRow]:
    """Return the rows of units with each parent before its parts; rows in a circle last, in their order."""
    by_code = {word_key(row.values.get("code") or ""): row for row in rows}
    done: dict[int, WorkbookRow] = {}

    def add(row: WorkbookRow, path: frozenset[int]) -> None:
        if row.number in done or row.number in path:
            return
        parent = by_code.get(word_key(row.values.get("parent") or ""))
        if parent is not None:
            add(parent, path | {row.number})
        done.setdefault(row.number, row)

    for row in rows:
        add(row, frozenset())
    return list(done.values())
