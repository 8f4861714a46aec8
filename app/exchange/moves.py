"""Checks that a file moves no recorded marks to another discipline, semester, group or person.

Pure: planned rows, stored rows and journals with records in, findings out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from app.exchange.checks import PlannedRow
from app.exchange.csv_records import RosterFinding
from app.exchange.stored_rows import StoredRows
from app.journal.courses.recorded_journals import RecordedJournal
from app.journal.tables import Course, Offering
from app.people.models import Person

FIXED_OFFERING_COLUMNS = {
    "semester_id": "termSourcedIds",
    "course_id": "courseSourcedId",
    "group_id": "sourcedId",
}
"""Columns of an offering that never change once its journal has records, with their column of the file."""
PERSON_NAME_COLUMNS = ("family_name", "given_name")


class RecordedJournals:
    """Journals that have records, by journal, group and discipline."""

    def __init__(self, recorded: Mapping[UUID, RecordedJournal]) -> None:
        self.journals = recorded
        self.journals_by_group: defaultdict[UUID, list[RecordedJournal]] = defaultdict(list)
        self.journals_by_course: defaultdict[UUID, list[RecordedJournal]] = defaultdict(list)
        for one in recorded.values():
            self.journals_by_group[one.group].append(one)
            self.journals_by_course[one.course].append(one)

    def has_entries(self, group: UUID, first: date, last: date) -> bool:
        """Return whether a journal of the group has entries in lessons from `first` to `last` (both
        included)."""
        return any(
            one.first is not None and one.last is not None and one.first <= last and first <= one.last
            for one in self.journals_by_group.get(group, ())
        )


def affected_journal_ids(planned: Sequence[PlannedRow], stored: StoredRows) -> set[UUID]:
    """Return the stored journals whose records the checks and remarks need."""
    ids: defaultdict[str, set[UUID]] = defaultdict(set)
    for one in planned:
        table, both = one.change.table, (one.values_after, one.change.before)
        if table in ("offering", "study_group", "course"):
            ids[table].add(one.change.id)
        elif table == "teaching":
            ids["offering"] |= {each["offering_id"] for each in both if each.get("offering_id")}
        elif table == "membership":
            ids["study_group"] |= {each["group_id"] for each in both if each.get("group_id")}
    if not ids:
        return set()
    return {
        row.id
        for row in stored[Offering].values()
        if row.id in ids["offering"] or row.group_id in ids["study_group"] or row.course_id in ids["course"]
    }


def check_moved_records(
    planned: Sequence[PlannedRow], stored: StoredRows, held: RecordedJournals
) -> Iterator[RosterFinding]:
    """Yield a finding for each row that would move marks to another semester, discipline, group or person."""
    for one in planned:
        if one.change.action == "update":
            check = _MOVE_CHECK_BY_TABLE.get(one.change.table)
            if check is not None:
                yield from check(one, stored, held)


def _check_journal_move(
    one: PlannedRow, _stored: StoredRows, held: RecordedJournals
) -> Iterator[RosterFinding]:
    """Yield a finding for each fixed column of a journal with records."""
    for column in (
        FIXED_OFFERING_COLUMNS.keys() & one.change.values.keys() if one.change.id in held.journals else ()
    ):
        yield one.new_finding(
            FIXED_OFFERING_COLUMNS[column], "exchange.row.journal_moves", journal=one.change.about
        )


def _check_teaching_move(
    one: PlannedRow, _stored: StoredRows, held: RecordedJournals
) -> Iterator[RosterFinding]:
    """Yield a finding for a teaching row that moves to another person or journal with records."""
    journals = {one.values_after["offering_id"], one.change.before.get("offering_id")}
    if {"person_id", "offering_id"} & one.change.values.keys() and journals & held.journals.keys():
        column = "userSourcedId" if "person_id" in one.change.values else "classSourcedId"
        yield one.new_finding(column, "exchange.row.record_moves")


def _check_membership_move(
    one: PlannedRow, _stored: StoredRows, held: RecordedJournals
) -> Iterator[RosterFinding]:
    """Yield a finding for a stay that moves to another person or group, or begins later than its first
    entries."""
    values, before = one.change.values, one.change.before
    groups = {one.values_after["group_id"], before.get("group_id")}
    if {"person_id", "group_id"} & values.keys() and groups & held.journals_by_group.keys():
        column = "userSourcedId" if "person_id" in values else "classSourcedId"
        yield one.new_finding(column, "exchange.row.record_moves")
    elif "starts_on" in values and before["starts_on"] < values["starts_on"]:
        last = date.fromordinal(values["starts_on"].toordinal() - 1)
        if held.has_entries(one.values_after["group_id"], before["starts_on"], last):
            day = before["starts_on"].isoformat()
            yield one.new_finding("beginDate", "exchange.row.stay_has_marks", day=day)


def _check_role_move(
    one: PlannedRow, _stored: StoredRows, _held: RecordedJournals
) -> Iterator[RosterFinding]:
    """Yield a finding for a role that moves to another person or becomes another role."""
    moved = {"person_id": "userSourcedId", "role": "role"}
    for column in moved.keys() & one.change.values.keys():
        yield one.new_finding(moved[column], "exchange.row.record_moves")


def _check_person_replaced(
    one: PlannedRow, stored: StoredRows, _held: RecordedJournals
) -> Iterator[RosterFinding]:
    """Yield a finding when every word of the name changes and neither e-mail nor identifier stays: another
    person under the same id."""
    if not {*PERSON_NAME_COLUMNS} <= one.change.values.keys():
        return
    row = stored[Person][one.change.id]
    kept = any(
        getattr(row, column) and _fold_case(getattr(row, column)) == _fold_case(one.values_after[column])
        for column in ("email", "identifier")
    )
    old, new = (
        _name_words(getattr(row, name) for name in PERSON_NAME_COLUMNS),
        _name_words(one.values_after[name] for name in PERSON_NAME_COLUMNS),
    )
    if not kept and not old & new:
        yield one.new_finding("sourcedId", "exchange.row.other_person", name=one.change.about)


def _check_course_replaced(
    one: PlannedRow, stored: StoredRows, held: RecordedJournals
) -> Iterator[RosterFinding]:
    """Yield a finding when code and title both change: another discipline under the same id."""
    if {"code", "names"} <= one.change.values.keys() and one.change.id in held.journals_by_course:
        name = stored[Course][one.change.id].names.get("ky", "")
        yield one.new_finding("sourcedId", "exchange.row.other_course", name=name)


_MOVE_CHECK_BY_TABLE = {
    "offering": _check_journal_move,
    "teaching": _check_teaching_move,
    "membership": _check_membership_move,
    "role_grant": _check_role_move,
    "person": _check_person_replaced,
    "course": _check_course_replaced,
}


def _fold_case(text: str | None) -> str:
    """Return the text case-folded; "" for None."""
    return (text or "").casefold()


def _name_words(texts: Iterable[str]) -> set[str]:
    """Return the words of the names, case-folded."""
    return {word for text in texts for word in _fold_case(text).split()}
