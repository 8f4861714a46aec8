"""The lists of the audit over ten million records: filters, facets and pages, as the auditor's room asks for them.

The rows are made in SQL without their indexes, which are made afterwards, as a restore does it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from hashlib import md5
from typing import Any
from uuid import UUID

from app.audit.searches import CASES, DEEDS
from app.cases.audit_lists.pages import load_list_page
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from tests.scenarios.world import World
from tools.bench.table import Figure, figure
from tools.bench.world import Database

YEARS, GROUPS, COURSES, STUDENTS, TEACHERS = 5, 250, 200, 6000, 500
OFFERINGS = 2000 * YEARS
RECORDS_PER_CASE, TASKS_PER_CASE, STEPS_PER_CASE = 50, 2, 4
RECORDS_PER_VERSION = 3
ROUNDS = 25
Timed = Callable[[Iterator[Callable[[], Any]]], tuple[list[float], float, float]]

_CELL = "('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
"""Ordered, as the ids of UUID version 7 are."""
_OFFERING = "md5('o' || (n * 7 %% %(offerings)s))::uuid"
_STUDENT = "md5('s' || (n * 7919 %% %(students)s))::uuid"
_TEACHER = "md5('t' || (n * 31 %% %(teachers)s))::uuid"
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
  CASE WHEN n %% 100 < 75 THEN {_OFFERING} END AS offering, CASE WHEN n %% 100 < 75 THEN {_STUDENT} END AS student,
  {_TEACHER} AS teacher, CASE WHEN n %% 333 = 0 THEN md5('t' || (n %% 13))::uuid END AS behalf,
  CASE WHEN n %% 100 BETWEEN 70 AND 90 THEN md5('k' || (n %% (%(rows)s / {RECORDS_PER_CASE})))::uuid END AS cases
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n) AS made
"""
VERSIONS = f"""
INSERT INTO journal.cell_version (id, cell_id, version, lesson_id, offering_id, student_id, kind, old_value, new_value,
  old_points, new_points, event_type, clause, person, at, late, source)
SELECT {_CELL}, {_CELL}, 1, md5('l' || n %% 400000)::uuid, {_OFFERING}, {_STUDENT}, 'GRADE',
  CASE WHEN n %% 20 = 0 THEN (n %% 101)::text END, (n * 13 %% 101)::text,
  CASE WHEN n %% 20 = 0 THEN n %% 101 END, n * 13 %% 101,
  CASE WHEN n %% 20 = 0 THEN 'journal.mark.corrected' ELSE 'journal.mark.recorded' END, '4.3.1', {_TEACHER},
  {_AT}, n %% 97 = 0, CASE WHEN n %% 11 = 0 THEN 'IMPORT' ELSE 'HAND' END
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n WHERE n %% {RECORDS_PER_VERSION} = 0
"""
JOURNALS = (
    "INSERT INTO people.study_group SELECT (jsonb_populate_record(g, jsonb_build_object('id', md5('g' || n)::uuid,"
    " 'name', 'Б-' || n, 'external_id', NULL))).* FROM people.study_group g, generate_series(0, %(groups)s - 1) AS n"
    " WHERE g.id = %(group)s",
    "INSERT INTO journal.course SELECT (jsonb_populate_record(c, jsonb_build_object('id', md5('c' || n)::uuid,"
    " 'code', 'B-' || n, 'external_id', NULL))).* FROM journal.course c, generate_series(0, %(courses)s - 1) AS n,"
    " journal.offering o WHERE o.id = %(offering)s AND c.id = o.course_id",
    "INSERT INTO journal.offering SELECT (jsonb_populate_record(o, jsonb_build_object('id', md5('o' || n)::uuid,"
    " 'group_id', md5('g' || (n %% %(groups)s))::uuid, 'course_id', md5('c' || (n %% %(courses)s))::uuid,"
    " 'external_id', NULL))).* FROM journal.offering o, generate_series(0, %(offerings)s - 1) AS n"
    " WHERE o.id = %(offering)s",
)
FINISHED_CASES = (
    """INSERT INTO cases."case" SELECT (jsonb_populate_record(c, jsonb_build_object('id', md5('k' || n)::uuid,
      'number', 'A-' || n, 'status', 'done', 'outcome', CASE WHEN n %% 9 = 0 THEN 'rejected' ELSE 'applied' END,
      'requester', md5('t' || (n %% %(teachers)s))::uuid, 'about', ARRAY[md5('s' || (n %% %(students)s))::uuid],
      'opened_at', %(end)s::timestamptz - (%(cases)s - n) * (%(span)s::interval / %(cases)s),
      'closed_at', %(end)s::timestamptz - (%(cases)s - n) * (%(span)s::interval / %(cases)s) + interval '3 days'))).*
    FROM cases."case" c, generate_series(0, %(cases)s - 1) AS n WHERE c.id = %(case)s""",
    """INSERT INTO cases.task SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(),
      'case_id', md5('k' || n)::uuid, 'opened_at', %(end)s::timestamptz, 'due_at', %(end)s::timestamptz,
      'closed_at', %(end)s::timestamptz + (CASE WHEN n %% 15 = 0 THEN 1 ELSE -1 END) * interval '1 hour',
      'clause', CASE WHEN n %% 5000 = 0 THEN '7.6' ELSE '4.4.2' END, 'closed_how', 'approve'))).*
    FROM cases.task t, generate_series(0, %(cases)s::bigint * %(tasks)s - 1) AS m,
      LATERAL (SELECT m / %(tasks)s AS n) AS k
    WHERE t.case_id = %(case)s""",
    """INSERT INTO cases.history (case_id, at, kind, person, iteration, answers, opened)
    SELECT md5('k' || (m / %(steps)s))::uuid, %(end)s::timestamptz, 'completed',
      md5('t' || (m * 17 %% %(teachers)s))::uuid, 1, '{}', '[]'
    FROM generate_series(0, %(cases)s::bigint * %(steps)s - 1) AS m""",
)


def measure(figures: list[Figure], world: World, database: Database, rows: int, timed: Timed) -> None:
    """Fill both tables and time every filter; each round has other persons, journals and days."""
    case = world.teacher().requests_correction()
    school = world.school
    begun = time.perf_counter()
    fill_tables(database, rows, case, school.group, school.offering, world.clock())
    print(f"{rows} records filled and indexed in {time.perf_counter() - begun:.0f} s", flush=True)
    world.session.rollback()
    auditor = Act(world.hires("auditor", None), None, world.clock(), (RoleAssignment("auditor"),))
    world.session.commit()
    for name, (page, make) in _searches(world, rows).items():
        chance = random.Random(name)
        rounds = [partial(load_list_page, auditor, page, make(chance)) for _ in range(ROUNDS + 1)]
        # Not measured: what a process does once, as a statement is compiled.
        rounds.pop()()
        seconds, statements, trips = timed(iter(rounds))
        note = f"{rows} records, first page with counts"
        figures.append(
            figure(f"audit.{page}.{name}", seconds, note, sql_statements=statements, round_trips=trips)
        )
        world.session.rollback()


def fill_tables(database: Database, rows: int, case: UUID, group: UUID, offering: UUID, end: Any) -> None:
    """Fill audit, versions of cells, journals and cases; two connections at once, indexes last."""
    given: dict[str, Any] = {
        "rows": rows,
        "end": end,
        "span": f"{365 * YEARS} days",
        "groups": GROUPS,
        "courses": COURSES,
        "students": STUDENTS,
        "teachers": TEACHERS,
        "offerings": OFFERINGS,
        "group": group,
        "offering": offering,
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
            "SELECT format('%I.%I', schemaname, indexname), indexdef FROM pg_indexes"
            " WHERE (schemaname, tablename) IN (('audit', 'record'), ('journal', 'cell_version'))"
            " AND indexname LIKE 'ix_%'"
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
    _run_at_once(database, parts)
    print(f"records and versions in {time.perf_counter() - begun:.0f} s", flush=True)
    _run_at_once(database, [(definition.replace("ON ONLY ", "ON "), None) for _name, definition in indexes])
    with database.connect(autocommit=True) as connection:
        print(f"indexes after {time.perf_counter() - begun:.0f} s", flush=True)
        for statement in FINISHED_CASES:
            connection.execute(statement, given)
        print(f"cases after {time.perf_counter() - begun:.0f} s", flush=True)
        connection.execute("VACUUM ANALYZE")


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
            connection.execute(part[0], part[1])

    with ThreadPoolExecutor(2) as both:
        list(both.map(run, parts))


def _searches(world: World, rows: int) -> dict[str, tuple[str, Callable[[random.Random], dict[str, str]]]]:
    """Return the searches by name: the list, and what makes the filters of a round."""
    today = local_day(world.clock())
    department = str(world.school.department)

    def id(letter: str, most: int) -> Callable[[random.Random], str]:
        return lambda chance: str(_md5_id(f"{letter}{chance.randrange(most)}"))

    teacher, student, group = id("t", TEACHERS), id("s", STUDENTS), id("g", GROUPS)
    course = id("c", COURSES)

    def month(chance: random.Random) -> dict[str, str]:
        first = today - timedelta(days=chance.randrange(30, 365 * YEARS - 30))
        return {"since": first.isoformat(), "until": (first + timedelta(days=30)).isoformat()}

    return {
        "all": (DEEDS, lambda _c: {}),
        "person": (DEEDS, lambda c: {"person": teacher(c)}),
        "student": (DEEDS, lambda c: {"person": student(c), "part": "about"}),
        "person_month": (DEEDS, lambda c: {"person": teacher(c), **month(c)}),
        "group": (DEEDS, lambda c: {"group": group(c)}),
        "course": (DEEDS, lambda c: {"course": course(c)}),
        "unit": (DEEDS, lambda c: {"unit": department, **month(c)}),
        "month": (DEEDS, month),
        "kind": (DEEDS, lambda _c: {"kind": "journal.mark.corrected"}),
        "rare_kind": (DEEDS, lambda _c: {"kind": "journal.sheet.closed"}),
        "clause": (DEEDS, lambda _c: {"clause": "4.4"}),
        "late_group": (DEEDS, lambda c: {"group": group(c), "late": "yes"}),
        "import_person": (DEEDS, lambda c: {"person": teacher(c), "source": "import"}),
        "deputy": (DEEDS, lambda _c: {"deputy": "1"}),
        "values": (DEEDS, lambda c: {"old": str(c.randrange(101)), "new": str(c.randrange(101))}),
        "value_range": (DEEDS, lambda c: {"old": "<51", "new": ">=51", "group": group(c)}),
        "outcome": (DEEDS, lambda c: {"process": "late_correction", "outcome": "rejected", **month(c)}),
        "every": (CASES, lambda _c: {}),
        "of_person": (CASES, lambda c: {"person": teacher(c)}),
        "about": (CASES, lambda c: {"person": student(c), "part": "about"}),
        "late_rejected": (CASES, lambda c: {"late": "yes", "outcome": "rejected"}),
        "rare_clause": (CASES, lambda _c: {"clause": "7.6"}),
        "of_unit_month": (CASES, lambda c: {"unit": department, **month(c)}),
        "of_group": (CASES, lambda c: {"group": group(c)}),
    }


def _md5_id(text: str) -> UUID:
    return UUID(md5(text.encode(), usedforsecurity=False).hexdigest())
