"""The list of commissions and their members; an order is started at `start.begin` (P07)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from uuid import UUID

from flask import Blueprint, render_template, url_for
from sqlalchemy import select

from app.cases.access import visible_cases_condition
from app.cases.audit_scope import AuditScope, load_audit_scope
from app.cases.models import Case
from app.journal.commissions.queries import CommissionListRow, load_commission_list_rows
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.i18n import DATE_STYLE, day_text, pick_text
from app.people.audit_limits_rules import CASES_KIND
from app.texts.case_subjects import COMMISSION_PART_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.visitor import allow_access, current_act, writes_every_year

blueprint = Blueprint("commissions", __name__)

COMMISSION_KIND_TITLES: Mapping[str, str] = {
    "APPEAL": N_("Appeal commission"),
    "AUTHORISED": N_("Authorised commission"),
    "ARCHIVE": N_("Archive commission"),
}
STATE_STYLES_AND_LABELS: Mapping[str, tuple[str, str]] = {
    "valid": ("done", N_("valid")),
    "coming": ("open", N_("not yet valid")),
    "ended": ("withdrawn", N_("ended")),
    "replaced": ("withdrawn", N_("replaced by a later order")),
}


@blueprint.get("/commissions")
@allow_access("signed_in")
@writes_every_year
def list_commissions() -> str:
    """List all commissions for office, rector, directorates and auditor, to a limited auditor those in his limits.

    Members see the own commissions only.
    """
    now = current_act()
    everything = is_route_access_allowed(("commissions.read",), now.assignments)
    rows = load_commission_list_rows(local_day(now.at), None if everything else now.person)
    scope = load_audit_scope(now.assignments) if everything else None
    if scope is not None:
        rows = [row for row in rows if _is_in_scope(row, scope)]
    cases = _accessible_order_case_ids(rows)
    drafts = any(assignment.role == "academic_office" for assignment in now.assignments)
    return render_template(
        "commissions/commissions.html",
        rows=[_commission_row(row, cases) for row in rows],
        everything=everything,
        start_url=url_for("start.show_start_form", name="commission") if drafts else None,
    )


def _is_in_scope(row: CommissionListRow, scope: AuditScope) -> bool:
    """Return whether the order of a commission was published in the days of an auditor, for a unit of his."""
    windows = scope.windows_of(CASES_KIND, [row.unit] if row.unit else [])
    return any(one.contains(row.published_at) for one in windows)


def _accessible_order_case_ids(rows: Iterable[CommissionListRow]) -> set[UUID]:
    """Return the order cases that the visitor may open; one statement."""
    wanted = [row.case for row in rows if row.case]
    return set(
        db.session.scalars(select(Case.id).where(Case.id.in_(wanted), visible_cases_condition(current_act())))
    )


def _commission_row(row: CommissionListRow, cases: set[UUID]) -> SimpleNamespace:
    style, word = STATE_STYLES_AND_LABELS[row.state]
    return SimpleNamespace(
        kind=_(COMMISSION_KIND_TITLES[row.kind]),
        order=row.order_no,
        dated=day_text(row.order_date, locale(), DATE_STYLE, with_year=True),
        scope=pick_text(row.scope, locale()) if row.scope else _("the whole university"),
        days=" – ".join(
            day_text(day, locale(), DATE_STYLE, with_year=True) for day in (row.valid_from, row.valid_until)
        ),
        quorum=row.quorum,
        style=style,
        state=_(word),
        people=[
            SimpleNamespace(name=name.full, part=_(COMMISSION_PART_LABELS[part])) for name, part in row.seats
        ],
        case_url=url_for("cases.show_case", case_id=row.case) if row.case in cases else None,
    )
