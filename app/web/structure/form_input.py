"""Read what the pages of the structure post: identifiers, days, numbers, names in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.journal.courses.curriculum_commands import LineEdit
from app.journal.courses.discipline_commands import CourseEdit
from app.journal.courses.journal_commands import JournalEdit
from app.journal.courses.structure_rules import MAX_CREDITS, TeachingDays
from app.journal.gradebook.cell_state import LESSON_TYPES
from app.kernel.errors import FieldProblem, Invalid
from app.kernel.i18n import LOCALES
from app.kernel.ids import parse_id
from app.kernel.typed_values import TypedValueError, read_optional_day_field, read_typed_number
from app.people.commands.groups import GroupEdit
from app.people.commands.programmes import ProgrammeEdit
from app.people.commands.units import UnitEdit

MAX_DIGITS = 4
NO_ID = UUID(int=0)


class StructureForm:
    """A posted form. Every problem is noted, so that all of them are named at once by `raise_if_any`."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self.form = form
        self.problems: dict[str, list[FieldProblem]] = {}

    def raise_if_any(self) -> None:
        """Raise Invalid with all problems noted."""
        if self.problems:
            raise Invalid(self.problems)

    def text(self, field: str) -> str:
        """Return a text with single spaces."""
        return " ".join(self.form.get(field, "").split())

    def names(self) -> dict[str, str]:
        """Return the names by language, without empty ones."""
        names = {locale: self.text(f"name_{locale}") for locale in LOCALES}
        return {locale: name for locale, name in names.items() if name}

    def optional_id(self, field: str) -> UUID | None:
        """Return an identifier, None for an empty field; note a problem when it is none."""
        if not self.form.get(field):
            return None
        try:
            return parse_id(self.form[field], field)
        except Invalid as wrong:
            self.problems |= wrong.fields
            return None

    def needed_id(self, field: str) -> UUID:
        """Return an identifier; note a problem when it is missing or none."""
        found = self.optional_id(field)
        if found is None:
            self.problems.setdefault(field, [FieldProblem("forms.field.required")])
        return found or NO_ID

    def optional_day(self, field: str) -> date | None:
        """Return a day, None for an empty field; note a problem when it is none."""
        try:
            return read_optional_day_field(field, self.form.get(field))
        except Invalid as unread:
            self.problems |= unread.fields
            return None

    def needed_day(self, field: str) -> date:
        """Return a day; note a problem when it is missing or none."""
        found = self.optional_day(field)
        if found is None:
            self.problems.setdefault(field, [FieldProblem("forms.field.required")])
        return found or date.min

    def optional_number(self, field: str) -> int | None:
        """Return a whole number, None for an empty field; note a problem when it is none."""
        text = self.form.get(field, "").strip()
        if not text:
            return None
        if text.isdecimal() and len(text) <= MAX_DIGITS:
            return int(text)
        self.problems[field] = [FieldProblem("kernel.input.not_a_number")]
        return None

    def credits(self) -> Decimal | None:
        """Return credits with at most one decimal, None for an empty field; note a problem when they are none."""
        text = self.form.get("credits", "").strip()
        if not text:
            return None
        try:
            found = read_typed_number(text)
        except TypedValueError as unread:
            self.problems["credits"] = [unread.problem]
            return None
        if abs(found) > MAX_CREDITS or found != round(found, 1):
            self.problems["credits"] = [FieldProblem("forms.field.out_of_range")]
            return None
        return found

    def hours(self) -> dict[str, int]:
        """Return academic hours by type of lesson from fields `hours-<type>`, without empty ones."""
        found = {type: self.optional_number(f"hours-{type}") for type in LESSON_TYPES}
        return {type: count for type, count in found.items() if count is not None}


def read_unit(form: Mapping[str, str], kind: str | None = None) -> UnitEdit:
    """Return the unit of a form; `kind` of one that exists. Raises Invalid."""
    read = StructureForm(form)
    edit = UnitEdit(kind or form.get("kind", ""), read.text("code"), read.names(), read.optional_id("parent"))
    read.raise_if_any()
    return edit


def read_group(form: Mapping[str, str]) -> GroupEdit:
    """Return the group of a form. Raises Invalid."""
    read = StructureForm(form)
    edit = GroupEdit(
        read.text("name"),
        read.needed_id("unit"),
        read.optional_id("programme"),
        read.optional_number("year"),
    )
    read.raise_if_any()
    return edit


def read_programme(form: Mapping[str, str]) -> ProgrammeEdit:
    """Return the programme of a form. Raises Invalid."""
    read = StructureForm(form)
    edit = ProgrammeEdit(read.text("code"), read.names(), read.needed_id("unit"))
    read.raise_if_any()
    return edit


def read_discipline(form: Mapping[str, str]) -> CourseEdit:
    """Return the discipline of a form. Raises Invalid."""
    read = StructureForm(form)
    edit = CourseEdit(read.text("code"), read.names(), read.needed_id("unit"))
    read.raise_if_any()
    return edit


def read_journal(form: Mapping[str, str]) -> JournalEdit:
    """Return the journal of a form. Raises Invalid."""
    read = StructureForm(form)
    edit = JournalEdit(
        read.needed_id("course"),
        read.needed_id("group"),
        read.needed_id("semester"),
        read.credits(),
        read.hours(),
    )
    read.raise_if_any()
    return edit


def read_curriculum_line(form: Mapping[str, str]) -> LineEdit:
    """Return the curriculum line of a form. Raises Invalid."""
    read = StructureForm(form)
    semester = read.optional_number("semester")
    if semester is None:
        read.problems.setdefault("semester", [FieldProblem("forms.field.required")])
    edit = LineEdit(
        read.needed_id("course"), semester or 0, read.credits(), read.hours(), form.get("control", "")
    )
    read.raise_if_any()
    return edit


def read_teaching(form: Mapping[str, str], person: UUID | None = None) -> TeachingDays:
    """Return the teacher of a form with part and days; `person` of one that exists. Raises Invalid."""
    read = StructureForm(form)
    days = TeachingDays(
        person or read.needed_id("teacher"),
        form.get("part", ""),
        read.needed_day("from"),
        read.optional_day("until"),
    )
    read.raise_if_any()
    return days


def read_last_day(form: Mapping[str, str]) -> date | None:
    """Return the last day of a form, None: it goes on. Raises Invalid."""
    read = StructureForm(form)
    last = read.optional_day("last")
    read.raise_if_any()
    return last
