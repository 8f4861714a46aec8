"""Find and keep the rows that the ids of roles and enrolments mean. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from app.exchange.read import Roster, RosterRow
from app.exchange.row_days import RowDays
from app.exchange.row_identity import RowIds
from app.exchange.shared_stays import StayKey
from app.exchange.source_ids import SourceIds, SourceRow
from app.exchange.stored_rows import StoredRows
from app.exchange.values import ColumnValues, withdrawal_day
from app.journal.tables import Teaching
from app.kernel.db import Base
from app.people.models import Membership, RoleGrant, Unit

SOURCED_MODELS = frozenset({RoleGrant, Teaching, Membership})
"""Tables whose ids in other systems are stored beside them."""


class SourcedRows:
    """Roles, teachers of journals and stays of a roster, by the ids of the other system. `is_withdrawn` says whether
    a record of a table is not in force; `enrolment_ids` are those in force."""

    def __init__(
        self,
        sources: SourceIds,
        roster: Roster,
        stored: StoredRows,
        row_ids: RowIds,
        is_withdrawn: Callable[[str, RosterRow], bool],
        enrolment_ids: Collection[str],
    ) -> None:
        self._sources, self._roster, self._stored, self._row_ids = sources, roster, stored, row_ids
        self._is_withdrawn, self._enrolment_ids = is_withdrawn, enrolment_ids
        self._sent_ids = {
            name: {row.get("sourcedId") for row in roster.rows(name)} for name in ("roles", "enrollments")
        }
        self._withdrawn: Mapping[UUID, list[tuple[SourceRow, RosterRow]]] | None = None

    def find_withdrawn_row(self, model: type[Base], name: str, row: RosterRow) -> Any | None:
        """Return the stored row that the id of a withdrawn role or enrolment means, or None."""
        source = self._sources.find_source(name, row.get("sourcedId")) if model in SOURCED_MODELS else None
        return self._stored[model].get(source.row_id) if source else None

    def find_row_id(self, model: type[Base], name: str, row: RosterRow, values: ColumnValues) -> UUID | None:
        """Return the stored row that the id of a role or an enrolment means, or None. An enrolment that names
        another student or group by now means another stay."""
        if model not in SOURCED_MODELS:
            return None
        source = self._sources.find_source(name, row.get("sourcedId"))
        present = self._stored[model].get(source.row_id) if source else None
        if present is None or (
            model is Membership
            and (present.person_id, present.group_id) != (values["person_id"], values["group_id"])
        ):
            return None
        return UUID(str(present.id))

    def add_source(self, model: type[Base], name: str, row: RosterRow, row_id: UUID) -> None:
        """Note which row the id of a role or an enrolment means; other rows have no such id."""
        if model not in SOURCED_MODELS or name not in self._sent_ids:
            return
        journal = (
            self._row_ids.id("classes.offering", row.get("classSourcedId")) if model is Membership else None
        )
        self._sources.add_source(SourceRow(name, row.get("sourcedId"), row_id, journal), self._sent_ids[name])

    def with_kept_values(
        self, model: type[Base], row: RosterRow, present: Any, values: ColumnValues
    ) -> ColumnValues:
        """Return the values without differences that an export made: the id of one of several enrolments of a
        stay, and the top unit for a role of the whole university."""
        if model is Membership and present.external_id is not None:
            known = {one.sourced_id for one in self._sources.sources_of_row(present.id)}
            if present.external_id in self._enrolment_ids or row.get("sourcedId") in known:
                return {**values, "external_id": present.external_id}
        if model is RoleGrant and present.unit_id is None:
            unit = self._stored[Unit].get(values["unit_id"])
            if unit is not None and unit.parent_id is None:
                return {**values, "unit_id": None}
        return values

    def iterate_stored_periods(self, is_shared: Callable[[UUID], bool]) -> Iterator[tuple[StayKey, RowDays]]:
        """Yield the stored stays in groups with several journals of which the file names not every enrolment:
        these still hold."""
        for stay in self._stored[Membership].values():
            if stay.external_id is not None and is_shared(stay.group_id):
                sources = self._sources.sources_of_row(stay.id)
                known = {one.sourced_id for one in sources if one.withdrawn_on is None}
                if not (known if sources else {stay.external_id}) <= self._sent_ids["enrollments"]:
                    yield (stay.person_id, stay.group_id), RowDays(stay.starts_on, stay.ends_on)

    def is_in_other_journals(self, stay: Any) -> bool:
        """Return whether a student who is withdrawn from a class is still enrolled in another class of the
        group."""
        sources = self._sources.sources_of_row(stay.id)
        journals = {one.class_id for one in sources if one.withdrawn_on is None}
        withdrawn = self._load_withdrawn_enrolments().get(stay.id, ())
        return bool(journals - {source.class_id for source, _row in withdrawn})

    def withdraw_enrolment(self, row: RosterRow, stay: Any, day: date) -> None:
        """Note that a file withdraws an enrolment of a stay that goes on; what the file does not name by a stored id is
        not noted."""
        source = self._sources.find_source("enrollments", row.get("sourcedId"))
        if source is not None and source.row_id == stay.id:
            self._sources.withdraw_source(source, day)

    def iterate_withdrawal_days(self, stay: Any, today: date) -> Iterator[date]:
        """Yield the days on which this file and earlier ones withdrew the enrolments of a stay."""
        for one in self._sources.sources_of_row(stay.id):
            if one.withdrawn_on is not None:
                yield one.withdrawn_on
        for _source, row in self._load_withdrawn_enrolments().get(stay.id, ()):
            yield withdrawal_day(row, stay.starts_on, today)

    def _load_withdrawn_enrolments(self) -> Mapping[UUID, list[tuple[SourceRow, RosterRow]]]:
        """Return the enrolments that this file withdraws, by stay; read once."""
        if self._withdrawn is None:
            found: defaultdict[UUID, list[tuple[SourceRow, RosterRow]]] = defaultdict(list)
            for row in self._roster.rows("enrollments"):
                source = self._sources.find_source("enrollments", row.get("sourcedId"))
                if source is not None and self._is_withdrawn("enrollments", row):
                    found[source.row_id].append((source, row))
            self._withdrawn = found
        return self._withdrawn
