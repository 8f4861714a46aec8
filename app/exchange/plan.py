"""Compare a roster with the database and return the plan: the changes that the preview lists and
`execute_plan` executes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from app.exchange.alike import IDENTITY_COLUMNS, RowIndex
from app.exchange.changes import TABLE_ORDER, AbsentRow, ImportChange, Plan, SkippedRow
from app.exchange.checks import PlannedRow, check_planned_rows
from app.exchange.differing import FIRST_DAY_COLUMN, LAST_DAY_COLUMN, changed_columns, is_over
from app.exchange.moves import RecordedJournals, affected_journals, check_moves
from app.exchange.read import MAX_FINDINGS, Finding, Roster, RosterRow
from app.exchange.remarks import ROLE_OVER, find_remarks
from app.exchange.rights import RosterBearer, check_rights
from app.exchange.sessions import MissingValue
from app.exchange.values import ROLE_MAP, ColumnValues, RosterReader, UnmappedRole, modified_on
from app.journal.courses.recorded_journals import load_recorded_journals
from app.journal.tables import Course, Offering, Semester, Teaching
from app.kernel.db import Base, db, model_table
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit
from app.people.rules import full_name

ID_NAMESPACE = UUID("6a1d1b1e-2f0b-4d53-9c55-0d1f8b2e5a10")
AUDITED_COLUMNS: Mapping[type[Base], frozenset[str]] = {
    Membership: frozenset({"person_id", "group_id", "starts_on", "ends_on"}),
    Teaching: frozenset({"offering_id", "person_id", "starts_on", "ends_on"}),
    RoleGrant: frozenset({"person_id", "role", "unit_id", "valid_from", "valid_until"}),
}
"""Columns of a removed row that the audit keeps."""
TableReader = tuple[str, type[Base], Callable[[RosterRow], ColumnValues | None]]


def make_plan(roster: Roster, today: date, bearer: RosterBearer | None = None) -> Plan:
    """Return the plan for a roster against the present database; one statement a table, and one for the
    affected journals. With findings the plan has no changes.

    `bearer` is the person who would execute it: a file grants nothing that he may not grant by hand (3.1).
    None is the command line.
    """
    if roster.findings:
        return Plan((), roster.findings)
    builder = PlanBuilder(roster, today)
    planned = list(builder.planned())
    held = RecordedJournals(load_recorded_journals(affected_journals(planned, builder.stored)))
    findings = [
        *builder.findings,
        *check_planned_rows(planned, builder.stored, builder.units(planned), today, builder.unread),
        *check_rights(planned, builder.stored, bearer, today),
        *check_moves(planned, builder.stored, held),
    ]
    if findings:
        return Plan((), tuple(findings[:MAX_FINDINGS]))
    remarks = find_remarks(planned, held, today)
    changes = tuple(
        replace(one.change, remark=remarks[one.change.id]) if one.change.id in remarks else one.change
        for one in planned
    )
    return Plan(
        changes,
        (),
        dict(builder.same),
        tuple(builder.absent()),
        dict(builder.left_out),
        tuple(builder.skipped),
        builder.names,
    )


class PlanBuilder:
    """Builder of a plan: reads the tables in the order of their references and compares each row with the
    stored one."""

    def __init__(self, roster: Roster, today: date) -> None:
        self.roster, self.today = roster, today
        self.ids: dict[tuple[str, str], UUID] = {}
        self.stored: dict[type[Base], dict[UUID, Any]] = {
            model: {row.id: row for row in db.session.execute(select(model_table(model)))}
            for model in TABLE_ORDER
        }
        self.reader = RosterReader(roster, today, self.id, self.stored)
        self.same: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.findings: list[Finding] = []
        self.unread: set[UUID] = set()
        self.skipped: list[SkippedRow] = []
        self.seen: defaultdict[type[Base], set[UUID]] = defaultdict(set)
        self.new_ids: set[UUID] = set()
        self.enrolment_ids = {
            row.get("sourcedId") for row in roster.rows("enrollments") if not row.is_deleted
        }
        self.row_index = RowIndex()
        for model in IDENTITY_COLUMNS:
            for row in self.stored[model].values():
                if model is not RoleGrant or (not row.deputy and not is_over(row.valid_until, today)):
                    self.row_index.claim_id(model, row._mapping, row.id)
        self.names: dict[UUID, str] = {}
        for model in TABLE_ORDER:
            for row in self.stored[model].values():
                self.names[row.id] = self._display_name(model, row._mapping)

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

    def planned(self) -> Iterator[PlannedRow]:
        """Yield every planned row, table by table; within a table, deleted records come after present
        ones."""
        for name, model, values_of in self.table_readers():
            rows = self.roster.rows(name)
            for row in rows:
                if not row.is_deleted:
                    yield from self._plan_present(model, name, row, values_of)
            for row in rows:
                if row.is_deleted:
                    yield from self._plan_deleted(model, name, row, values_of)

    def _plan_present(
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
            self.findings.append(Finding(f"{name}.csv", row.line, missing.column, missing.code))
            self.unread.add(self.id(f"{name}.{model.__tablename__}", row.get("sourcedId")))
        except UnmappedRole:
            self.left_out[row.get("role")] += 1
        else:
            found = self._plan_row(model, name, row, values) if values is not None else None
            if found is not None:
                yield found

    def _plan_row(
        self, model: type[Base], name: str, row: RosterRow, values: ColumnValues
    ) -> PlannedRow | None:
        """Return the planned row of a record, or None when nothing changes."""
        row_id = self.id(f"{name}.{model.__tablename__}", _row_key(model, name, row))
        present = self.stored[model].get(row_id)
        if present is None and model is RoleGrant and is_over(values["valid_until"], self.today):
            self._skip_ended_role(name, row, row_id, values)
            return None
        if present is None and model in IDENTITY_COLUMNS:
            row_id = self.row_index.claim_id(model, values, row_id)
            present = self.stored[model].get(row_id)
            if model is Membership and present is not None and present.external_id in self.enrolment_ids:
                values = {**values, "external_id": present.external_id}
        self.seen[model].add(row_id)
        if present is None and row_id not in self.new_ids:
            self.new_ids.add(row_id)
            self.names[row_id] = self._display_name(model, values)
            return self._planned_row(model, "insert", row_id, values, {}, name, row, values)
        differing = changed_columns(model, row, present, values, self.today) if present is not None else {}
        if not differing:
            self.same[model.__tablename__] += 1
            return None
        before = {key: getattr(present, key) for key in differing}
        whole = {key: differing.get(key, getattr(present, key)) for key in values}
        action = "end" if self._only_ends(model, differing) else "update"
        return self._planned_row(model, action, row_id, differing, before, name, row, whole)

    def _only_ends(self, model: type[Base], differing: ColumnValues) -> bool:
        """Return whether the only change is a last day of today or earlier."""
        last = differing.get(LAST_DAY_COLUMN.get(model, ""))
        return last is not None and last <= self.today and len(differing) == 1

    def _skip_ended_role(self, name: str, row: RosterRow, row_id: UUID, values: ColumnValues) -> None:
        """Note a role that is over and therefore not created."""
        about = self._display_name(RoleGrant, values)
        file = f"{name}.csv"
        self.skipped.append(SkippedRow("role_grant", row_id, values, about, file, row.line, ROLE_OVER))

    def _planned_row(
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
            f"{name}.csv",
            row.line,
        )
        return PlannedRow(change, row, whole)

    def _plan_deleted(
        self,
        model: type[Base],
        name: str,
        row: RosterRow,
        values_of: Callable[[RosterRow], ColumnValues | None],
    ) -> Iterator[PlannedRow]:
        """Yield the changes of a deleted record: rows with a last day end, rows that have not begun are
        removed, others stay."""
        for present in self._deleted_rows(model, name, row, values_of):
            named = present.id in self.seen[model]
            self.seen[model].add(present.id)
            found = (
                self._plan_end(model, name, row, present) if model in LAST_DAY_COLUMN and not named else None
            )
            if found is None:
                self.same[model.__tablename__] += 1
            else:
                yield found

    def _deleted_rows(
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
        ids = (self.id(kind, key) for key in _deleted_keys(model, name, row))
        found = [stored[row_id] for row_id in ids if row_id in stored]
        if found or model not in IDENTITY_COLUMNS:
            return found
        try:
            values = values_of(row)
        except (MissingValue, UnmappedRole, ValueError):
            return []
        alike = self.row_index.find_id(model, values) if values is not None else None
        row_alike = stored.get(alike) if alike is not None else None
        return [row_alike] if row_alike and (model is not Membership or row_alike.external_id) else []

    def _plan_end(self, model: type[Base], name: str, row: RosterRow, present: Any) -> PlannedRow | None:
        """Return the change that sets the last day to today, or to the day of deletion in the file; never
        later than stored. None when the row ended before."""
        first, column = getattr(present, FIRST_DAY_COLUMN[model]), LAST_DAY_COLUMN[model]
        if first > self.today:
            before = {key: value for key, value in present._mapping.items() if key in AUDITED_COLUMNS[model]}
            return self._planned_row(model, "remove", present.id, {}, before, name, row, {**present._mapping})
        changed, stored = modified_on(row), getattr(present, column)
        last = changed if changed is not None and first <= changed <= self.today else self.today
        if stored is not None and stored <= last:
            return None
        whole = {**present._mapping, column: last}
        return self._planned_row(model, "end", present.id, {column: last}, {column: stored}, name, row, whole)

    def id(self, kind: str, sourced: str) -> UUID:
        """Return the id of a record, always the same for the same record; exported rows keep the id they were
        exported with."""
        known = self.ids.get((kind, sourced))
        if known is None:
            known = self.ids[kind, sourced] = self._new_row_id(kind, sourced)
        return known

    def _new_row_id(self, kind: str, sourced: str) -> UUID:
        """Return the stored id that the file repeats, else a UUID version 5 of kind and source id."""
        own = _parse_uuid(sourced)
        if own is not None:
            offering = self.stored[Offering].get(own)
            if kind == "classes.study_group" and offering is not None:
                return UUID(str(offering.group_id))
            if any(own in rows for model, rows in self.stored.items() if kind.endswith(model.__tablename__)):
                return own
        return uuid5(ID_NAMESPACE, f"{kind}:{sourced}")

    def _display_name(self, model: type[Base], values: Mapping[Any, Any]) -> str:
        """Return the name of a row for display."""
        name = self.names.get
        if model is Person:
            return full_name(values["family_name"], values["given_name"], values["patronymic"])
        if model is StudyGroup:
            return str(values["name"])
        if model in (Unit, Semester, Course):
            return str(values["names"].get("ky", ""))
        if model is Offering:
            return f"{name(values['course_id'], '')}, {name(values['group_id'], '')}"
        place = values.get("offering_id") or values.get("group_id") or values.get("unit_id")
        return ", ".join(
            part for part in (name(values["person_id"], ""), name(place, "") if place else "") if part
        )

    def units(self, planned: list[PlannedRow]) -> dict[UUID, UUID | None]:
        """Return the parent of each unit after the plan."""
        above = {row.id: row.parent_id for row in self.stored[Unit].values()}
        for one in planned:
            if one.change.table == "unit":
                above[one.change.id] = one.whole["parent_id"]
        return above

    def absent(self) -> Iterator[AbsentRow]:
        """Yield stored rows that came from a roster and that this complete (not delta) roster does not
        name."""
        if self.roster.delta:
            return
        listed = {model for name, model, _ in self.table_readers() if name in self.roster.tables}
        for model in TABLE_ORDER:
            for row in self.stored[model].values() if model in listed else ():
                if row.id not in self.seen[model] and self._came_from_roster(model, row):
                    yield AbsentRow(model.__tablename__, row.id, self.names[row.id])

    def _came_from_roster(self, model: type[Base], row: Any) -> bool:
        """Return whether a current row came from a roster; without an external id, by the version of its
        UUID."""
        if model in LAST_DAY_COLUMN and is_over(getattr(row, LAST_DAY_COLUMN[model]), self.today):
            return False
        if model is Person and row.ended_at is not None:
            return False
        return row.id.version == 5 if model in (Teaching, RoleGrant) else row.external_id is not None


def _row_key(model: type[Base], name: str, row: RosterRow) -> str:
    """Return the source id of a record. In version 1.1 a role has none: it is that of its user, with the
    role."""
    sourced = row.get("sourcedId")
    return f"{sourced}:{ROLE_MAP[row.get('role')]}" if name == "users" and model is RoleGrant else sourced


def _deleted_keys(model: type[Base], name: str, row: RosterRow) -> Iterable[str]:
    """Return the source ids under which a deleted record may be stored; a deleted user of version 1.1
    includes all his roles."""
    sourced = row.get("sourcedId")
    if name == "users" and model is RoleGrant:
        return [f"{sourced}:{role}" for role in sorted({*ROLE_MAP.values()})]
    return [sourced]


def _parse_uuid(text: str) -> UUID | None:
    """Return the text as a UUID, or None."""
    try:
        return UUID(text) if len(text) >= 32 else None
    except ValueError:
        return None
