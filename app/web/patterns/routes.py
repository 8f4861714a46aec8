"""Routes of the patterns of a period: their numbers, and the list behind each; read only, never a verdict (1.4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from app.audit.reads import AUDIT
from app.cases.audit_scope import AuditScope, LimitedRole, Window, load_audit_scope
from app.cases.patterns.finding_queries import (
    PATTERNS,
    PatternPeriod,
    count_entries,
    count_findings,
    load_finding_groups,
    load_findings_page,
)
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
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PatternFilter:
    """The filters of the address: the form, the period that is counted, the tree of units; the limits of the visitor
    with the patterns that he may see, and which of his limited roles is counted."""

    form: MapFilter
    period: PatternPeriod
    tree: Mapping[UUID, UnitRow]
    scope: AuditScope | None
    patterns: tuple[str, ...]
    role: int
    roles: int

    @property
    def role_links(self) -> list[SimpleNamespace]:
        """Return the limited roles to choose from; [] when there is one at most."""
        kept = {
            name: value for name, value in request.args.items() if name not in ("role", "unit", "after", "of")
        }
        values: dict[str, Any] = {**(request.view_args or {}), **kept}
        return [
            SimpleNamespace(
                label=_("Role %(n)s") % {"n": number + 1},
                url=url_for(request.endpoint or "patterns.show_patterns", **{**values, "role": number}),
                active=number == self.role,
                count=None,
            )
            for number in range(self.roles if self.roles > 1 else 0)
        ]


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
        cards=[pattern_card(name, counts[name], entries, chosen.form.params) for name in chosen.patterns],
        map=chosen.form,
        role_tabs=chosen.role_links,
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
    if pattern not in chosen.patterns:
        raise Missing
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
        role_tabs=chosen.role_links,
        action=url_for("patterns.show_pattern", pattern=pattern),
        said={"by": params["by"]},
        back=url_for("patterns.show_patterns", **_kept_filters(chosen.form)),
        tabs=grouping_tabs(pattern, grouping, chosen.form.params),
        groups=drawn,
        chosen=value,
        chosen_label=next((one.label for one in drawn if one.value == value), ""),
        all_url=pattern_url(pattern, params, of=""),
        rows=finding_rows(rows, chosen.tree, chosen.scope),
        next=pattern_url(pattern, params, after=following) if following else None,
    )
    return page, 422 if chosen.form.problems else 200


def _kept_filters(form: MapFilter) -> dict[str, Any]:
    """Return the filters of the address that are set."""
    return {name: value for name, value in form.params.items() if value and name != "paint"}


def _read_pattern_filter() -> PatternFilter:
    """Return the period and the units in the address, within the limits of the visitor.

    A unit that there is not, or beyond them, is a problem of its field; then all units of the visitor are counted. Of
    several limited roles one is counted at a time.
    """
    act = current_act()
    scope = load_audit_scope(act.assignments)
    form = read_map_filter(act, keep_problems=True)
    tree = people.load_unit_tree()
    roles = _countable_roles(scope)
    number = _chosen_role(len(roles))
    role = roles[number] if roles else None
    bound = role.units if role is not None else None
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
        units = units or tuple(sorted(bound))
    else:
        offered = form.units
    form = replace(
        form,
        problems=problems,
        units=offered,
        params=form.params
        | ({"unit": ""} if "unit" in problems else {})
        | ({"role": str(number)} if number else {}),
    )
    now = act.at + timedelta(microseconds=1)
    since = form.statistics.since
    if since is None:
        raise ValueError("the filter of a map always has a first moment")
    window = role.window if role is not None else Window()
    since, until = _cut_to_window(since, form.statistics.until or now, window)
    return PatternFilter(
        form,
        PatternPeriod(since, until, units, is_limited=role is not None, earliest=window.since),
        tree,
        scope,
        tuple(name for name, query in PATTERNS.items() if role is None or role.covers_kind(query.kind)),
        number,
        len(roles),
    )


def _countable_roles(scope: AuditScope | None) -> list[LimitedRole]:
    """Return the limited roles that have patterns; [] for a visitor whom nothing limits."""
    kinds = {query.kind for query in PATTERNS.values()}
    return [one for one in scope.roles if any(map(one.covers_kind, kinds))] if scope is not None else []


def _chosen_role(roles: int) -> int:
    """Return the place of the role in the address among the limited roles; 0 for the first and for none."""
    text = request.args.get("role", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) < roles else 0


def _cut_to_window(since: datetime, until: datetime, window: Window) -> tuple[datetime, datetime]:
    """Return the part of a period that lies in the days of a role; one moment of them when it is outside."""
    if window.until is not None:
        since, until = min(since, window.until - _MOMENT), min(until, window.until)
    if window.since is not None:
        since = max(since, window.since)
    return since, max(until, since + _MOMENT)
