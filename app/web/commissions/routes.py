"""The list of commissions and their members; an order is started at `start.begin` (P07)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from uuid import UUID

from flask import Blueprint, render_template, url_for
from sqlalchemy import select

from app.cases.access import visible_cases_condition
from app.cases.models import Case
from app.journal.commissions.queries import CommissionListRow, load_commission_list_rows
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.i18n import DATE_STYLE, day_text, pick_text
from app.people.rules import is_permitted
from app.texts.case_subjects import COMMISSION_PART_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
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
    """List all commissions for office, rector, directorates and auditor.

    Members see the own commissions only.
    """
    now = current_act()
    everything = is_permitted(now.assignments, "commissions.read")
    rows = load_commission_list_rows(local_day(now.at), None if everything else now.person)
    cases = _accessible_order_case_ids(rows)
    drafts = any(assignment.role == "academic_office" for assignment in now.assignments)
    return render_template(
        "commissions/commissions.html",
        rows=[_commission_row(row, cases) for row in rows],
        everything=everything,
        start_url=url_for("start.show_start_form", name="commission") if drafts else None,
    )


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
