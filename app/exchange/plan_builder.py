"""Builder of an import plan: reads the stored rows and compares each row of a roster with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.exchange.alike import IDENTITY_COLUMNS, RowIdentityIndex
from app.exchange.changes import TABLE_ORDER, AbsentRow, ImportChange, MissingEnds, SkippedRow
from app.exchange.checks import PlannedRow
from app.exchange.class_groups import GroupKey
from app.exchange.csv_records import RosterFinding
from app.exchange.differing import (
    AUDITED_COLUMNS_OF_REMOVED_ROW,
    FIRST_DAY_COLUMN,
    LAST_DAY_COLUMN,
    changed_column_values,
    is_current_roster_row,
    is_last_day_past,
)
from app.exchange.read import Roster, RosterRow
from app.exchange.remarks import (
    REMARK_NO_DAY,
    REMARK_NOT_ACTIVE,
    REMARK_OTHER_JOURNALS,
    REMARK_ROLE_OVER,
)
from app.exchange.rights import TEACHER_ROLE
from app.exchange.row_days import RowDays
from app.exchange.row_identity import (
    GROUP_KIND,
    TEACHER_ROLE_KIND,
    RowIds,
    row_display_name,
    source_id_of_record,
    source_ids_of_deleted_record,
)
from app.exchange.sessions import MissingValue
from app.exchange.shared_stays import StayKey
from app.exchange.source_ids import load_source_ids
from app.exchange.sourced_rows import SourcedRows
from app.exchange.values import ColumnValues, RosterValueMapper, UnmappedRole, withdrawal_day
from app.journal.tables import Course, Offering, Semester, Teaching
from app.kernel.db import Base, db, model_table
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit

ROWS_PER_REPORT = 2000
"""Rows compared between two reports of progress."""
TableReader = tuple[str, type[Base], Callable[[RosterRow], ColumnValues | None]]


class PlanBuilder:
    """Builder of a plan: reads the tables in the order of their references and compares each row with the
    stored one."""

    def __init__(
        self,
        roster: Roster,
        today: date,
        choices: Mapping[GroupKey, bool],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.roster, self.today, self._progress = roster, today, progress
        self.stored: dict[type[Base], dict[UUID, Any]] = {
            model: {row.id: row for row in db.session.execute(select(model_table(model)))}
            for model in TABLE_ORDER
        }
        self.row_ids = RowIds(self.stored)
        self.sources = load_source_ids()
        self.enrolment_ids = {
            row.get("sourcedId") for row in roster.rows("enrollments") if not row.is_withdrawn("enrollments")
        }
        self.sourced = SourcedRows(
            self.sources, roster, self.stored, self.row_ids, self._is_withdrawn, self.enrolment_ids
        )
        self.reader = RosterValueMapper(
            roster, today, self.row_ids.id, self.stored, choices, self._iterate_stored_periods
        )
        for sourced, group in self.reader.groups.joined_groups.items():
            self.row_ids.ids[GROUP_KIND, sourced] = group
        self.same: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.findings: list[RosterFinding] = []
        self.unread: set[UUID] = set()
        self.skipped: list[SkippedRow] = []
        self.seen: defaultdict[type[Base], set[UUID]] = defaultdict(set)
        self.new_ids: set[UUID] = set()
        self.row_index = RowIdentityIndex()
        for model in IDENTITY_COLUMNS:
            for row in self.stored[model].values():
                if model is not RoleGrant or (
                    not row.deputy and not is_last_day_past(row.valid_until, today)
                ):
                    self.row_index.find_or_register_row_id(model, row._mapping, row.id)
        self.names: dict[UUID, str] = {}
        for model in TABLE_ORDER:
            for row in self.stored[model].values():
                self.names[row.id] = row_display_name(model, row._mapping, self.names)

    def ids_after_plan(self, planned: Sequence[PlannedRow], model: type[Base]) -> frozenset[UUID]:
        """Return the ids of the rows of a table that there are once the plan is executed."""
        fresh = {one.change.id for one in planned if one.change.table == model.__tablename__}
        return frozenset({*self.stored[model], *fresh})

    def table_readers(self) -> tuple[TableReader, ...]:
        """Return file, table and reading function in the order of references."""
        reader = self.reader
        return (
            ("orgs", Unit, reader.unit_values),
            ("academicSessions", Semester, reader.semester_values),
            ("courses", Course, reader.course_values),
            ("classes", StudyGroup, reader.group_values),
            ("users", Person, reader.person_values),
            ("classes", Offering, reader.offering_values),
            ("users", RoleGrant, reader.user_role_values),
            ("roles", RoleGrant, reader.role_values),
            ("enrollments", Teaching, reader.teaching_values),
            ("enrollments", Membership, reader.membership_values),
        )

    def iterate_planned_rows(self) -> Iterator[PlannedRow]:
        """Yield every planned row, table by table; within a table, withdrawn records come after present
        ones."""
        readers = self.table_readers()
        done, whole = 0, sum(len(self.roster.rows(name)) for name, _, _ in readers)
        for name, model, values_of in readers:
            withdrawn = []
            for row in self.roster.rows(name):
                done += 1
                if self._progress and done % ROWS_PER_REPORT == 0:
                    self._progress(done, whole)
                if self._is_withdrawn(name, row):
                    withdrawn.append(row)
                else:
                    yield from self._plan_present_record(model, name, row, values_of)
            for row in withdrawn:
                yield from self._plan_deleted_record(model, name, row, values_of)

    def _is_withdrawn(self, name: str, row: RosterRow) -> bool:
        """Return whether a record is deleted, inactive or has no day."""
        return row.is_withdrawn(name) or self.reader.has_empty_period(name, row)

    def _plan_present_record(
        self,
        model: type[Base],
        name: str,
        row: RosterRow,
        values_of: Callable[[RosterRow], ColumnValues | None],
    ) -> Iterator[PlannedRow]:
        """Yield the planned row of a present record; note a finding or an unmapped role instead."""
        try:
            values = values_of(row)
        except MissingValue as missing:
            self.findings.append(RosterFinding(f"{name}.csv", row.line, missing.column, missing.code))
            self.unread.add(self.row_ids.id(f"{name}.{model.__tablename__}", row.get("sourcedId")))
        except UnmappedRole:
            self.left_out[row.get("role")] += 1
        else:
            found = self._plan_row_change(model, name, row, values) if values is not None else None
            if found is not None:
                yield found

    def _plan_row_change(
        self, model: type[Base], name: str, row: RosterRow, values: ColumnValues
    ) -> PlannedRow | None:
        """Return the planned row of a record, or None when nothing changes."""
        row_id = self.sourced.find_row_id(model, name, row, values) or self.row_ids.id(
            f"{name}.{model.__tablename__}", source_id_of_record(model, name, row)
        )
        present = self.stored[model].get(row_id)
        if present is None and model is RoleGrant and is_last_day_past(values["valid_until"], self.today):
            self._note_skipped_row(model, name, row, row_id, values, REMARK_ROLE_OVER)
            return None
        if present is None and model in IDENTITY_COLUMNS:
            row_id = self.row_index.find_or_register_row_id(model, values, row_id)
            present = self.stored[model].get(row_id)
        self.sourced.add_source(model, name, row, row_id)
        if present is not None:
            values = self.sourced.with_kept_values(model, row, present, values)
        is_further_enrolment = model is Membership and row_id in self.seen[model]
        self.seen[model].add(row_id)
        if present is None and row_id not in self.new_ids:
            self.new_ids.add(row_id)
            self.names[row_id] = row_display_name(model, values, self.names)
            return self._build_planned_row(model, "insert", row_id, values, {}, name, row, values)
        differing = (
            changed_column_values(model, row, present, values, self.today)
            if present is not None and not is_further_enrolment
            else {}
        )
        if not differing:
            self.same[model.__tablename__] += 1
            return None
        before = {key: getattr(present, key) for key in differing}
        whole = {key: differing.get(key, getattr(present, key)) for key in values}
        action = "end" if self._is_only_ending(model, differing) else "update"
        return self._build_planned_row(model, action, row_id, differing, before, name, row, whole)

    def _iterate_stored_periods(self) -> Iterator[tuple[StayKey, RowDays]]:
        """Yield the stored stays in groups with several journals of which the file names not every enrolment."""
        return self.sourced.iterate_stored_periods(self.reader.groups.is_shared)

    def _is_only_ending(self, model: type[Base], differing: ColumnValues) -> bool:
        """Return whether the only change is a last day of today or earlier."""
        last = differing.get(LAST_DAY_COLUMN.get(model, ""))
        return last is not None and last <= self.today and len(differing) == 1

    def _note_skipped_withdrawn_record(
        self,
        model: type[Base],
        name: str,
        row: RosterRow,
        values_of: Callable[[RosterRow], ColumnValues | None],
    ) -> None:
        """Note an inactive record, or one without a day, that is not stored and therefore not created."""
        try:
            values = values_of(row)
        except (MissingValue, UnmappedRole):
            return
        if values is not None:
            row_id = self.row_ids.id(f"{name}.{model.__tablename__}", row.get("sourcedId"))
            remark = REMARK_NOT_ACTIVE if row.is_inactive else REMARK_NO_DAY
            self._note_skipped_row(model, name, row, row_id, values, remark)

    def _note_skipped_row(
        self, model: type[Base], name: str, row: RosterRow, row_id: UUID, values: ColumnValues, remark: str
    ) -> None:
        """Note a row that is not created, with the reason."""
        about = row_display_name(model, values, self.names)
        self.skipped.append(
            SkippedRow(
                model.__tablename__,
                row_id,
                values,
                about,
                f"{name}.csv",
                row.line,
                remark,
                self._semester_id_of_enrolment_class(model, row),
            )
        )

    def _build_planned_row(
        self,
        model: type[Base],
        action: str,
        row_id: UUID,
        values: ColumnValues,
        before: ColumnValues,
        name: str,
        row: RosterRow,
        whole: ColumnValues,
    ) -> PlannedRow:
        """Return a change with the row of the file and the values after it."""
        change = ImportChange(
            model.__tablename__,
            action,
            row_id,
            {**values},
            before,
            self.names[row_id],
            f"{name}.csv" if name else "",
            row.line,
            semester_id=self._semester_id_of_enrolment_class(model, row),
        )
        return PlannedRow(change, row, whole)

    def _semester_id_of_enrolment_class(self, model: type[Base], row: RosterRow) -> UUID | None:
        """Return the semester of the class of an enrolment; None for other rows."""
        if model not in (Teaching, Membership):
            return None
        return self.reader.sessions.find_class_semester_id(row.get("classSourcedId"))

    def _plan_deleted_record(
        self,
        model: type[Base],
        name: str,
        row: RosterRow,
        values_of: Callable[[RosterRow], ColumnValues | None],
    ) -> Iterator[PlannedRow]:
        """Yield the changes of a deleted record: rows with a last day end, rows that have not begun are
        removed, others stay."""
        stored = self._stored_rows_of_deleted_record(model, name, row, values_of)
        if not stored and not row.is_deleted:
            self._note_skipped_withdrawn_record(model, name, row, values_of)
        for present in stored:
            named = present.id in self.seen[model]
            if not named and model is Membership and self.sourced.is_in_other_journals(present):
                self.sourced.withdraw_enrolment(
                    row, present, withdrawal_day(row, present.starts_on, self.today)
                )
                remark = REMARK_OTHER_JOURNALS
                self._note_skipped_row(model, name, row, present.id, {**present._mapping}, remark)
                continue
            self.seen[model].add(present.id)
            found = (
                self._plan_row_end(model, name, row, present)
                if model in LAST_DAY_COLUMN and not named
                else None
            )
            if found is None:
                self.same[model.__tablename__] += 1
            else:
                yield found

    def _stored_rows_of_deleted_record(
        self,
        model: type[Base],
        name: str,
        row: RosterRow,
        values_of: Callable[[RosterRow], ColumnValues | None],
    ) -> list[Any]:
        """Return the stored rows of a deleted record: those under its ids, else the row with the same
        identity. A stay by the university's own order belongs to the student's group, not to this class: no
        class removes it."""
        kind, stored = f"{name}.{model.__tablename__}", self.stored[model]
        sourced = self.sourced.find_withdrawn_row(model, name, row)
        if sourced is not None:
            return [sourced]
        ids = (self.row_ids.id(kind, key) for key in source_ids_of_deleted_record(model, name, row))
        found = [stored[row_id] for row_id in ids if row_id in stored]
        if found or model not in IDENTITY_COLUMNS:
            return found
        try:
            values = values_of(row)
        except (MissingValue, UnmappedRole, ValueError):
            return []
        alike = self.row_index.find_row_id(model, values) if values is not None else None
        row_alike = stored.get(alike) if alike is not None else None
        return [row_alike] if row_alike and (model is not Membership or row_alike.external_id) else []

    def _plan_row_end(
        self, model: type[Base], name: str, row: RosterRow, present: Any, chosen: date | None = None
    ) -> PlannedRow | None:
        """Return the change that sets the last day to the chosen one, to the day of deletion in the file, or
        to today; never later than stored. None when the row ended before."""
        first, column = getattr(present, FIRST_DAY_COLUMN[model]), LAST_DAY_COLUMN[model]
        if first > self.today:
            before = {
                key: value
                for key, value in present._mapping.items()
                if key in AUDITED_COLUMNS_OF_REMOVED_ROW[model]
            }
            return self._build_planned_row(
                model, "remove", present.id, {}, before, name, row, {**present._mapping}
            )
        stored = getattr(present, column)
        last = max(chosen, first) if chosen is not None else withdrawal_day(row, first, self.today)
        if model is Membership and chosen is None:
            last = max([last, *self.sourced.iterate_withdrawal_days(present, self.today)])
        if stored is not None and stored <= last:
            return None
        whole = {**present._mapping, column: last}
        return self._build_planned_row(
            model, "end", present.id, {column: last}, {column: stored}, name, row, whole
        )

    def unit_parents_after_plan(self, planned: list[PlannedRow]) -> dict[UUID, UUID | None]:
        """Return the parent of each unit after the plan."""
        above = {row.id: row.parent_id for row in self.stored[Unit].values()}
        for one in planned:
            if one.change.table == "unit":
                above[one.change.id] = one.values_after["parent_id"]
        return above

    def iterate_ends_of_missing_students(self, ends: MissingEnds | None) -> Iterator[PlannedRow]:
        """Yield the end of each chosen stay that this complete roster does not name; one that has not begun
        is removed."""
        missing = self.iterate_absent_rows() if ends else ()
        for row_id in [one.id for one in missing if one.table == Membership.__tablename__]:
            if ends is None or row_id not in ends.rows:
                continue
            present = self.stored[Membership][row_id]
            found = self._plan_row_end(Membership, "", RosterRow(0, {}), present, ends.last)
            if found is not None:
                self.seen[Membership].add(row_id)
                yield found

    def iterate_absent_rows(self) -> Iterator[AbsentRow]:
        """Yield stored rows that came from a roster and that this complete (not delta) roster does not
        name."""
        if self.roster.delta:
            return
        # A role that an earlier enrolment gave is named by any enrolment of that teacher.
        by_enrolment = {
            self.row_ids.id(TEACHER_ROLE_KIND, row.get("userSourcedId"))
            for row in self.roster.rows("enrollments")
            if row.get("role") == TEACHER_ROLE
        }
        listed = {model for name, model, _ in self.table_readers() if name in self.roster.tables}
        for model in TABLE_ORDER:
            for row in self.stored[model].values() if model in listed else ():
                named = row.id in self.seen[model] or row.id in by_enrolment
                if not named and is_current_roster_row(model, row, self.today):
                    yield AbsentRow(model.__tablename__, row.id, self.names[row.id])
