"""The variants of a process: the ways its finished cases took, with how many took each and how long it lasted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from app.cases.access import visible_case_subject, visible_cases_condition
from app.cases.models import Case, History
from app.cases.queries.inbox import format_page_key, parse_page_key
from app.cases.queries.processes import CASES_PER_PAGE, countable_cases_condition
from app.cases.queries.step_statistics import DEFAULT_PERIOD, StatisticsFilter
from app.cases.rules import COMPLETED_HISTORY_KIND
from app.kernel.act import Act
from app.kernel.db import db

STEP_KINDS = (COMPLETED_HISTORY_KIND, "escalated")
"""Kinds of history that are a step of a way: somebody completed it, or its deadline passed it on."""
MAX_VARIANTS = 500
"""How many variants are read, the most frequent first; the others are counted together."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way that cases took: its key in the address, its steps in order, its outcome, how many cases took it, and the
    median of their time from opening to end."""

    key: str
    steps: tuple[str, ...]
    outcome: str
    cases: int
    median: timedelta


@dataclass(frozen=True, slots=True)
class VariantSummary:
    """The most frequent variants, and how many cases ended in the period, those of other variants included."""

    variants: tuple[Variant, ...]
    cases: int


@dataclass(frozen=True, slots=True)
class VariantCase:
    """A finished case of a list. `subject` is empty for a person who may not read the case."""

    id: UUID
    number: str
    opened_at: datetime
    closed_at: datetime
    readable: bool
    subject: Mapping[str, Any]

    @property
    def time(self) -> timedelta:
        """Return the time from opening to end."""
        return self.closed_at - self.opened_at


def load_variants(act: Act, key: str, filter_: StatisticsFilter) -> VariantSummary:
    """Return the variants of the cases of a diagram that ended in the period, the most frequent first; one
    statement."""
    ways = _ways_of_finished_cases(act, key, filter_)
    median = func.percentile_cont(0.5).within_group(ways.c.closed_at - ways.c.opened_at)
    rows = db.session.execute(
        select(
            ways.c.variant,
            func.min(ways.c.steps).label("steps"),
            func.min(ways.c.outcome).label("outcome"),
            func.count().label("cases"),
            median.label("median"),
            func.sum(func.count()).over().label("total"),
        )
        .group_by(ways.c.variant)
        .order_by(func.count().desc(), ways.c.variant)
        .limit(MAX_VARIANTS)
    ).all()
    return VariantSummary(
        tuple(Variant(row.variant, tuple(row.steps), row.outcome, row.cases, row.median) for row in rows),
        int(rows[0].total) if rows else 0,
    )


def load_variant_cases_page(
    act: Act, key: str, filter_: StatisticsFilter, variants: Sequence[str], after: str = ""
) -> tuple[list[VariantCase], str]:
    """Return the finished cases of some variants, the latest first, and the key of the next page ("" for the last).

    One statement. Raises Invalid for an unreadable `after`.
    """
    ways = _ways_of_finished_cases(act, key, filter_)
    statement = (
        select(
            Case.id,
            Case.number,
            Case.opened_at,
            Case.closed_at,
            visible_cases_condition(act).label("readable"),
            Case,
        )
        .join(ways, ways.c.id == Case.id)
        .where(ways.c.variant.in_(list(variants)))
        .order_by(Case.closed_at.desc(), Case.id.desc())
        .limit(CASES_PER_PAGE + 1)
    )
    if after:
        moment, last_id = parse_page_key(after)
        statement = statement.where(
            tuple_(Case.closed_at, Case.id) < tuple_(literal(moment), literal(last_id))
        )
    rows = [_variant_case_for_reader(act, row) for row in db.session.execute(statement)]
    page = rows[:CASES_PER_PAGE]
    return page, format_page_key(page[-1].closed_at, page[-1].id) if len(rows) > CASES_PER_PAGE else ""


def _ways_of_finished_cases(act: Act, key: str, filter_: StatisticsFilter) -> Any:
    """Return the subquery of finished cases with their steps in order, their outcome and the key of their variant."""
    steps = (
        select(func.array_agg(aggregate_order_by(History.element, History.id)))
        .where(
            History.case_id == Case.id,
            History.kind.in_(STEP_KINDS),
            History.element.is_not(None),
            History.at >= Case.opened_at,
            History.at <= Case.closed_at,
        )
        .correlate(Case)
        .scalar_subquery()
    )
    finished = (
        select(
            Case.id,
            Case.opened_at,
            Case.closed_at,
            func.coalesce(Case.outcome, Case.status).label("outcome"),
            func.coalesce(steps, cast(literal([], ARRAY(Text)), ARRAY(Text))).label("steps"),
        )
        .where(_finished_cases_condition(act, key, filter_))
        .subquery("finished")
    )
    way = func.md5(func.concat(func.array_to_string(finished.c.steps, ">"), "|", finished.c.outcome))
    return select(finished, way.label("variant")).subquery("ways")


def _finished_cases_condition(act: Act, key: str, filter_: StatisticsFilter) -> ColumnElement[bool]:
    """Return the SQL condition for the cases of the diagram that ended in the period and may be counted."""
    return and_(
        Case.diagram == key,
        Case.closed_at >= (filter_.since or act.at - DEFAULT_PERIOD),
        true() if filter_.until is None else Case.closed_at < filter_.until,
        Case.units.overlap(list(filter_.units)) if filter_.units else true(),
        true() if filter_.version is None else Case.version_id == filter_.version,
        countable_cases_condition(act),
    )


def _variant_case_for_reader(act: Act, row: Any) -> VariantCase:
    """Return one row, without the subject when the person may not read the case."""
    columns: list[Any]
    *columns, readable, found = row
    return VariantCase(*(*columns, readable, visible_case_subject(act, found) if readable else {}))
