"""Find the student group of each class in a roster. Pure.

Other systems send a class for each discipline. Classes of one name and school with the same students are one
group with a journal each, unless somebody keeps them apart. A class that is stored stays in its group.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.exchange.read import Roster, RosterRow
from app.exchange.stored_rows import StoredRows
from app.journal.tables import Offering
from app.people.models import Membership, StudyGroup

GroupKey = tuple[UUID, str]
"""Unit and case-folded name of a group: what a decision holds for."""


@dataclass(frozen=True, slots=True)
class ProposedGroup:
    """New classes that are one group when `joined`, else a group each. `group_id` is their group when joined;
    `into_stored`: that group is stored already."""

    key: GroupKey
    name: str
    group_id: UUID
    classes: tuple[str, ...]
    courses: tuple[UUID, ...]
    students: int
    into_stored: bool
    joined: bool


@dataclass(frozen=True, slots=True)
class _SentClass:
    """A class of the file: its id there, its group's name and unit, its students, its stored group if any."""

    sourced: str
    name: str
    unit: UUID
    course: UUID
    students: frozenset[UUID]
    stored_group: UUID | None

    @property
    def key(self) -> GroupKey:
        """Return unit and name."""
        return self.unit, self.name.casefold()


class ClassGroupIndex:
    """Group of each class of a file. `choices`: whether classes of a unit and name are joined; without one they
    are. `unit_of` returns the unit of a class row, None when it has none."""

    def __init__(
        self,
        roster: Roster,
        stored: StoredRows,
        id_of: Callable[[str, str], UUID],
        unit_of: Callable[[RosterRow], UUID | None],
        choices: Mapping[GroupKey, bool],
    ) -> None:
        self._id_of, self._stored = id_of, stored
        self.joined_groups: dict[str, UUID] = {}
        self.proposals: list[ProposedGroup] = []
        classes = self._sent_classes(roster, unit_of)
        by_key: defaultdict[GroupKey, list[_SentClass]] = defaultdict(list)
        for one in classes:
            by_key[one.key].append(one)
        stored_students = self._students_of_stored_groups(by_key, classes)
        for key in sorted(by_key, key=str):
            joined = choices.get(key, True)
            self._assign_new_classes(key, by_key[key], stored_students.get(key, {}), joined)
        self._main_class = self._choose_main_classes(classes)
        journals: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for offering in stored[Offering].values():
            journals[offering.group_id].add(offering.id)
        self._students_by_group: defaultdict[UUID, list[frozenset[UUID]]] = defaultdict(list)
        for one in classes:
            self._students_by_group[self.group_id(one.sourced)].append(one.students)
            journals[self.group_id(one.sourced)].add(id_of("classes.offering", one.sourced))
        self._shared = frozenset(group for group, found in journals.items() if len(found) > 1)

    def group_id(self, sourced: str) -> UUID:
        """Return the group of a class by its source id."""
        return self.joined_groups.get(sourced) or self._id_of("classes.study_group", sourced)

    def is_main_class(self, sourced: str) -> bool:
        """Return whether the row of this class gives its group name and unit."""
        return self._main_class.get(self.group_id(sourced), sourced) == sourced

    def is_shared(self, group: UUID) -> bool:
        """Return whether a group has several journals."""
        return group in self._shared

    def is_in_some_classes_only(self, person: UUID, group: UUID) -> bool:
        """Return whether a student of a group is missing in one of the classes of the group that the file holds."""
        return any(person not in students for students in self._students_by_group.get(group, ()))

    def _sent_classes(self, roster: Roster, unit_of: Callable[[RosterRow], UUID | None]) -> list[_SentClass]:
        """Return the classes of the file with their students."""
        students: defaultdict[str, set[UUID]] = defaultdict(set)
        for row in roster.rows("enrollments"):
            if row.get("role") == "student" and not row.is_withdrawn("enrollments"):
                students[row.get("classSourcedId")].add(self._id_of("users.person", row.get("userSourcedId")))
        found = []
        for row in roster.rows("classes"):
            unit = None if row.is_deleted else unit_of(row)
            if unit is not None:
                sourced, name = row.get("sourcedId"), row.get("classCode") or row.get("title")
                offering = self._stored[Offering].get(self._id_of("classes.offering", sourced))
                group = offering.group_id if offering else None
                of_class = frozenset(students.pop(sourced, ()))
                course = self._id_of("courses.course", row.get("courseSourcedId"))
                found.append(_SentClass(sourced, name, unit, course, of_class, group))
        return found

    def _students_of_stored_groups(
        self, keys: Collection[GroupKey], classes: Sequence[_SentClass]
    ) -> dict[GroupKey, dict[UUID, frozenset[UUID]]]:
        """Return the students of each stored group that a new class may join: those of its classes in the file,
        else the stored ones."""
        found: defaultdict[GroupKey, dict[UUID, set[UUID]]] = defaultdict(dict)
        groups: dict[UUID, set[UUID]] = {}
        for row in self._stored[StudyGroup].values():
            key = (row.unit_id, row.name.casefold())
            if row.external_id is not None and key in keys:
                groups[row.id] = found[key][row.id] = set()
        sent = {one.stored_group for one in classes}
        for one in classes:
            if one.stored_group in groups:
                groups[one.stored_group] |= one.students
        for stay in self._stored[Membership].values() if groups else ():
            if stay.group_id in groups and stay.group_id not in sent:
                groups[stay.group_id].add(stay.person_id)
        return {
            key: {group: frozenset(students) for group, students in each.items()}
            for key, each in found.items()
        }

    def _assign_new_classes(
        self,
        key: GroupKey,
        classes: Iterable[_SentClass],
        stored_groups: Mapping[UUID, frozenset[UUID]],
        joined: bool,
    ) -> None:
        """Assign the new classes of one name and unit to groups: those with the same students together."""
        together: defaultdict[frozenset[UUID], list[_SentClass]] = defaultdict(list)
        for one in classes:
            if one.stored_group is None:
                together[one.students].append(one)
        for students, alike in together.items():
            same = [group for group, members in stored_groups.items() if members == students]
            # Several stored groups with the same students were kept apart: a new class joins none of them.
            if len(same) > 1 or (not same and len(alike) < 2):
                continue
            ids = tuple(sorted(one.sourced for one in alike))
            group = same[0] if same else self._id_of("classes.study_group", ids[0])
            if joined:
                self.joined_groups |= dict.fromkeys(ids, group)
            self.proposals.append(
                ProposedGroup(
                    key,
                    alike[0].name,
                    group,
                    ids,
                    tuple(dict.fromkeys(one.course for one in alike)),
                    len(students),
                    bool(same),
                    joined,
                )
            )

    def _choose_main_classes(self, classes: Sequence[_SentClass]) -> dict[UUID, str]:
        """Return the class whose row describes each group: the one the group is stored from, else the first by
        id."""
        found: dict[UUID, str] = {}
        for sourced in sorted(one.sourced for one in classes):
            found.setdefault(self.group_id(sourced), sourced)
        for one in classes:
            stored = self._stored[StudyGroup].get(self.group_id(one.sourced))
            if stored is not None and stored.external_id == one.sourced:
                found[stored.id] = one.sourced
        return found
