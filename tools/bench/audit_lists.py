"""The lists of the audit over ten million records: filters, facets and pages, as the auditor's room asks for them.

The rows are made in SQL without their indexes, which are made afterwards, as a restore does it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from app.audit.searches import CASES, DEEDS
from app.cases.audit_lists.filters import is_search_by_value
from app.cases.audit_lists.pages import list_key, load_list_page
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from tests.scenarios.world import World
from tools.bench.audit_searches import (
    CLOSED_DEPARTMENT,
    COURSES,
    DEPARTMENTS,
    GROUPS,
    STUDENTS,
    TEACHERS,
    YEARS,
    searches_of_cases,
    searches_of_deeds,
)
from tools.bench.table import Figure, figure
from tools.bench.world import Database

SEMESTERS, JOURNALS_OF_SEMESTER = 2 * YEARS, 1000
OFFERINGS = SEMESTERS * JOURNALS_OF_SEMESTER
RECORDS_PER_CASE, TASKS_PER_CASE, STEPS_PER_CASE = 50, 2, 4
RECORDS_PER_VERSION = 3
ROUNDS = 25
FILLED_TABLES = ("audit.record", "journal.cell_version", 'cases."case"', "cases.task", "cases.history")
Timed = Callable[[Iterator[Callable[[], Any]]], tuple[list[float], float, float]]

_CELL = "('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
"""Ordered, as the ids of UUID version 7 are."""
_MIXED = "n * {0} %% 4294967291 %% {1}"
"""A number below the second, by the multiplier, so that no filter goes with another by accident."""
_OFFERING = (
    "md5('o' || ((n - 1) * %(semesters)s / %(rows)s * %(of_semester)s + "
    + _MIXED.format(2654435761, "%(of_semester)s")
    + "))::uuid"
)
"""A journal of the semester in which the deed was done, so that old journals have no new deeds."""
_STUDENT = f"md5('s' || ({_MIXED.format(40503, '%(students)s')}))::uuid"
_TEACHER = f"md5('t' || ({_MIXED.format(69069, '%(teachers)s')}))::uuid"
_POINTS = _MIXED.format(1103515245, 101)
_CASE = "n / 100 * 2 + n %% 2"
_KIND = """CASE WHEN n %% 100 < 70 THEN 'journal.mark.recorded' WHEN n %% 100 < 75 THEN 'journal.mark.corrected'
  WHEN n %% 100 < 85 THEN 'people.session.opened' WHEN n %% 100 < 90 THEN 'cases.task.completed'
  WHEN n %% 100 < 92 THEN 'files.file.viewed' WHEN n %% 100000 = 92 THEN 'journal.sheet.closed'
  ELSE 'journal.bench.kind_' || n %% 30 END"""
_CLAUSE = """CASE WHEN n %% 100 < 70 THEN '4.3.1' WHEN n %% 100 < 75 THEN '4.4.1' WHEN n %% 100000 = 92 THEN '7.6'
  WHEN n %% 100 < 92 THEN NULL ELSE '2.1' END"""
_AT = "%(end)s::timestamptz - (%(rows)s - n) * (%(span)s::interval / %(rows)s)"
RECORDS = f"""
INSERT INTO audit.record (recorded_at, at, format, event_type, object_kind, object_id, person, case_id, on_behalf_of,
  subject, clause, offering_id, late, imported, body)
SELECT t, t, 1, kind, 'journal.cell', cell, teacher, cases, behalf, student, clause, offering, n %% 97 = 0, n %% 11 = 0,
  format('{{"after":{{"value":"%%s","version":1}},"at":"%%s","before":null,"case":null,"clause":null,'
    '"event_type":"%%s","format":1,"object":{{"id":"%%s","kind":"journal.cell"}},"on_behalf_of":null,'
    '"person":"%%s","reason":null,"subject":"%%s"}}', n %% 101, to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS+00:00'), kind,
    cell, teacher, student)
FROM (SELECT n, {_AT} AS t, {_KIND} AS kind, {_CLAUSE} AS clause, {_CELL} AS cell,
  CASE WHEN n %% 100 < 75 OR n %% 100 = 92 THEN {_OFFERING} END AS offering,
  CASE WHEN n %% 100 < 75 THEN {_STUDENT} END AS student,
  {_TEACHER} AS teacher, CASE WHEN n %% 333 = 0 THEN md5('t' || (n %% 13))::uuid END AS behalf,
  CASE WHEN n %% 100 BETWEEN 70 AND 90 THEN md5('k' || ({_CASE}))::uuid END AS cases
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS made
"""
VERSIONS = f"""
INSERT INTO journal.cell_version (id, cell_id, version, lesson_id, offering_id, student_id, kind, old_value, new_value,
  old_points, new_points, event_type, clause, person, at, late, source)
SELECT {_CELL}, {_CELL}, 1, md5('l' || n %% 400000)::uuid, {_OFFERING}, {_STUDENT}, 'GRADE',
  CASE WHEN n %% 20 = 0 THEN (n %% 101)::text END, ({_POINTS})::text,
  CASE WHEN n %% 20 = 0 THEN n %% 101 END, {_POINTS},
  CASE WHEN n %% 20 = 0 THEN 'journal.mark.corrected' ELSE 'journal.mark.recorded' END, '4.3.1', {_TEACHER},
  {_AT}, n %% 97 = 0, CASE WHEN n %% 11 = 0 THEN 'IMPORT' ELSE 'HAND' END
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n WHERE n %% {RECORDS_PER_VERSION} = 0
"""


def _copies(table: str, rows: str, letter: str, values: str, one: str) -> str:
    """Return the statement that copies one row, once for each number n of `rows`."""
    return (
        f"INSERT INTO {table} SELECT copy.* FROM {table} AS one, {rows},"
        f" jsonb_populate_record(one, jsonb_build_object('id', md5('{letter}' || n)::uuid, 'external_id', NULL,"
        f" {values})) AS copy WHERE one.id = {one}"
    )


_COURSE = "(SELECT course_id FROM journal.offering WHERE id = %(offering)s)"
JOURNALS = (
    _copies(
        "people.unit",
        "(SELECT generate_series(0, %(departments)s - 1) UNION SELECT %(closed)s) AS made (n)",
        "u",
        "'code', 'B-' || n",
        "%(department)s",
    ),
    _copies(
        "people.study_group", "generate_series(0, %(groups)s - 1) AS n", "g", "'name', 'Б-' || n", "%(group)s"
    ),
    _copies(
        "journal.course",
        "generate_series(0, %(courses)s + 9) AS n",
        "c",
        "'code', 'B-' || n, 'department_id',"
        " md5('u' || CASE WHEN n < %(courses)s THEN n %% %(departments)s ELSE %(closed)s END)::uuid",
        _COURSE,
    ),
    _copies(
        "journal.offering",
        "generate_series(0, %(offerings)s - 1) AS n",
        "o",
        "'group_id', md5('g' || (n %% %(groups)s))::uuid, 'course_id', md5('c' ||"
        " CASE WHEN n < 4 * %(of_semester)s AND n %% 10 = 3 THEN %(courses)s + n / 10 %% 10"
        " ELSE n %% %(courses)s END)::uuid",
        "%(offering)s",
    ),
)
_OPENED = "%(end)s::timestamptz - (%(cases)s - n) * (%(span)s::interval / %(cases)s)"
FINISHED_CASES = (
    f"""INSERT INTO cases."case" SELECT copy.* FROM cases."case" AS one, generate_series(0, %(cases)s - 1) AS n,
    jsonb_populate_record(one, jsonb_build_object('id', md5('k' || n)::uuid, 'number', 'A-' || n, 'status', 'done',
      'outcome', CASE WHEN n %% 9 = 0 THEN 'rejected' ELSE 'applied' END,
      'diagram', CASE WHEN n %% 50 = 7 THEN 'late_entry' ELSE one.diagram END,
      'requester', md5('t' || (n %% %(teachers)s))::uuid, 'about', ARRAY[md5('s' || (n %% %(students)s))::uuid],
      'units', ARRAY[md5('u' || n %% %(departments)s)::uuid, %(institute)s::uuid],
      'opened_at', {_OPENED}, 'closed_at', {_OPENED} + interval '3 days')) AS copy
    WHERE one.id = %(case)s""",
    f"""INSERT INTO cases.task SELECT copy.* FROM cases.task AS one,
    generate_series(0, %(cases)s::bigint * %(tasks)s - 1) AS m, LATERAL (SELECT m / %(tasks)s AS n) AS k,
    jsonb_populate_record(one, jsonb_build_object('id', gen_random_uuid(), 'case_id', md5('k' || n)::uuid,
      'opened_at', {_OPENED}, 'due_at', {_OPENED} + interval '2 days',
      'closed_at', {_OPENED} + interval '2 days' + (CASE WHEN n %% 17 = 0 THEN 1 ELSE -1 END) * interval '1 hour',
      'clause', CASE WHEN n %% 5000 = 0 THEN '7.6' ELSE '4.4.2' END, 'closed_how', 'approve')) AS copy
    WHERE one.case_id = %(case)s""",
    f"""INSERT INTO cases.history (case_id, at, recorded_at, kind, person, iteration, answers, opened)
    SELECT md5('k' || n)::uuid, {_OPENED}, {_OPENED}, 'completed',
      md5('t' || (m * 17 %% %(teachers)s))::uuid, 1, '{{}}', '[]'
    FROM generate_series(0, %(cases)s::bigint * %(steps)s - 1) AS m, LATERAL (SELECT m / %(steps)s AS n) AS k""",
)


def measure(figures: list[Figure], world: World, database: Database, rows: int, timed: Timed) -> None:
    """Fill both tables and time every filter."""
    case = world.teacher().requests_correction()
    begun = time.perf_counter()
    fill_tables(database, rows, world, case)
    print(f"{rows} records filled and indexed in {time.perf_counter() - begun:.0f} s", flush=True)
    world.session.rollback()
    time_searches(figures, world, timed)


def time_searches(figures: list[Figure], world: World, timed: Timed, only: str = "") -> None:
    """Time the first page of each search with its counts, and a page deep in the list; each round has other persons,
    journals and days. `only` is a part of the names wanted."""
    auditor = Act(world.hires("auditor", None), None, world.clock(), (RoleAssignment("auditor"),))
    world.session.commit()
    today = local_day(world.clock())
    searches = [
        *((DEEDS, *one) for one in searches_of_deeds(today, str(world.school.institute)).items()),
        *((CASES, *one) for one in searches_of_cases(today).items()),
    ]
    for page, name, make in searches:
        for part in ("first", "deep"):
            if only not in f"{page}.{name}.{part}":
                continue
            chance = random.Random(name)
            rounds = []
            for _ in range(ROUNDS + 1):
                filters = make(chance)
                key = _deep_key(world, page, filters, chance) if part == "deep" else ""
                rounds.append(partial(load_list_page, auditor, page, filters, key))
            # Not measured: what a process does once, as a statement is compiled.
            rounds.pop()()
            seconds, statements, trips = timed(iter(rounds))
            figures.append(
                figure(f"audit.{page}.{name}.{part}", seconds, sql_statements=statements, round_trips=trips)
            )
            world.session.rollback()


def _deep_key(world: World, page: str, filters: Mapping[str, str], chance: random.Random) -> str:
    """Return the key of a page deep in a list: on a day of the period searched, or of all five years."""
    if "since" in filters:
        day = date.fromisoformat(filters["since"]) + timedelta(days=chance.randrange(5, 25))
    else:
        day = local_day(world.clock()) - timedelta(days=chance.randrange(200, 365 * YEARS - 200))
    is_by_number = page == DEEDS and not is_search_by_value(filters)
    return list_key(datetime(day.year, day.month, day.day, tzinfo=UTC), 0 if is_by_number else UUID(int=0))


def fill_tables(database: Database, rows: int, world: World, case: UUID) -> None:
    """Fill audit, versions of cells, journals and cases; two connections at once, indexes last."""
    school, end = world.school, world.clock()
    given: dict[str, Any] = {
        "rows": rows,
        "end": end,
        "span": f"{365 * YEARS} days",
        "groups": GROUPS,
        "courses": COURSES,
        "students": STUDENTS,
        "teachers": TEACHERS,
        "offerings": OFFERINGS,
        "semesters": SEMESTERS,
        "of_semester": JOURNALS_OF_SEMESTER,
        "departments": DEPARTMENTS,
        "closed": CLOSED_DEPARTMENT,
        "group": school.group,
        "offering": school.offering,
        "department": school.department,
        "institute": school.institute,
        "case": case,
        "cases": max(rows // RECORDS_PER_CASE, 1),
        "tasks": TASKS_PER_CASE,
        "steps": STEPS_PER_CASE,
    }
    with database.connect(autocommit=True) as connection:
        for year in range(end.year - YEARS - 1, end.year + 1):
            for table in ("audit.record", "cases.history"):
                connection.execute("SELECT kernel.create_year_partition(%s, %s)", (table, year))
        indexes = connection.execute(
            "SELECT format('%%I.%%I', schemaname, indexname), indexdef FROM pg_indexes"
            " WHERE format('%%I.%%I', schemaname, tablename)::regclass = ANY(%s::regclass[])"
            " AND indexname LIKE 'ix_%%'",
            (list(FILLED_TABLES),),
        ).fetchall()
        for name, _definition in indexes:
            connection.execute(f"DROP INDEX {name}")
        _spare_writing(connection)
        for statement in JOURNALS:
            connection.execute(statement, given)
    parts = [
        (statement, {**given, "first": first, "last": first + rows // 2 - 1})
        for statement in (RECORDS, VERSIONS)
        for first in (1, rows // 2 + 1)
    ]
    begun = time.perf_counter()
    _run_at_once(database, [*parts, *((statement, given) for statement in FINISHED_CASES)])
    print(f"rows in {time.perf_counter() - begun:.0f} s", flush=True)
    _run_at_once(database, [(definition.replace("ON ONLY ", "ON "), None) for _name, definition in indexes])
    print(f"indexes after {time.perf_counter() - begun:.0f} s", flush=True)
    _run_at_once(database, [(f"VACUUM ANALYZE {table}", None) for table in FILLED_TABLES])
    _run_at_once(database, [("ANALYZE", None)])


def _spare_writing(connection: Any) -> None:
    """Fill without the log of PostgreSQL and without the queue of the sealer: neither is read by a list."""
    connection.execute("ALTER TABLE audit.record DISABLE TRIGGER audit_record_queue")
    leaves = connection.execute(
        "SELECT relid::regclass::text FROM pg_partition_tree('audit.record') WHERE isleaf"
    ).fetchall()
    for (table,) in (*leaves, ("journal.cell_version",)):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(f"ALTER TABLE {table} SET UNLOGGED")


def _run_at_once(database: Database, parts: list[tuple[str, Mapping[str, Any] | None]]) -> None:
    def run(part: tuple[str, Mapping[str, Any] | None]) -> None:
        with database.connect(autocommit=True) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            connection.execute("SET synchronous_commit = off")
            # Foreign keys of rows that are copies of right ones.
            connection.execute("SET session_replication_role = 'replica'")
            connection.execute(part[0], part[1])

    with ThreadPoolExecutor(2) as both:
        list(both.map(run, parts))
