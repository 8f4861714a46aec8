"""What a file may not move: marks stay with the discipline, the semester, the group and the person they were given for.

Pure: planned rows, stored rows and the journals that hold something in, findings out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from app.exchange.checks import Planned
from app.exchange.read import Finding
from app.exchange.values import Stored
from app.journal.courses.recorded_journals import Recorded
from app.journal.tables import Course, Offering
from app.people.models import Person

PLACE = {
    "semester_id": "termSourcedIds",
    "course_id": "courseSourcedId",
    "group_id": "sourcedId",
}
"""Columns of a journal that never change once something is in it, and where they stand in the file."""
NAMES = ("family_name", "given_name")


class Held:
    """The journals that hold something, by journal, group and discipline."""

    def __init__(self, recorded: Mapping[UUID, Recorded]) -> None:
        self.journals = recorded
        self.groups: defaultdict[UUID, list[Recorded]] = defaultdict(list)
        self.courses: defaultdict[UUID, list[Recorded]] = defaultdict(list)
        for one in recorded.values():
            self.groups[one.group].append(one)
            self.courses[one.course].append(one)

    def entered(self, group: UUID, first: date, last: date) -> bool:
        """Whether something was entered in a journal of the group in lessons from `first` to `last`."""
        return any(
            one.first is not None and one.last is not None and one.first <= last and first <= one.last
            for one in self.groups.get(group, ())
        )


def journals_touched(planned: Sequence[Planned], stored: Stored) -> set[UUID]:
    """The stored journals of which a check or a remark has to know whether they hold something."""
    ids: defaultdict[str, set[UUID]] = defaultdict(set)
    for one in planned:
        table, both = one.change.table, (one.whole, one.change.before)
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


def findings_of_moves(planned: Sequence[Planned], stored: Stored, held: Held) -> Iterator[Finding]:
    """Rows by which marks would belong to another semester, discipline, group or person."""
    for one in planned:
        if one.change.action == "update":
            check = _CHECKS.get(one.change.table)
            if check is not None:
                yield from check(one, stored, held)


def _journal(one: Planned, _stored: Stored, held: Held) -> Iterator[Finding]:
    for column in PLACE.keys() & one.change.values.keys() if one.change.id in held.journals else ():
        yield one.finding(PLACE[column], "exchange.row.journal_moves", journal=one.change.about)


def _teaching(one: Planned, _stored: Stored, held: Held) -> Iterator[Finding]:
    journals = {one.whole["offering_id"], one.change.before.get("offering_id")}
    if {"person_id", "offering_id"} & one.change.values.keys() and journals & held.journals.keys():
        column = "userSourcedId" if "person_id" in one.change.values else "classSourcedId"
        yield one.finding(column, "exchange.row.record_moves")


def _stay(one: Planned, _stored: Stored, held: Held) -> Iterator[Finding]:
    values, before = one.change.values, one.change.before
    groups = {one.whole["group_id"], before.get("group_id")}
    if {"person_id", "group_id"} & values.keys() and groups & held.groups.keys():
        column = "userSourcedId" if "person_id" in values else "classSourcedId"
        yield one.finding(column, "exchange.row.record_moves")
    elif "starts_on" in values and before["starts_on"] < values["starts_on"]:
        last = date.fromordinal(values["starts_on"].toordinal() - 1)
        if held.entered(one.whole["group_id"], before["starts_on"], last):
            day = before["starts_on"].isoformat()
            yield one.finding("beginDate", "exchange.row.stay_has_marks", day=day)


def _role(one: Planned, _stored: Stored, _held: Held) -> Iterator[Finding]:
    moved = {"person_id": "userSourcedId", "role": "role"}
    for column in moved.keys() & one.change.values.keys():
        yield one.finding(moved[column], "exchange.row.record_moves")


def _person(one: Planned, stored: Stored, _held: Held) -> Iterator[Finding]:
    """Another name in every word, and neither e-mail nor identifier as before: another person under the same id."""
    if not {*NAMES} <= one.change.values.keys():
        return
    row = stored[Person][one.change.id]
    kept = any(
        getattr(row, column) and _folded(getattr(row, column)) == _folded(one.whole[column])
        for column in ("email", "identifier")
    )
    old, new = _words(getattr(row, name) for name in NAMES), _words(one.whole[name] for name in NAMES)
    if not kept and not old & new:
        yield one.finding("sourcedId", "exchange.row.other_person", name=one.change.about)


def _course(one: Planned, stored: Stored, held: Held) -> Iterator[Finding]:
    """Another code and another title: another discipline under the same id."""
    if {"code", "names"} <= one.change.values.keys() and one.change.id in held.courses:
        name = stored[Course][one.change.id].names.get("ky", "")
        yield one.finding("sourcedId", "exchange.row.other_course", name=name)


_CHECKS = {
    "offering": _journal,
    "teaching": _teaching,
    "membership": _stay,
    "role_grant": _role,
    "person": _person,
    "course": _course,
}


def _folded(text: str | None) -> str:
    return (text or "").casefold()


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in _folded(text).split()}
