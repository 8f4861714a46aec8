"""Routes of the patterns of a period: their numbers, and the list behind each; read only, never a verdict (1.4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from app.audit.reads import AUDIT
from app.cases.patterns.finding_queries import (
    PATTERNS,
    PatternPeriod,
    count_entries,
    count_findings,
    load_finding_groups,
    load_findings_page,
)
from app.cases.queries.role_units import units_of_bound_roles
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.queries import UnitRow
from app.texts.translate import gettext as _
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.patterns.presenter import (
    finding_rows,
    group_rows,
    grouping_tabs,
    pattern_about,
    pattern_card,
    pattern_title,
    pattern_url,
)
from app.web.processes.map_filters import MapFilter, read_map_filter

blueprint = Blueprint("patterns", __name__)

PERMISSION = "patterns.read"
PATTERNS_OBJECT = "audit.patterns"


@dataclass(frozen=True, slots=True)
class PatternFilter:
    """The filters of the address: the form, the period that is counted, and the tree of units."""

    form: MapFilter
    period: PatternPeriod
    tree: Mapping[UUID, UnitRow]


@blueprint.get("/audit/patterns")
@allow_access(PERMISSION)
@writes_every_year
def show_patterns() -> tuple[str, int]:
    """Show the number of every pattern over the period; each opens its list.

    Status 422 when the period or the unit cannot be read; the usual ones are shown then.
    """
    chosen = _read_pattern_filter()
    record_read(AUDIT, PATTERNS_OBJECT)
    counts = count_findings(chosen.period)
    entries = count_entries(chosen.period).get("", 0)
    page = render_template(
        "patterns/patterns.html",
        cards=[pattern_card(name, counts[name], entries, chosen.form.params) for name in PATTERNS],
        map=chosen.form,
        action=url_for("patterns.show_patterns"),
    )
    return page, 422 if chosen.form.problems else 200


@blueprint.get("/audit/patterns/<pattern>")
@allow_access(PERMISSION)
@writes_every_year
def show_pattern(pattern: str) -> tuple[str, int]:
    """Show the findings of one pattern by person, unit or repetition, and the list behind a number.

    Raises Missing for an unknown pattern, Invalid for an unreadable `after`.
    """
    if pattern not in PATTERNS:
        raise Missing
    chosen = _read_pattern_filter()
    record_read(AUDIT, PATTERNS_OBJECT)
    groupings = PATTERNS[pattern].groupings
    grouping = request.args.get("by", "") if request.args.get("by") in groupings else groupings[0]
    value = request.args.get("of", "")[:200]
    params = chosen.form.params | {"by": "" if grouping == groupings[0] else grouping, "of": value}
    groups = load_finding_groups(pattern, chosen.period, grouping)
    rows, following = load_findings_page(
        pattern, chosen.period, grouping, value, request.args.get("after", "")
    )
    names = people.load_names(person for group in groups for person in (group.person, group.other))
    drawn = group_rows(pattern, grouping, groups, chosen.form.params, chosen.tree, names)
    page = render_template(
        "patterns/pattern.html",
        title=pattern_title(pattern),
        about=pattern_about(pattern),
        map=chosen.form,
        action=url_for("patterns.show_pattern", pattern=pattern),
        said={"by": params["by"]},
        back=url_for("patterns.show_patterns", **_kept_filters(chosen.form)),
        tabs=grouping_tabs(pattern, grouping, chosen.form.params),
        groups=drawn,
        chosen=value,
        chosen_label=next((one.label for one in drawn if one.value == value), ""),
        all_url=pattern_url(pattern, params, of=""),
        rows=finding_rows(rows, chosen.tree),
        next=pattern_url(pattern, params, after=following) if following else None,
    )
    return page, 422 if chosen.form.problems else 200


def _kept_filters(form: MapFilter) -> dict[str, Any]:
    """Return the filters of the address that are set."""
    return {name: value for name, value in form.params.items() if value and name != "paint"}


def _read_pattern_filter() -> PatternFilter:
    """Return the period and the units in the address, within the units for which the visitor's role was given.

    A unit that there is not, or beyond them, is a problem of its field; then all units of the visitor are counted.
    """
    act = current_act()
    form = read_map_filter(act, keep_problems=True)
    tree = people.load_unit_tree()
    bound = units_of_bound_roles(act.assignments, PERMISSION, tree)
    units = form.statistics.units or None
    wanted, problems = request.args.get("unit", ""), dict(form.problems)
    is_foreign = bound is not None and units is not None and not set(units) <= set(bound)
    if wanted and (not form.params["unit"] or is_foreign):
        problems["unit"] = [
            _("There is no such unit among those your role was given for. Choose one of the list.")
        ]
        units = None
    if bound is not None:
        offered = tuple(one for one in form.units if UUID(one.value) in bound)
        units = units or bound
    else:
        offered = form.units
    form = replace(
        form,
        problems=problems,
        units=offered,
        params=form.params | ({"unit": ""} if "unit" in problems else {}),
    )
    now = act.at + timedelta(microseconds=1)
    since = form.statistics.since
    if since is None:
        raise ValueError("the filter of a map always has a first moment")
    return PatternFilter(form, PatternPeriod(since, form.statistics.until or now, units), tree)
