"""Plan the import of a workbook of the structure: its rows become steps, or findings by sheet and cell; writes nothing.

Things are found by what people call them: units, disciplines and programmes by code, groups by name, journals by
discipline, group and semester, persons by full name. A row that is there already is unchanged; an empty cell leaves
what is stored. A workbook ends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from app.exchange.structure_names import (
    load_person_ids_by_name,
    load_semester_ids_by_word,
    sort_parents_first,
)
from app.journal.courses.curriculum_commands import LINE_COLUMNS
from app.journal.courses.discipline_commands import COURSE_COLUMNS
from app.journal.courses.journal_commands import JOURNAL_COLUMNS, TEACHING_COLUMNS
from app.journal.tables import Course, CurriculumLine, Offering, PlannedHours, Semester, Teaching
from app.kernel.db import db
from app.kernel.ids import new_id
from app.kernel.workbook_reading import Workbook, WorkbookRow, WorkbookSheet, word_key
from app.people.commands.groups import GROUP_COLUMNS
from app.people.commands.programmes import PROGRAMME_COLUMNS
from app.people.commands.units import UNIT_COLUMNS
from app.people.models import Programme, StudyGroup, Unit
from app.people.row_changes import row_digest

NEW, CHANGED, SAME = "new", "changed", "same"


@dataclass(frozen=True, slots=True)
class StructureStep:
    """One deed of an import: its kind, the thing, its arguments as JSON, and the row from which it comes."""

    do: str
    id: UUID
    args: Mapping[str, Any]
    sheet: str
    row: int

    def as_json(self) -> dict[str, Any]:
        """Return the step as the plan stores it."""
        return {
            "do": self.do,
            "id": str(self.id),
            "args": {key: _as_json(value) for key, value in self.args.items()},
            "sheet": self.sheet,
            "row": self.row,
        }


def _as_json(value: Any) -> Any:
    """Return a value as JSON: ids, days and credits as texts."""
    return value if isinstance(value, (str, int, dict)) or value is None else str(value)


@dataclass(slots=True)
class StructurePlan:
    """The steps of a workbook, and its rows counted by sheet and by what happens to them."""

    steps: list[StructureStep] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


def plan_structure_import(book: Workbook, today: date) -> StructurePlan:
    """Plan a workbook; what cannot be matched is noted among its findings."""
    return _PlanBuilder(book, today).plan()


class _PlanBuilder:
    """Builds the plan of one workbook from what is stored and from its own earlier rows."""

    def __init__(self, book: Workbook, today: date) -> None:
        self.book, self.today, self.built = book, today, StructurePlan()
        self.sheet = WorkbookSheet("", "")
        self.row = WorkbookRow(0, {})
        self.seen_keys: set[tuple[Any, ...]] = set()
        self.units = {word_key(one.code): one for one in self._going_on(Unit)}
        self.unit_ids = {code: one.id for code, one in self.units.items()}
        self.programmes = {(one.unit_id, word_key(one.code)): one for one in self._going_on(Programme)}
        self.programme_ids = {key: one.id for key, one in self.programmes.items()}
        self.groups = {word_key(one.name): one for one in self._going_on(StudyGroup)}
        self.group_ids = {name: one.id for name, one in self.groups.items()}
        self.courses = {word_key(one.code): one for one in self._going_on(Course)}
        self.course_ids = {code: one.id for code, one in self.courses.items()}
        self.lines = {
            (one.programme_id, one.course_id, one.semester): one for one in self._going_on(CurriculumLine)
        }
        self.journals = {
            (one.course_id, one.group_id, one.semester_id): one for one in self._going_on(Offering)
        }
        self.stored_journals = {one.id for one in self.journals.values()}
        self.journal_ids = {key: one.id for key, one in self.journals.items()}
        self.semesters = load_semester_ids_by_word(today)
        self.persons = load_person_ids_by_name()
        self.hours: dict[UUID, dict[str, int]] = {}
        for one in db.session.scalars(select(PlannedHours)):
            self.hours.setdefault(one.offering_id, {})[one.type] = one.hours
        self.teachings: dict[tuple[UUID, UUID, str], list[Teaching]] = {}
        for part in db.session.scalars(select(Teaching)):
            key = (part.offering_id, part.person_id, part.part)
            self.teachings.setdefault(key, []).append(part)

    def _going_on(self, model: Any) -> list[Any]:
        """Return the rows of a table that have not ended before today."""
        return list(
            db.session.scalars(select(model).where(or_(model.ends_on.is_(None), model.ends_on >= self.today)))
        )

    def plan(self) -> StructurePlan:
        """Return the plan of all sheets."""
        planners = {
            "units": self._plan_unit,
            "programmes": self._plan_programme,
            "groups": self._plan_group,
            "disciplines": self._plan_discipline,
            "curriculum": self._plan_line,
            "journals": self._plan_journal,
        }
        for sheet in self.book.sheets:
            self.sheet = sheet
            self.built.counts[sheet.kind] = {NEW: 0, CHANGED: 0, SAME: 0}
            rows = sort_parents_first(sheet.rows) if sheet.kind == "units" else sheet.rows
            for self.row in rows:
                planners[sheet.kind]()
        return self.built

    def _text(self, key: str) -> str:
        return str(self.row.values.get(key) or "")

    def _note(self, key: str, code: str, **params: Any) -> None:
        self.book.add(self.sheet, self.row.number, key, f"exchange.structure_file.{code}", **params)

    def _step(self, do: str, id: UUID, what: str, **args: Any) -> None:
        """Add a step, and count its row."""
        self.built.steps.append(StructureStep(do, id, args, self.sheet.kind, self.row.number))
        self.built.counts[self.sheet.kind][what] += 1

    def _same(self) -> None:
        self.built.counts[self.sheet.kind][SAME] += 1

    def _is_first(self, key: str, *identity: Any) -> bool:
        """Return whether the thing of this row is not in an earlier one; note it when it is."""
        full = (self.sheet.kind, *identity)
        if full in self.seen_keys:
            self._note(key, "twice")
            return False
        self.seen_keys.add(full)
        return True

    def _find(self, key: str, table: Mapping[Any, UUID]) -> UUID | None:
        """Return what a cell names; None for an empty cell, and when it is not there, which is noted."""
        text = self._text(key)
        if not text:
            return None
        found = table.get(word_key(text))
        if found is None:
            self._note(key, "unknown", text=text)
        return found

    def _names(self, stored: Mapping[str, str] | None) -> dict[str, str]:
        """Return the names of the row over the stored ones."""
        given = {one: self._text(f"name_{one}") for one in ("ky", "ru", "en")}
        return {**(stored or {}), **{one: name for one, name in given.items() if name}}

    def _add_or_change(
        self, kind: str, row: Any, made: UUID, columns: tuple[str, ...], values: dict[str, Any]
    ) -> None:
        """Add the step of a thing: new when `row` is None, none when its values are stored already. `values` by
        column."""
        if row is None:
            self._step(f"{kind}.add", made, NEW, **values)
        elif all(getattr(row, name) == value for name, value in values.items()):
            self._same()
        else:
            self._step(f"{kind}.change", row.id, CHANGED, seen=row_digest(row, columns), **values)

    def _plan_unit(self) -> None:
        code = word_key(self._text("code"))
        parent = self._find("parent", self.unit_ids)
        if not self._is_first("code", code):
            return
        row = self.units.get(code)
        made = row.id if row else new_id()
        self.unit_ids[code] = made
        values = {
            "kind": self.row.values.get("kind"),
            "code": self._text("code"),
            "names": self._names(row.names if row else None),
            "parent_id": parent if self._text("parent") or row is None else row.parent_id,
        }
        self._add_or_change("unit", row, made, UNIT_COLUMNS, values)

    def _plan_programme(self) -> None:
        unit = self._find("unit", self.unit_ids)
        key = (unit, word_key(self._text("code")))
        if unit is None or not self._is_first("code", *key):
            return
        row = self.programmes.get(key)
        made = row.id if row else new_id()
        self.programme_ids[key] = made
        values = {
            "code": self._text("code"),
            "names": self._names(row.names if row else None),
            "unit_id": unit,
        }
        self._add_or_change("programme", row, made, PROGRAMME_COLUMNS, values)

    def _plan_group(self) -> None:
        unit, name = self._find("unit", self.unit_ids), word_key(self._text("name"))
        if unit is None or not self._is_first("name", name):
            return
        row = self.groups.get(name)
        made = row.id if row else new_id()
        self.group_ids[name] = made
        programme = self._find(
            "programme", {code: id for (of, code), id in self.programme_ids.items() if of == unit}
        )
        year = self.row.values.get("year")
        values = {
            "name": self._text("name"),
            "unit_id": unit,
            "programme_id": programme if self._text("programme") or row is None else row.programme_id,
            "year_of_study": year if year is not None or row is None else row.year_of_study,
        }
        before = len(self.built.steps)
        self._add_or_change("group", row, made, GROUP_COLUMNS, values)
        curator = self._find_person("curator")
        held = row.curator_id if row else None
        if curator is not None and curator != held:
            first = self.row.values.get("from") or self.today
            step = StructureStep(
                "group.curator",
                made,
                {"curator": curator, "first": first, "seen": held},
                self.sheet.kind,
                self.row.number,
            )
            self.built.steps.append(step)
            counts = self.built.counts[self.sheet.kind]
            if row is not None and len(self.built.steps) == before + 1:
                # Nothing else of the group changes: its row was counted as unchanged.
                counts[SAME], counts[CHANGED] = counts[SAME] - 1, counts[CHANGED] + 1

    def _plan_discipline(self) -> None:
        unit, code = self._find("unit", self.unit_ids), word_key(self._text("code"))
        if unit is None or not self._is_first("code", code):
            return
        row = self.courses.get(code)
        made = row.id if row else new_id()
        self.course_ids[code] = made
        values = {
            "code": self._text("code"),
            "names": self._names(row.names if row else None),
            "department_id": unit,
        }
        self._add_or_change("course", row, made, COURSE_COLUMNS, values)

    def _plan_line(self) -> None:
        course = self._find("course", self.course_ids)
        code = word_key(self._text("programme"))
        found = {id for (_unit, one), id in self.programme_ids.items() if one == code}
        if len(found) != 1:
            self._note("programme", "several" if found else "unknown", text=self._text("programme"))
            return
        (programme,) = found
        semester = self.row.values.get("semester")
        if course is None or not self._is_first("course", programme, course, semester):
            return
        row = self.lines.get((programme, course, semester))
        credits = self.row.values.get("credits")
        values = {
            "course_id": course,
            "semester": semester,
            "credits": credits if credits is not None or row is None else row.credits,
            "hours": {**(row.hours if row else {}), **self._hours()},
            "control": self.row.values.get("control"),
        }
        if row is not None and all(getattr(row, name) == value for name, value in values.items()):
            self._same()
            return
        seen = row_digest(row, LINE_COLUMNS) if row else None
        what, made = (CHANGED, row.id) if row else (NEW, new_id())
        do = "line.change" if row else "line.add"
        self._step(do, made, what, programme=programme, seen=seen, **values)

    def _hours(self) -> dict[str, int]:
        return {
            key.removeprefix("hours-"): value
            for key, value in self.row.values.items()
            if key.startswith("hours-") and value
        }

    def _plan_journal(self) -> None:
        course, group = self._find("course", self.course_ids), self._find("group", self.group_ids)
        semester = self._find("semester", self.semesters)
        if course is None or group is None or semester is None:
            return
        key = (course, group, semester)
        row, before, hours = self.journals.get(key), len(self.built.steps), self._hours()
        credits = self.row.values.get("credits")
        if row is None and key not in self.journal_ids:
            self.journal_ids[key] = new_id()
            self._step(
                "journal.add",
                self.journal_ids[key],
                NEW,
                course=course,
                group=group,
                semester=semester,
                credits=credits,
                hours=hours,
            )
        elif row is not None:
            if hours and hours != self.hours.get(row.id, {}):
                first = next(name for name in self.row.values if name.startswith("hours-"))
                self._note(first, "hours_in_timetable")
            if credits is not None and credits != row.credits and self._is_first("credits", *key):
                seen = row_digest(row, JOURNAL_COLUMNS)
                self._step("journal.change", row.id, CHANGED, seen=seen, credits=credits)
        self._plan_teacher(self.journal_ids[key])
        if len(self.built.steps) == before:
            self._same()

    def _plan_teacher(self, journal: UUID) -> None:
        """Plan the teacher of a row: a new part, or other days of one that is there."""
        person, part = self._find_person("teacher"), self.row.values.get("part") or "LECTURER"
        if person is None or not self._is_first("teacher", journal, person, part):
            return
        stored = self.teachings.get((journal, person, part), [])
        row = stored[-1] if stored else None
        semester = self._find("semester", self.semesters)
        starts_on = db.session.get(Semester, semester).starts_on if semester else self.today  # type: ignore[union-attr]
        first, last = self.row.values.get("from"), self.row.values.get("until")
        if row is None:
            if journal in self.stored_journals:
                self.built.counts[self.sheet.kind][CHANGED] += 1
            self.built.steps.append(
                StructureStep(
                    "teacher.add",
                    new_id(),
                    {
                        "journal": journal,
                        "person": person,
                        "part": part,
                        "first": first or starts_on,
                        "last": last,
                    },
                    self.sheet.kind,
                    self.row.number,
                )
            )
            return
        wanted = (first or row.starts_on, last or row.ends_on)
        if wanted != (row.starts_on, row.ends_on):
            seen = row_digest(row, TEACHING_COLUMNS)
            args = {"journal": journal, "part": part, "first": wanted[0], "last": wanted[1]}
            self._step("teacher.change", row.id, CHANGED, seen=seen, **args)

    def _find_person(self, key: str) -> UUID | None:
        """Return the person of a cell by full name; note an unknown name and one of several persons."""
        text = self._text(key)
        if not text:
            return None
        found = self.persons.get(word_key(text), set())
        if len(found) != 1:
            self._note(key, "several" if found else "unknown", text=text)
            return None
        return next(iter(found))
