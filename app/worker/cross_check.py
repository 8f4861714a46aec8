"""The cross-check of each night: business rows, audit records and sealed leaves are compared, both ways.

A mark changed behind the program has no audit record of its version or value; a deleted row leaves its record behind.
Large tables are compared in slices by a hash of the id, one a night. Everything is read in one snapshot, over a
connection of its own. `depter audit check-night` runs it in a process of its own: timers and letters do not wait.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql

from app.audit.history import ERASED_VALUE_TEXT, persons_whose_keys_seal, unseal_audit_bodies
from app.files.store import FileStore
from app.kernel.readiness import psycopg_url
from app.kernel.settings import Settings
from app.sealer.leaves import RECORD_COLUMNS, leaf_content
from app.sealer.merkle import hash_leaf

ROWS_A_NIGHT, LEAVES_A_NIGHT, FILES_A_NIGHT = 500_000, 1_000_000, 2_000
BATCH = 1000
MAX_FINDINGS_OF_KIND = 200
CELL, RESULT, HISTORY, ROLE, FILE, LEAF = (
    "journal.cell",
    "journal.result",
    "cases.history",
    "people.role_assignment",
    "files.file",
    "audit.leaf",
)
WITHOUT_RECORD, WITHOUT_ROW, OTHER_VERSION, OTHER_VALUE = (
    "without_record",
    "without_row",
    "other_version",
    "other_value",
)
CHANGED_RECORD, LOST_RECORD, NOT_QUEUED, OTHER_CONTENT = (
    "changed_record",
    "lost_record",
    "not_queued",
    "other_content",
)
HISTORY_KINDS = {
    "started": "cases.case.started",
    "completed": "cases.task.completed",
    "timer": "cases.timer.fired",
    "escalated": "cases.task.escalated",
    "withdrawn": "cases.case.withdrawn",
    "attached": "cases.case.attached",
}
"""Kinds of history entries with the audit event of the same step."""


def _read_bodies(statement: str) -> str:
    """Return a statement with the parsed bodies of `r` and `t` for `r.json` and `t.json`; NULL for what is no JSON."""
    for alias in ("r", "t"):
        body = f"{alias}.body"
        statement = statement.replace(f"{alias}.json", f"(CASE WHEN {body} IS JSON THEN {body}::jsonb END)")
    return statement


# The demo is written as rows, with one record of its loading; only what came after it can be compared.
_DEMO_LOADED = "SELECT max(recorded_at) FROM audit.record WHERE event_type = 'demo.university.loaded'"
_CELLS = """
SELECT c.id::text, c.value, c.version, r.id, r.body FROM journal.cell AS c
LEFT JOIN LATERAL (SELECT id, body FROM audit.record WHERE object_id = c.id AND object_kind = 'journal.cell'
                   ORDER BY id DESC LIMIT 1) AS r ON true
WHERE {slice} AND (r.id IS NOT NULL OR c.changed_at > %(demo)s)
"""
_RESULTS = """
SELECT o.id::text, o.total, o.version, r.id, r.body FROM journal.result AS o
LEFT JOIN LATERAL (SELECT id, body FROM audit.record WHERE object_id = o.id AND object_kind = 'journal.result'
                   ORDER BY id DESC LIMIT 1) AS r ON true
WHERE {slice} AND (r.id IS NOT NULL OR o.published_at > %(demo)s)
"""
_LOST_ROWS = """
SELECT DISTINCT ON (r.object_id) r.object_id::text, r.id FROM audit.record AS r
WHERE r.object_kind = %(kind)s AND {slice} AND NOT EXISTS (SELECT FROM {table} AS o WHERE o.id = r.object_id)
ORDER BY r.object_id, r.id DESC
"""
_STEPS = """
SELECT coalesce(h.case_id, a.case_id)::text, coalesce(h.event, a.event), coalesce(h.count, 0), coalesce(a.count, 0)
FROM (SELECT case_id, %(events)s::jsonb ->> kind AS event, count(*) AS count FROM cases.history
      WHERE kind = ANY(%(kinds)s) AND {history_slice} GROUP BY 1, 2) AS h
FULL JOIN (SELECT case_id, event_type AS event, count(*) AS count FROM audit.record
      WHERE event_type = ANY(%(types)s) AND {record_slice} GROUP BY 1, 2) AS a
USING (case_id, event)
"""
_DECISIONS = _read_bodies("""
SELECT h.case_id::text, r.id FROM cases.history AS h
JOIN audit.record AS r ON r.case_id = h.case_id AND r.event_type = 'cases.task.completed'
     AND r.json #>> '{{after,task}}' = h.task_id::text
WHERE h.kind = 'completed' AND {slice} AND h.decision IS DISTINCT FROM r.json #>> '{{after,decision}}'
""")
_ROLES_WITHOUT_RECORD = _read_bodies("""
SELECT g.id::text FROM people.role_grant AS g WHERE %(demo)s = '-infinity'::timestamptz
AND NOT EXISTS (SELECT FROM audit.record AS r WHERE r.object_id = g.id)
AND NOT EXISTS (SELECT FROM audit.record AS r WHERE r.object_id = g.person_id AND r.event_type = 'people.role.granted'
                AND r.json #>> '{after,role}' = g.role
                AND r.json #>> '{after,unit}' IS NOT DISTINCT FROM g.unit_id::text)
""")
_ROLES_WITHOUT_ROW = _read_bodies("""
SELECT r.object_id::text, r.id FROM audit.record AS r
WHERE r.event_type = 'people.role.granted'
AND NOT EXISTS (SELECT FROM people.role_grant AS g WHERE g.person_id = r.object_id
                AND g.role = r.json #>> '{after,role}'
                AND g.unit_id::text IS NOT DISTINCT FROM r.json #>> '{after,unit}')
AND NOT EXISTS (SELECT FROM audit.record AS t WHERE t.object_id = r.object_id AND t.id > r.id
                AND t.event_type = 'people.role.taken_back'
                AND t.json #>> '{after,role}' = r.json #>> '{after,role}')
""")
_FILES = _read_bodies("""
SELECT f.id::text, f.address, b.key, r.id, r.json #>> '{{after,address}}' FROM files.file AS f
JOIN files.blob AS b ON b.address = f.address
LEFT JOIN LATERAL (SELECT id, body FROM audit.record WHERE object_id = f.id AND event_type = 'files.file.stored'
                   ORDER BY id LIMIT 1) AS r ON true
WHERE {slice} AND (r.id IS NOT NULL OR f.uploaded_at > %(demo)s)
""")
_LEAVES = f"""
SELECT l.leaf_index, l.record_id, l.leaf_hash, r.id IS NOT NULL, {RECORD_COLUMNS}
FROM sealer.leaf AS l LEFT JOIN audit.record AS r ON r.id = l.record_id
WHERE l.leaf_index >= %(begin)s AND l.leaf_index < %(end)s ORDER BY l.leaf_index
"""
_NOT_QUEUED = """
SELECT r.id FROM audit.record AS r LEFT JOIN sealer.leaf AS l ON l.record_id = r.id
LEFT JOIN audit.unsealed AS u ON u.record_id = r.id WHERE l.record_id IS NULL AND u.record_id IS NULL LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One thing that does not agree: kind of object, what is wrong, its id, and the audit record if there is one."""

    kind: str
    code: str
    object_id: str
    record_id: int | None = None


@dataclass(slots=True)
class NightReport:
    """What one night compared and found; `next_leaf` is where the next one goes on."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Disagreement] = field(default_factory=list)
    next_leaf: int = 0

    def add(self, kind: str, code: str, object_id: str, record_id: int | None = None) -> None:
        """Note a disagreement; all are counted, the first of each kind and code are kept."""
        self.counts["findings"] += 1
        self.counts[f"{kind}:{code}"] += 1
        if self.counts[f"{kind}:{code}"] <= MAX_FINDINGS_OF_KIND:
            self.findings.append(Disagreement(kind, code, object_id, record_id))


def compare_everything(settings: Settings, day: date, first_leaf: int) -> NightReport:
    """Compare both ways and return what was found, inside an application context. Raises psycopg.Error, OSError."""
    report = NightReport()
    with _open_snapshot(settings) as connection:
        loaded = connection.execute(_DEMO_LOADED).fetchone()
        demo = loaded[0] if loaded and loaded[0] else "-infinity"
        check = _Night(connection, report, day, demo)
        check.compare_values(CELL, _CELLS, "journal.cell", _cell_value_problem)
        check.compare_values(RESULT, _RESULTS, "journal.result", _result_value_problem)
        for kind in (CELL, RESULT):
            check.find_lost_rows(kind, kind)
        check.compare_steps()
        check.compare_roles()
        check.compare_files(FileStore(settings.data_dir))
        check.compare_leaves(first_leaf)
    return report


class _Night:
    """The comparisons of one night over one snapshot."""

    def __init__(
        self, connection: psycopg.Connection[Any], report: NightReport, day: date, demo: Any
    ) -> None:
        self._connection, self._report, self._day, self._demo = connection, report, day, demo

    def compare_values(self, kind: str, statement: str, table: str, problem_of: Any) -> None:
        """Compare each row with its last audit record: there is one, of this version, with this value."""
        query = self._sliced(statement, table, "c" if kind == CELL else "o")
        for rows in _batches(self._connection, kind, query, {"demo": self._demo}):
            self._report.counts[kind] += len(rows)
            known: list[tuple[Sequence[Any], dict[str, Any]]] = []
            for row in rows:
                body = None if row[3] is None else _read_body(row[4])
                if row[3] is None:
                    self._report.add(kind, WITHOUT_RECORD, row[0])
                elif body is None:
                    self._report.add(kind, CHANGED_RECORD, row[0], row[3])
                else:
                    known.append((row, body))
            bodies = unseal_audit_bodies([body for _row, body in known])
            for (known_row, _sealed), opened in zip(known, bodies, strict=True):
                code = problem_of(known_row, opened["after"] or {})
                if code == "erased":
                    self._report.counts["erased"] += 1
                elif code:
                    self._report.add(kind, code, known_row[0], known_row[3])

    def find_lost_rows(self, kind: str, table: str) -> None:
        """Find objects of the audit whose row is gone."""
        # Where the rows are compared in slices, their records are too.
        place = sql.SQL("{}").format(sql.Identifier(*table.split(".")))
        query = sql.SQL(_LOST_ROWS).format(slice=self._slice(table, "r.object_id"), table=place)
        for rows in _batches(self._connection, f"{kind}.lost", query, {"kind": kind}):
            for row in rows:
                self._report.add(kind, WITHOUT_ROW, row[0], row[1])

    def compare_steps(self) -> None:
        """Compare history and audit of each case: as many entries of each kind, with the same decisions."""
        query = sql.SQL(_STEPS).format(
            history_slice=self._slice("cases.history", "case_id"),
            record_slice=self._slice("cases.history", "case_id"),
        )
        values = {
            "events": json.dumps(HISTORY_KINDS),
            "kinds": list(HISTORY_KINDS),
            "types": list(HISTORY_KINDS.values()),
        }
        for rows in _batches(self._connection, "steps", query, values):
            for case, _event, entries, records in rows:
                self._report.counts[HISTORY] += max(entries, records)
                if entries != records:
                    self._report.add(HISTORY, WITHOUT_RECORD if entries > records else WITHOUT_ROW, case)
        for rows in _batches(
            self._connection, "decisions", self._sliced(_DECISIONS, "cases.history", "h", "case_id"), {}
        ):
            for row in rows:
                self._report.add(HISTORY, OTHER_VALUE, row[0], row[1])

    def compare_roles(self) -> None:
        """Find roles that no record gave, and given roles that are gone."""
        (held,) = self._connection.execute("SELECT count(*) FROM people.role_grant").fetchone() or (0,)
        self._report.counts[ROLE] += held
        for row in self._connection.execute(_ROLES_WITHOUT_RECORD, {"demo": self._demo}):
            self._report.add(ROLE, WITHOUT_RECORD, row[0])
        for row in self._connection.execute(_ROLES_WITHOUT_ROW):
            self._report.add(ROLE, WITHOUT_ROW, row[0], row[1])

    def compare_files(self, files: FileStore) -> None:
        """Compare the address of each file with its record, and its content with its address."""
        query = sql.SQL(_FILES).format(slice=self._slice("files.file", "f.id", FILES_A_NIGHT))
        for rows in _batches(self._connection, "files", query, {"demo": self._demo}):
            for file, address, key, record, recorded in rows:
                self._report.counts[FILE] += 1
                if record is None:
                    self._report.add(FILE, WITHOUT_RECORD, file)
                elif recorded != address:
                    self._report.add(FILE, OTHER_VALUE, file, record)
                elif not files.is_content_whole(address, bytes(key)):
                    self._report.add(FILE, OTHER_CONTENT, file, record)

    def compare_leaves(self, first: int) -> None:
        """Compare sealed records with their leaves, and find records that were inserted past the queue."""
        (size,) = self._connection.execute(
            "SELECT coalesce(max(leaf_index) + 1, 0) FROM sealer.leaf"
        ).fetchone() or (0,)
        begin = first if first < size else 0
        values = {"begin": begin, "end": begin + LEAVES_A_NIGHT}
        for rows in _batches(self._connection, "leaves", sql.SQL(_LEAVES), values):
            for index, record, stored, is_there, *columns in rows:
                self._report.counts[LEAF] += 1
                if not is_there:
                    self._report.add(LEAF, LOST_RECORD, str(index), record)
                elif hash_leaf(leaf_content(columns)) != bytes(stored):
                    self._report.add(LEAF, CHANGED_RECORD, str(index), record)
        self._report.next_leaf = min(begin + LEAVES_A_NIGHT, size)
        for row in self._connection.execute(_NOT_QUEUED, {"most": MAX_FINDINGS_OF_KIND}):
            self._report.add(LEAF, NOT_QUEUED, str(row[0]), row[0])

    def _sliced(self, statement: str, table: str, alias: str, column: str = "id") -> sql.Composed:
        return sql.SQL(statement).format(slice=self._slice(table, f"{alias}.{column}"))  # type: ignore[arg-type]

    def _slice(self, table: str, column: str, most: int = ROWS_A_NIGHT) -> sql.Composable:
        """Return the condition of tonight's part of a table; `true` for one that is compared every night."""
        row = self._connection.execute(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s::regclass", (table,)
        ).fetchone()
        slices = -(-max(int(row[0]) if row else 0, 1) // most)
        if slices == 1:
            return sql.SQL("true")
        named = sql.Identifier(*column.split("."))
        condition = "mod(abs(hashtextextended({}::text, 0) % 1000000007), {}) = {}"
        return sql.SQL(condition).format(
            named, sql.Literal(slices), sql.Literal(self._day.toordinal() % slices)
        )


def _cell_value_problem(row: Sequence[Any], after: dict[str, Any]) -> str | None:
    if after.get("version") != row[2]:
        return OTHER_VERSION
    value = after.get("value")
    return "erased" if value == ERASED_VALUE_TEXT else OTHER_VALUE if value != row[1] else None


def _read_body(text: str) -> dict[str, Any] | None:
    """Return the parsed body of a record; None for one that the program did not write."""
    try:
        body: dict[str, Any] = json.loads(text)
        persons_whose_keys_seal(body)
        return body if isinstance(body["after"], dict | None) else None
    except (ValueError, KeyError, TypeError):
        return None


def _result_value_problem(row: Sequence[Any], after: dict[str, Any]) -> str | None:
    if after.get("version", 1) != row[2]:
        return OTHER_VERSION
    total = after.get("total")
    if total == ERASED_VALUE_TEXT:
        return "erased"
    return None if total is not None and Decimal(total) == row[1] else OTHER_VALUE


@contextmanager
def _open_snapshot(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(psycopg_url(settings.database_url)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def _batches(
    connection: psycopg.Connection[Any], name: str, query: sql.Composable, values: dict[str, Any]
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query in batches, by a server-side cursor."""
    with connection.cursor(name) as cursor:
        cursor.execute(query, values)  # type: ignore[arg-type]
        while rows := cursor.fetchmany(BATCH):
            yield rows


def is_night_check_due(now_local: datetime, last_day: date | None) -> bool:
    """Return whether the comparison of this day has to be made: from 02:00 on, once a day."""
    return now_local.hour >= FIRST_HOUR and (last_day is None or last_day < now_local.date())


FIRST_HOUR = 2
