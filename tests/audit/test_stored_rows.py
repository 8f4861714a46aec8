"""Rows that an act writes stand in its records, and a replay builds them; whoever goes past the act is named."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import ARRAY, delete, insert, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Boolean, Date, DateTime, LargeBinary, Numeric, Text, Time, Uuid

from app.audit import rebuilt_columns as columns
from app.audit import rebuilt_tables as tables
from app.audit.keys import clear_person_key_cache
from app.audit.record import record_audit_event
from app.audit.replay.compare import RowDifference
from app.audit.replay.run import replay_audit
from app.journal.tables import BellPeriod, PlannedTopic
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.kernel.prepared import PreparedStatement
from app.kernel.settings import PROJECT_DIR
from tests.support.replay import SHIPPED, rows_past_the_audit

WRITES_TABLE = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+([a-z_]+\.\"?[a-z_]+\"?)", re.IGNORECASE
)
ACT = Act.by_system(datetime(2026, 10, 14, 3, tzinfo=UTC))


def records(session: Any) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the event type and the stored groups of every record that has such."""
    found = session.execute(text("SELECT event_type, body FROM audit.record ORDER BY id")).all()
    bodies = [(event_type, json.loads(body).get("rows", {}).get("stored")) for event_type, body in found]
    session.rollback()
    return [(event_type, groups) for event_type, groups in bodies if groups]


def said(event_type: str = "journal.bells.set") -> None:
    record_audit_event(ACT, event_type, ("journal.bells", UUID(int=0)), None, {})


def bell(number: int, hour: int = 8) -> BellPeriod:
    return BellPeriod(number=number, starts_at=time(hour), ends_at=time(hour, 50))


def test_every_table_is_rebuilt_or_says_why_not(database: Any) -> None:
    with database.connect("depter") as owner:
        found = owner.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('journal', 'cases')"
        ).fetchall()
    rebuilt, left = set(tables.REBUILT_TABLES), tables.WHY_NOT_REBUILT.keys()
    assert len(rebuilt) == len(tables.REBUILT_TABLES) and not rebuilt & left
    assert {name for (name,) in found} == (rebuilt - tables.ROLE_TABLES) | left
    assert {why.split(":")[0] for why in tables.WHY_NOT_REBUILT.values()} <= {"draft", "cache", "session"}
    # What says something about a student is sealed for somebody.
    for name, owner in tables.OWNER_BY_STORED_TABLE.items():
        if name.startswith("journal.") and "student_id" in columns.find_table(name).columns:
            assert owner != tables.NOT_SEALED, name


def test_no_statement_goes_past_the_session(app: Any) -> None:
    """Neither a prepared one nor SQL as text writes a table whose rows are collected, but those that return them."""
    prepared = {
        table.replace('"', "")
        for name, module in list(sys.modules.items())
        if name.startswith("app.")
        for value in vars(module).values()
        if isinstance(value, PreparedStatement)
        for table in WRITES_TABLE.findall(value.text)
    }
    assert prepared and not prepared & tables.OWNER_BY_STORED_TABLE.keys()
    as_text = {
        (str(path.relative_to(PROJECT_DIR)), table.replace('"', ""))
        for path in Path(PROJECT_DIR, "app").rglob("*.py")
        if "migrations" not in path.parts
        for table in WRITES_TABLE.findall(path.read_text())
        if table.replace('"', "") in tables.OWNER_BY_STORED_TABLE
    }
    assert as_text == {
        ("app/journal/timetable/generate.py", "journal.lesson"),
        ("app/journal/grading/initial_schemes.py", "journal.grading_scheme"),
    }, "use execute_watched; rows of a migration are named to the replay"


def test_rows_stand_in_the_next_record_or_in_one_of_their_own(db_session: Any, settings: Any) -> None:
    with door.write(ACT):
        db_session.add(bell(1))
        said()
        db_session.execute(insert(BellPeriod), [{"number": 2, "starts_at": time(9), "ends_at": time(10)}])
        changed = update(BellPeriod).where(BellPeriod.number == 2).values(ends_at=time(9, 30))
        assert db_session.execute(changed).rowcount == 1
        with db_session.begin_nested() as savepoint:
            db_session.add(bell(3, 10))
            said()
            savepoint.rollback()
        db_session.add(bell(4, 11))
        said()
        db_session.get(BellPeriod, 4).ends_at = time(11, 30)
        gone = db_session.execute(
            delete(BellPeriod).where(BellPeriod.number == 1).returning(BellPeriod.number)
        )
        assert gone.all() == [(1,)]
    first, second, own = records(db_session)
    assert [one["deed"] for one in first[1]] == ["new"] and first[1][0]["rows"] == [
        ["08:50:00", 1, "08:00:00"]
    ]
    assert sorted(row[1] for row in second[1][0]["rows"]) == [2, 4]
    assert own[0] == "audit.rows.stored" and {one["deed"] for one in own[1]} == {"changed", "deleted"}
    assert rows_past_the_audit(settings.migration_database_url) == []


def test_a_row_of_each_table_is_built_again_and_every_hand_is_named(
    db_session: Any, settings: Any, database: Any
) -> None:
    """Each table gets three rows by an act; then one is changed past it, one deleted, and one added."""
    rows = {name: [sample_row(name, place) for place in range(3)] for name in tables.OWNER_BY_STORED_TABLE}
    many = [{**sample_row("journal.planned_topic", 0), "position": place} for place in range(1, 251)]
    with database.connect("depter") as owner, anything_goes(owner, database):
        with door.write(ACT):
            db_session.execute(text("SET LOCAL session_replication_role = replica"))
            for name, found in rows.items():
                db_session.execute(insert(columns.find_table(name)), found)
            db_session.execute(insert(PlannedTopic), many)
        written = records(db_session)
        sizes = [sum(len(group["rows"]) for group in groups) for _, groups in written]
        assert sum(sizes) == 3 * len(rows) + 250 and max(sizes) <= 200
        about_persons = [
            group
            for _, groups in written
            for group in groups
            if tables.OWNER_BY_STORED_TABLE[group["table"]] != tables.NOT_SEALED
        ]
        assert about_persons and "said-in-confidence" not in json.dumps(about_persons)
        assert rows_past_the_audit(settings.migration_database_url) == []
        owner.execute("SET session_replication_role = replica")
        expected = {one for name, found in rows.items() for one in spoiled(owner, name, found)}
        assert differences(settings)[0] == expected
        owner.execute("DELETE FROM audit.subject_key")
        clear_person_key_cache()
        left, erased = differences(settings)
        sealed = {(name, column) for name in rows for column in columns.list_sealed_columns(name)}
        assert left == {one for one in expected if (one[0], *one[1]) not in sealed}, "ids, moments and bytes"
        assert erased == sealed


def differences(settings: Any) -> tuple[set[tuple[str, Any]], set[tuple[str, str]]]:
    """Return what differs, by table and how or in which columns, and what was erased, by table and column."""
    found: list[RowDifference] = []
    result = replay_audit(settings.migration_database_url, SHIPPED, found.append)
    assert not result.unusable
    return (
        {
            (one.table, ("missing",) if one.missing else ("extra",) if one.extra else one.columns)
            for one in found
        },
        {(one.table, one.column) for one in result.erased},
    )


def sample_row(name: str, place: int) -> dict[str, Any]:
    """Return a row with a value in each column."""
    return {column.name: sample_value(column.type, place) for column in columns.find_table(name).columns}


def sample_value(kind: Any, place: int) -> Any:
    values: dict[type, Any] = {
        Uuid: new_id(),
        DateTime: datetime(2026, 9, 1 + place, 3, 30, 15, 123456, tzinfo=UTC),
        Boolean: place == 1,
        LargeBinary: bytes([place, 255, 0, 92]),
        Numeric: Decimal("71.50") + place,
        JSONB: {"said-in-confidence": [place, "ң", None]},
        Date: date(2026, 9, 1 + place),
        Time: time(8 + place, 30),
        Text: f"said-in-confidence {place} ү",
    }
    if isinstance(kind, ARRAY):
        return [sample_value(kind.item_type, place)]
    return next((value for type, value in values.items() if isinstance(kind, type)), 10 + place)


def spoiled(owner: Any, name: str, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Change one row of the table, replace another by one with another key; yield what a replay has to find."""
    keys, ignored = columns.list_key_columns(name), tables.NOT_COMPARED_COLUMNS.get(name, ())
    where = " AND ".join(f"{key} = %s" for key in keys)
    changed, gone = ([row[key] for key in keys] for row in rows[:2])
    column = next(
        one for one in columns.find_table(name).columns if one.name not in keys and one.name not in ignored
    )
    other = sample_value(column.type, 7)
    owner.execute(
        f'UPDATE {name} SET "{column.name}" = %s WHERE {where}',
        [Jsonb(other) if isinstance(other, dict) else other, *changed],
    )
    new_key = {key: sample_value(columns.find_table(name).columns[key].type, 9) for key in keys}
    owner.execute(
        f"WITH gone AS (DELETE FROM {name} WHERE {where} RETURNING *) INSERT INTO {name} SELECT made.* FROM gone,"
        f" jsonb_populate_record(NULL::{name}, to_jsonb(gone) || %s) made",
        [*gone, Jsonb({key: str(value) for key, value in new_key.items()})],
    )
    yield from ((name, (column.name,)), (name, ("missing",)), (name, ("extra",)))


@contextmanager
def anything_goes(owner: Any, database: Any) -> Iterator[None]:
    """Let the application write rows that break the checks of their tables; put everything back at the end."""
    found = owner.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        " AND connamespace IN ('journal'::regnamespace, 'cases'::regnamespace, 'people'::regnamespace)"
        " AND conparentid = 0 AND coninhcount = 0"
    ).fetchall()
    owner.execute("GRANT SET ON PARAMETER session_replication_role TO depter_app")
    owner.execute("; ".join(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"' for table, name, _ in found))
    try:
        yield
    finally:
        database.restore()
        owner.execute(
            "; ".join(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {rule}' for table, name, rule in found)
        )
        owner.execute("REVOKE SET ON PARAMETER session_replication_role FROM depter_app")
