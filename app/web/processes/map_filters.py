"""The filters of the live map in the address: period, unit, and what is painted on the diagram."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from uuid import UUID

from flask import request

from app.cases.audit_scope import load_audit_scope
from app.cases.queries.processes import can_count_every_case, units_with_countable_cases
from app.cases.queries.role_units import iter_unit_ids_below
from app.cases.queries.step_statistics import StatisticsFilter
from app.journal.semesters.queries import SemesterRow, load_all_semesters
from app.kernel.act import Act
from app.kernel.clock import UNIVERSITY_ZONE, local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import DATE_STYLE, day_text, pick_text
from app.kernel.typed_values import read_optional_day_field
from app.people import queries as people
from app.people.queries import UnitRow
from app.texts.semesters import semester_title
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.labels.messages import problem_texts_by_field
from app.web.processes.heat import DEFAULT_MEASURE, MEASURES

DEFAULT_PERIOD = "90"
OWN_PERIOD = "own"
LAST_DAYS_LABELS: Mapping[str, str] = {"30": N_("the last 30 days"), "90": N_("the last 90 days")}
SEMESTER_PREFIX = "semester-"
MAX_SEMESTERS = 8
"""How many semesters are offered, latest first."""
FINISHED_LIST = "done"


@dataclass(frozen=True, slots=True)
class MapFilter:
    """The filters of a live map. `label` words the period; `params` are their part of the address."""

    statistics: StatisticsFilter
    measure: str
    label: str
    params: dict[str, str]
    periods: tuple[SimpleNamespace, ...]
    units: tuple[SimpleNamespace, ...]
    first_day: date | str | None = None
    last_day: date | str | None = None
    problems: Mapping[str, list[str]] = field(default_factory=dict)


def read_map_filter(act: Act, *, keep_problems: bool = False) -> MapFilter:
    """Return the filters in the address; two statements.

    An unknown value counts as none. Raises Invalid for dates that cannot be read (`from`, `to`); with
    `keep_problems` it returns them with what was typed, and the usual period.
    """
    today = local_day(act.at)
    semesters = [row for row in load_all_semesters() if row.dates.starts_on <= today][:MAX_SEMESTERS]
    period = request.args.get("period", DEFAULT_PERIOD)
    if period not in {*LAST_DAYS_LABELS, OWN_PERIOD, *map(_semester_address_value, semesters)}:
        period = DEFAULT_PERIOD
    problems: Mapping[str, list[str]] = {}
    first: date | None
    last: date | None
    try:
        first, last = _read_period_days(period, semesters, today)
    except Invalid as refused:
        if not keep_problems:
            raise
        problems = problem_texts_by_field(refused)
        first, last = today - timedelta(days=int(DEFAULT_PERIOD)), today
    tree = people.load_unit_tree()
    unit = _chosen_unit_id(act, tree)
    measure = request.args.get("paint", DEFAULT_MEASURE)
    measure = measure if measure in MEASURES else DEFAULT_MEASURE
    own = period == OWN_PERIOD
    since = _university_day_start(first) if first else act.at - timedelta(days=int(period))
    until = _university_day_start(last + timedelta(days=1)) if last else None
    scope = load_audit_scope(act.assignments)
    if scope is not None and scope.last_moment is not None:
        until = min(until or scope.last_moment, scope.last_moment)
    return MapFilter(
        statistics=StatisticsFilter(
            since=since,
            until=until,
            units=tuple(iter_unit_ids_below(tree, unit)) if unit else (),
        ),
        measure=measure,
        label=_period_label(period, semesters, first, last),
        params={
            "period": "" if period == DEFAULT_PERIOD else period,
            "from": first.isoformat() if own and first else "",
            "to": last.isoformat() if own and last else "",
            "unit": str(unit) if unit else "",
            "paint": "" if measure == DEFAULT_MEASURE else measure,
        },
        periods=tuple(_period_options(period, semesters)),
        units=tuple(_unit_options(act, tree, unit)),
        first_day=(request.args.get("from", "") if problems else first) if own else None,
        last_day=(request.args.get("to", "") if problems else last) if own else None,
        problems=problems,
    )


def _semester_address_value(row: SemesterRow) -> str:
    """Return the value of a semester in the address."""
    return f"{SEMESTER_PREFIX}{row.id}"


def _university_day_start(day: date) -> datetime:
    """Return the first moment of a day at the university."""
    return datetime.combine(day, time.min, UNIVERSITY_ZONE)


def _read_period_days(
    period: str, semesters: list[SemesterRow], today: date
) -> tuple[date, date] | tuple[None, None]:
    """Return the first and the last day of the period; None for one that ends now. Raises Invalid."""
    if period == OWN_PERIOD:
        first = _read_day_param("from") or today - timedelta(days=int(DEFAULT_PERIOD))
        last = _read_day_param("to") or max(first, today)
        if last < first:
            raise Invalid.field("to", "forms.period.backwards")
        return first, last
    chosen = next((row for row in semesters if _semester_address_value(row) == period), None)
    return (chosen.dates.starts_on, chosen.dates.ends_on) if chosen else (None, None)


def _read_day_param(name: str) -> date | None:
    """Return the day of a field of the address, None for an empty one. Raises Invalid naming the field."""
    return read_optional_day_field(name, request.args.get(name))


def _chosen_unit_id(act: Act, tree: Mapping[UUID, UnitRow]) -> UUID | None:
    """Return the chosen unit; None for one that is unknown or beyond the reach of the act."""
    try:
        unit = UUID(request.args.get("unit", ""))
    except ValueError:
        return None
    return unit if unit in tree and unit in _choosable_unit_ids(act, tree) else None


def _choosable_unit_ids(act: Act, tree: Mapping[UUID, UnitRow]) -> list[UUID]:
    """Return the units that the act may choose, each followed by those below it."""
    if can_count_every_case(act):
        tops = [row.id for row in tree.values() if row.parent is None or row.parent not in tree]
        return [unit for top in tops for unit in iter_unit_ids_below(tree, top)]
    return [unit for unit in dict.fromkeys(units_with_countable_cases(act)) if unit in tree]


def _unit_options(act: Act, tree: Mapping[UUID, UnitRow], chosen: UUID | None) -> Iterator[SimpleNamespace]:
    """Yield the options of the field of units, those below another one indented."""
    offered = _choosable_unit_ids(act, tree)
    for unit in offered:
        depth, above = 0, tree[unit].parent
        while above in offered and above is not None and depth < len(offered):
            depth, above = depth + 1, tree[above].parent
        label = pick_text(tree[unit].names, locale())
        yield SimpleNamespace(value=str(unit), label="– " * depth + label, chosen=unit == chosen)


def _period_options(period: str, semesters: list[SemesterRow]) -> Iterator[SimpleNamespace]:
    """Yield the options of the field of periods."""
    for days, label in LAST_DAYS_LABELS.items():
        yield SimpleNamespace(value=days, label=_(label), chosen=days == period)
    for row in semesters:
        value = _semester_address_value(row)
        yield SimpleNamespace(value=value, label=_semester_label(row), chosen=value == period)
    yield SimpleNamespace(value=OWN_PERIOD, label=_("own dates"), chosen=period == OWN_PERIOD)


def _semester_label(row: SemesterRow) -> str:
    """Return the name of a semester with its year."""
    return semester_title(row.names, row.year)


def _period_label(period: str, semesters: list[SemesterRow], first: date | None, last: date | None) -> str:
    """Return the period in words."""
    if period == OWN_PERIOD and first and last:
        ends = (day_text(day, locale(), DATE_STYLE, with_year=True) for day in (first, last))
        return " – ".join(ends)
    chosen = next((row for row in semesters if _semester_address_value(row) == period), None)
    return _semester_label(chosen) if chosen else _(LAST_DAYS_LABELS[period])
