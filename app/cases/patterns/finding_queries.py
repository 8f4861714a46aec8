"""Count and list the findings of the patterns; the number of statements does not depend on what there is.

A finding is one row that a pattern points to: a mark, a correction, a decision, a document. Nothing of it is a
verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.cases.patterns import case_findings, mark_findings, thresholds
from app.cases.queries.inbox import format_page_key, parse_page_key
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.db import db
from app.people.audit_limits_rules import CASES_KIND, JOURNAL_KIND

FINDINGS_PER_PAGE = 50
MAX_GROUPS = 12
"""How many persons, units or pairs are drawn, the largest first."""
BARS = 12
"""Into how many equal parts a period is divided for the picture of a pattern."""
BY_PERSON, BY_UNIT, BY_MARK = "person", "unit", "mark"
"""Columns by which findings are grouped; a mark is a pair of persons, a document or an issuer."""
RATED = "corrections"
"""The pattern that is counted per 1,000 entries."""
FINDING_COLUMNS = (
    "id",
    "at",
    "what",
    "person",
    "other",
    "unit",
    "case_id",
    "offering",
    "lesson",
    "student",
    "old",
    "new",
    "amount",
    "mark",
)


@dataclass(frozen=True, slots=True)
class PatternQuery:
    """The SELECT of the findings of a pattern, the columns by which they can be grouped, the usual one first, and the
    kind that a limited auditor needs for it."""

    sql: str
    groupings: tuple[str, ...]
    kind: str


_BY_TEACHER = (BY_PERSON, BY_UNIT)
PATTERNS: Mapping[str, PatternQuery] = {
    "after_deadline": PatternQuery(mark_findings.AFTER_DEADLINE_SQL, _BY_TEACHER, JOURNAL_KIND),
    "corrections": PatternQuery(mark_findings.CORRECTIONS_SQL, _BY_TEACHER, JOURNAL_KIND),
    "corrected_again": PatternQuery(mark_findings.CORRECTED_AGAIN_SQL, _BY_TEACHER, JOURNAL_KIND),
    "over_threshold": PatternQuery(mark_findings.OVER_THRESHOLD_SQL, _BY_TEACHER, JOURNAL_KIND),
    "at_night": PatternQuery(mark_findings.NIGHT_SQL, _BY_TEACHER, JOURNAL_KIND),
    "quick_approvals": PatternQuery(case_findings.QUICK_SQL, _BY_TEACHER, CASES_KIND),
    "each_other": PatternQuery(case_findings.EACH_OTHER_SQL, (BY_MARK,), CASES_KIND),
    "deputies": PatternQuery(case_findings.DEPUTIES_SQL, _BY_TEACHER, CASES_KIND),
    "left_next_day": PatternQuery(case_findings.LEFT_SQL, _BY_TEACHER, CASES_KIND),
    "same_document": PatternQuery(case_findings.SAME_DOCUMENT_SQL, (BY_MARK,), CASES_KIND),
    "same_issuer": PatternQuery(case_findings.SAME_ISSUER_SQL, (BY_MARK,), CASES_KIND),
}
"""The patterns by their name in the address, in the order of the page."""


@dataclass(frozen=True, slots=True)
class PatternPeriod:
    """The period [since, until) and the units; `units` None: every unit.

    `is_limited`: the reader sees nothing outside them, so findings are not compared with it either; `earliest` is then
    the first moment of his days (None: open).
    """

    since: datetime
    until: datetime
    units: tuple[UUID, ...] | None = None
    is_limited: bool = False
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class PatternCount:
    """How many findings a pattern has, and how many in each of `BARS` equal parts of the period."""

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one person, unit or mark. `person`, `other` and `case_id` are those of its latest finding;
    `entries` are the marks of the person or unit, for the pattern that is counted per 1,000."""

    value: str
    count: int
    person: UUID | None
    other: UUID | None
    unit: UUID | None
    case_id: UUID | None
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `what` says what it is; `amount` are seconds, days, times or points, as `what` says."""

    id: UUID
    at: datetime
    what: str
    person: UUID | None
    other: UUID | None
    unit: UUID | None
    case_id: UUID | None
    offering: UUID | None
    lesson: UUID | None
    student: UUID | None
    old: str | None
    new: str | None
    amount: Decimal | None
    mark: str | None


_COUNT_PARTS_SQL = " UNION ALL ".join(
    f"""SELECT '{name}' AS pattern, least(:bars, width_bucket(extract(epoch FROM f.at), :begins, :ends, :bars)) AS part,
        count(*) AS findings FROM ({query.sql}) f GROUP BY 2"""
    for name, query in PATTERNS.items()
)


def count_findings(period: PatternPeriod) -> dict[str, PatternCount]:
    """Return the count of every pattern by its name; one statement."""
    parameters = _parameters(period) | {
        "bars": BARS,
        "begins": period.since.timestamp(),
        "ends": max(period.until.timestamp(), period.since.timestamp() + 1),
    }
    parts = {name: [0] * BARS for name in PATTERNS}
    for row in db.session.execute(_statement(_COUNT_PARTS_SQL), parameters):
        parts[row.pattern][row.part - 1] += row.findings
    return {name: PatternCount(sum(counts), tuple(counts)) for name, counts in parts.items()}


def count_entries(period: PatternPeriod, grouping: str | None = None) -> dict[str, int]:
    """Return how many stored marks were first entered in the period, by person or unit; "" is the key of all of them
    when no grouping is asked for. One statement."""
    column = {BY_PERSON: "c.first_entered_by::text", BY_UNIT: "co.department_id::text", None: "''"}[grouping]
    rows = db.session.execute(
        _statement(mark_findings.ENTRIES_SQL.format(column=column)), _parameters(period)
    )
    return {row.value: row.entries for row in rows if row.value is not None}


def load_finding_groups(pattern: str, period: PatternPeriod, grouping: str) -> list[FindingGroup]:
    """Return the largest groups of findings, the largest first; one statement, two for the pattern per 1,000."""
    sql = f"""
    SELECT CAST(f.{grouping} AS text) AS value, count(*) AS findings,
           (array_agg(f.person ORDER BY f.at DESC))[1] AS person,
           (array_agg(f.other ORDER BY f.at DESC))[1] AS other, (array_agg(f.unit ORDER BY f.at DESC))[1] AS unit,
           (array_agg(f.case_id ORDER BY f.at DESC))[1] AS case_id
    FROM ({PATTERNS[pattern].sql}) f WHERE f.{grouping} IS NOT NULL
    GROUP BY f.{grouping} ORDER BY 2 DESC, 1 LIMIT {MAX_GROUPS}
    """
    rows = db.session.execute(_statement(sql), _parameters(period)).all()
    entries = count_entries(period, grouping) if pattern == RATED else None
    return [
        FindingGroup(
            value=row.value,
            count=row.findings,
            person=row.person,
            other=row.other,
            unit=row.unit,
            case_id=row.case_id,
            entries=entries.get(row.value, 0) if entries is not None else None,
        )
        for row in rows
    ]


def load_findings_page(
    pattern: str, period: PatternPeriod, grouping: str = "", value: str = "", after: str = ""
) -> tuple[list[Finding], str]:
    """Return one page of findings, the latest first, and the key of the next page ("" for the last).

    `value` is one group of `grouping`, "" is every finding. One statement. Raises Invalid for an unreadable `after`.
    """
    conditions, parameters = [], _parameters(period)
    if value:
        conditions.append(f"CAST(f.{grouping} AS text) = :value")
        parameters["value"] = value
    if after:
        parameters["after_at"], parameters["after_id"] = parse_page_key(after)
        conditions.append("(f.at, f.id) < (:after_at, :after_id)")
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    sql = f"""SELECT {", ".join(f"f.{name}" for name in FINDING_COLUMNS)} FROM ({PATTERNS[pattern].sql}) f {where}
              ORDER BY f.at DESC, f.id DESC LIMIT {FINDINGS_PER_PAGE + 1}"""
    rows = [Finding(*row) for row in db.session.execute(_statement(sql), parameters)]
    page = rows[:FINDINGS_PER_PAGE]
    return page, format_page_key(page[-1].at, page[-1].id) if len(rows) > FINDINGS_PER_PAGE else ""


def load_journal_titles(offerings: Sequence[UUID]) -> dict[UUID, tuple[Mapping[str, str], str]]:
    """Return the names of the discipline and the name of the group of journals by id; one statement."""
    rows = db.session.execute(
        text(
            """SELECT o.id, co.names, g.name FROM journal.offering o JOIN journal.course co ON co.id = o.course_id
               JOIN people.study_group g ON g.id = o.group_id WHERE o.id = ANY(:offerings)"""
        ).bindparams(bindparam("offerings", type_=ARRAY(PgUUID(as_uuid=True)))),
        {"offerings": sorted(offerings)},
    )
    return {row.id: (row.names, row.name) for row in rows}


def _statement(sql: str) -> Any:
    """Return the statement; its parameter of units is an array of ids."""
    return text(sql).bindparams(bindparam("units", type_=ARRAY(PgUUID(as_uuid=True))))


def _parameters(period: PatternPeriod) -> dict[str, Any]:
    """Return the parameters that the SELECTs of the patterns read."""
    return {
        "since": period.since,
        "until": period.until,
        "units": list(period.units) if period.units is not None else None,
        "limited": period.is_limited,
        "earliest": period.earliest,
        "zone": UNIVERSITY_ZONE.key,
        "night_begins": thresholds.NIGHT_BEGINS,
        "night_ends": thresholds.NIGHT_ENDS,
        "quick": thresholds.QUICK_APPROVAL,
        "least_corrections": thresholds.LEAST_CORRECTIONS_OF_CELL,
        "least_each_way": thresholds.LEAST_APPROVALS_EACH_WAY,
        "least_documents": thresholds.LEAST_DOCUMENTS_OF_ISSUER,
        "last_days": thresholds.LAST_DAYS_OF_OFFICE,
    }
