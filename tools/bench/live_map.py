"""A process with a long past: the live map over a hundred thousand closed tasks."""

from __future__ import annotations

from uuid import UUID

from tools.bench.world import Database

STEPS = (
    "endorse_department_head",
    "forward_directorate",
    "decide_academic_office",
    "release_it",
    "rework_teacher",
)
TASKS_PER_CASE = 4
PAST_CASES = """
INSERT INTO cases."case"
SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'number', 'M-' || n, 'status', 'done',
  'outcome', 'applied', 'opened_at', %(at)s::timestamptz - mod(n, 300) * interval '1 day',
  'closed_at', %(at)s::timestamptz - mod(n, 300) * interval '1 day' + interval '5 days'))).*
FROM cases."case" c, generate_series(1, %(count)s) AS n WHERE c.id = %(case)s
"""
PAST_TASKS = """
INSERT INTO cases.task
SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'case_id', c.id, 'number', c.number,
  'element', (%(steps)s::text[])[1 + mod((hashtext(c.number) & 1023) + n, cardinality(%(steps)s::text[]))],
  'opened_at', c.opened_at + n * interval '1 day',
  'closed_at', c.opened_at + n * interval '1 day' + (1 + (hashtext(c.number || n) & 4095)) * interval '1 minute',
  'closed_by', t.requester, 'closed_how', 'approve'))).*
FROM cases.task t, cases."case" c, generate_series(1, %(each)s) AS n
WHERE t.case_id = %(case)s AND starts_with(c.number, 'M-')
"""


def add_closed_tasks(database: Database, case: UUID, tasks: int, at: object) -> None:
    """Add so many closed tasks of finished cases, over 300 days and five steps, modelled on a case with one task."""
    given = {
        "case": case,
        "count": tasks // TASKS_PER_CASE,
        "each": TASKS_PER_CASE,
        "steps": list(STEPS),
        "at": at,
    }
    with database.connect(autocommit=True) as connection:
        connection.execute(PAST_CASES, given)
        connection.execute(PAST_TASKS, given)
        connection.execute("VACUUM ANALYZE")
