"""Patterns of approvals and of documents as SELECTs with the columns of `finding_queries.FINDING_COLUMNS`.

The parameters are `since`, `until`, `units` (NULL: every unit; the units are those of the case), `limited` (what lies
outside of these is not compared with), `zone` and those named in `thresholds`.
"""

from __future__ import annotations

_DECISIONS = """
SELECT h.id AS entry, h.at, h.person, h.on_behalf_of, h.role, h.decision, h.case_id, t.opened_at, t.unit_id,
       k.requester
FROM cases.history h JOIN cases.task t ON t.id = h.task_id JOIN cases.case k ON k.id = h.case_id
WHERE h.approves AND h.kind = 'completed' AND h.person IS NOT NULL AND h.at >= :since AND h.at < :until
  AND (CAST(:units AS uuid[]) IS NULL OR k.units && CAST(:units AS uuid[]))
"""
"""Decisions of persons in steps that approve."""
_APPROVALS = f"{_DECISIONS} AND h.decision = 'approve'"


def _approval_columns(what: str, other: str, amount: str = "NULL", mark: str = "NULL") -> str:
    """Return the columns of a finding about one decision `d`."""
    return f"""md5(d.entry::text)::uuid AS id, d.at, {what} AS what, d.person, {other} AS other, d.unit_id AS unit,
       d.case_id, CAST(NULL AS uuid) AS offering, CAST(NULL AS uuid) AS lesson, CAST(NULL AS uuid) AS student,
       CAST(NULL AS text) AS old, CAST(NULL AS text) AS new, CAST({amount} AS numeric) AS amount,
       CAST({mark} AS text) AS mark"""


QUICK_SQL = f"""
SELECT {_approval_columns("'quick'", "d.requester", "round(extract(epoch FROM d.at - d.opened_at))")}
FROM ({_APPROVALS}) d WHERE d.at - d.opened_at < :quick
"""
"""Approvals sooner after the opening of their task than it takes to read a request."""

_PAIR = "least(d.person, d.requester)::text || ':' || greatest(d.person, d.requester)::text"
EACH_OTHER_SQL = f"""
WITH approval AS MATERIALIZED ({_APPROVALS})
SELECT {_approval_columns("'each_other'", "d.requester", mark=_PAIR)}
FROM approval d
WHERE (SELECT count(*) FROM approval back WHERE back.person = d.requester AND back.requester = d.person)
      >= :least_each_way AND d.person <> d.requester
"""
"""Approvals between two persons who each approved requests of the other in the period."""

DEPUTIES_SQL = f"""
SELECT {
    _approval_columns(
        "CASE WHEN d.on_behalf_of IS NOT NULL THEN 'substitute' ELSE 'deputy' END", "d.on_behalf_of"
    )
}
FROM ({_DECISIONS}) d
WHERE d.on_behalf_of IS NOT NULL
   OR EXISTS (SELECT FROM people.role_grant g WHERE g.person_id = d.person AND g.role = d.role AND g.deputy
              AND g.unit_id IS NOT DISTINCT FROM d.unit_id
              AND CAST(d.at AT TIME ZONE :zone AS date) BETWEEN g.valid_from AND coalesce(g.valid_until, 'infinity'))
      AND NOT EXISTS (SELECT FROM people.role_grant g WHERE g.person_id = d.person AND g.role = d.role AND NOT g.deputy
              AND g.unit_id IS NOT DISTINCT FROM d.unit_id
              AND CAST(d.at AT TIME ZONE :zone AS date) BETWEEN g.valid_from AND coalesce(g.valid_until, 'infinity'))
"""
"""Decisions on behalf of an absent person, and those of deputies in steps that came to them late."""

LEFT_SQL = f"""
SELECT {_approval_columns("'left'", "d.requester", "gone.on_day - d.on_day")}
FROM (SELECT a.*, CAST(a.at AT TIME ZONE :zone AS date) AS on_day FROM ({_APPROVALS}) a) d
JOIN LATERAL (
  SELECT least(CAST(p.ended_at AT TIME ZONE :zone AS date),
               (SELECT CASE WHEN bool_and(g.valid_until IS NOT NULL) THEN max(g.valid_until) END
                FROM people.role_grant g WHERE g.person_id = p.id)) AS on_day
  FROM people.person p WHERE p.id = d.person
) gone ON gone.on_day - d.on_day BETWEEN 0 AND :last_days
"""
"""Approvals on the last day of the approver's roles or of his time here, or the day before it."""

_EXCUSES = """
SELECT e.id, e.made_at AS at, e.requester, e.students, e.document_mark, e.starts_on, e.ends_on,
       k.id AS case_id, k.units
FROM journal.excuse e
LEFT JOIN LATERAL (
  SELECT k.id, k.units FROM cases.case k
  WHERE k.subject_id = e.id OR k.subject_id IN (
    SELECT n.id FROM journal.excuse n WHERE n.document_mark = e.document_mark AND n.narrows = e.id)
  ORDER BY k.opened_at LIMIT 1
) k ON true
WHERE e.narrows IS NULL AND e.made_at >= :since AND e.made_at < :until
  AND (CAST(:units AS uuid[]) IS NULL OR k.units && CAST(:units AS uuid[]))
"""
_DOCUMENT_COLUMNS = """e.id, e.at, {what} AS what, e.students[1] AS person, CAST(NULL AS uuid) AS other,
       e.units[1] AS unit, e.case_id, CAST(NULL AS uuid) AS offering, CAST(NULL AS uuid) AS lesson,
       CAST(NULL AS uuid) AS student, CAST(NULL AS text) AS old, CAST(NULL AS text) AS new,
       CAST(NULL AS numeric) AS amount, {mark} AS mark"""
SAME_DOCUMENT_SQL = f"""
SELECT {_DOCUMENT_COLUMNS.format(what="'same_document'", mark="e.document_mark")}
FROM ({_EXCUSES}) e
WHERE EXISTS (SELECT FROM journal.excuse again WHERE again.document_mark = e.document_mark AND again.id <> e.id
              AND again.narrows IS NULL
              AND (NOT CAST(:limited AS boolean) OR again.id IN (SELECT x.id FROM ({_EXCUSES}) x))
              AND (again.students <> e.students OR again.starts_on <> e.starts_on OR again.ends_on <> e.ends_on))
"""
"""Documents whose number and issuer were handed in another time, for other students or another period (4.2.3)."""

SAME_ISSUER_SQL = f"""
SELECT {_DOCUMENT_COLUMNS.format(what="'same_issuer'", mark="e.issuer")}
FROM (SELECT e.*, i.mark AS issuer, count(*) OVER (PARTITION BY i.mark) AS documents
      FROM ({_EXCUSES}) e JOIN journal.excuse_issuer i ON i.excuse_id = e.id WHERE i.mark <> '') e
WHERE e.documents >= :least_documents
"""
"""Documents of issuers from whom many came in the period."""
