"""Keep the ids that other systems gave to roles and enrolments, and the decisions on groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.exchange.class_groups import GroupKey, ProposedGroup
from app.exchange.models import GroupChoice, SourceId
from app.kernel.db import db, model_table

SOURCE_BATCH_SIZE = 5000
Item = TypeVar("Item")
SourceKey = tuple[str, str]
"""File and `sourcedId`."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """The row that a `sourcedId` of a file means, the journal of an enrolment, and the day on which a file withdrew
    it."""

    file: str
    sourced_id: str
    row_id: UUID
    class_id: UUID | None
    withdrawn_on: date | None = None

    @property
    def key(self) -> SourceKey:
        """Return file and id."""
        return self.file, self.sourced_id


class SourceIds:
    """The stored ids of other systems, and those that a plan adds."""

    def __init__(self, stored: Iterable[SourceRow]) -> None:
        self._rows: dict[SourceKey, SourceRow] = {(row.file, row.sourced_id): row for row in stored}
        self._by_row_id: defaultdict[UUID, list[SourceRow]] = defaultdict(list)
        for row in self._rows.values():
            self._by_row_id[row.row_id].append(row)
        self.added: dict[SourceKey, SourceRow] = {}
        self.replaced: set[SourceKey] = set()
        self.journal_changes: set[SourceKey] = set()
        """Enrolments that enter or leave a journal of a stored stay, although the days of the stay do not change."""

    def find_source(self, file: str, sourced: str) -> SourceRow | None:
        """Return what an id means in the database, or None."""
        return self._rows.get((file, sourced))

    def sources_of_row(self, row_id: UUID) -> Sequence[SourceRow]:
        """Return the stored ids of a row."""
        return self._by_row_id.get(row_id, ())

    def add_source(self, row: SourceRow, sent_ids: Collection[str]) -> None:
        """Note what an id of the file means, unless it is stored so. It replaces another id of the same row and
        journal that the file does not send any more."""
        if self._rows.get(row.key) == row:
            return
        self.added[row.key] = row
        stored = self._by_row_id.get(row.row_id, ())
        for old in stored:
            if old.class_id == row.class_id and old.sourced_id not in sent_ids:
                self.replaced.add(old.key)
        in_journals = {one.class_id for one in stored if one.withdrawn_on is None}
        own_id = f"{row.class_id}.{row.row_id}"
        if stored and row.class_id not in {*in_journals, None} and row.sourced_id != own_id:
            self.journal_changes.add(row.key)

    def withdraw_source(self, row: SourceRow, day: date) -> None:
        """Note that an enrolment is withdrawn, unless it is already."""
        if row.withdrawn_on is None:
            self.added[row.key] = replace(row, withdrawn_on=day)
            self.journal_changes.add(row.key)


def load_source_ids() -> SourceIds:
    """Return the stored ids; one statement."""
    columns = (
        SourceId.file, SourceId.sourced_id, SourceId.row_id, SourceId.class_id, SourceId.withdrawn_on
    )  # fmt: skip
    return SourceIds(SourceRow(*row) for row in db.session.execute(select(*columns)))


def save_source_ids(
    added: Sequence[SourceRow], replaced: Sequence[SourceKey], removed_rows: Sequence[UUID]
) -> None:
    """Store the ids that a plan adds; delete those it replaces and those of rows that it removed. A few statements
    for each `SOURCE_BATCH_SIZE` ids."""
    for batch in batched(removed_rows, SOURCE_BATCH_SIZE):
        db.session.execute(delete(SourceId).where(SourceId.row_id.in_(batch)))
    for keys in batched(replaced, SOURCE_BATCH_SIZE):
        db.session.execute(delete(SourceId).where(tuple_(SourceId.file, SourceId.sourced_id).in_(keys)))
    insert_source = insert(model_table(SourceId))
    changed = {name: insert_source.excluded[name] for name in ("row_id", "class_id", "withdrawn_on")}
    written = insert_source.on_conflict_do_update(index_elements=["file", "sourced_id"], set_=changed)
    for rows in batched(added, SOURCE_BATCH_SIZE):
        db.session.execute(written, [asdict(row) for row in rows])


def load_group_choices() -> dict[GroupKey, bool]:
    """Return the decisions on groups of earlier files; one statement."""
    rows = db.session.execute(select(GroupChoice.unit_id, GroupChoice.name, GroupChoice.joined))
    return {(unit, name): joined for unit, name, joined in rows}


def save_group_choices(proposals: Iterable[ProposedGroup]) -> None:
    """Store the decisions on the proposed groups of an executed import, for later files."""
    found: Mapping[GroupKey, bool] = {one.key: one.joined for one in proposals}
    insert_choice = insert(model_table(GroupChoice))
    written = insert_choice.on_conflict_do_update(
        index_elements=["unit_id", "name"], set_={"joined": insert_choice.excluded.joined}
    )
    if found:
        db.session.execute(
            written,
            [{"unit_id": unit, "name": name, "joined": joined} for (unit, name), joined in found.items()],
        )


def batched(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items in batches of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
