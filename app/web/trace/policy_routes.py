"""The trace of a setting: its values by date with their documents, who proposed and decided, which deadlines moved."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import url_for

from app.audit.reads import AUDIT
from app.cases.trace.documents import SettingValue, load_deadlines_moved_by, load_values_of_setting
from app.diagrams.versions import load_version_unless_damaged
from app.kernel.i18n import moment_text, pick_text
from app.people import queries as people
from app.regulation.policy_list import policy_description
from app.regulation.policy_queries import PolicyChangeRow, load_changes_of_policy
from app.regulation.policy_rules import PolicyDescription
from app.regulation.rules import Policy
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.calendar.policy_views import DECISION_LABELS, value_as_text
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.cases import element_title
from app.web.labels.policies import policy_label, policy_source_text
from app.web.trace.document_page import (
    ROWS_A_TABLE,
    Document,
    Shown,
    Table,
    case_shown,
    day_shown,
    moment_shown,
    person_shown,
    render_document,
    said,
)
from app.web.trace.routes import blueprint


@blueprint.get("/audit/policies/<policy>")
@allow_access("audit.read")
@writes_every_year
def show_policy_trace(policy: str) -> str:
    """Show a deadline or setting through its values and changes. Raises Missing. Statements do not grow with them."""
    description = policy_description(policy)
    record_read(AUDIT, "audit.policy")
    values, changes = load_values_of_setting(policy), load_changes_of_policy(policy)
    return render_document(
        Document(
            title=_capitalized(policy_label(policy)),
            subtitle=_("A deadline or setting: dated values, each with its source."),
            here=url_for("trace.show_policy_trace", policy=policy),
            objects=[one.id for one in changes],
            own=(_("Page of the setting"), url_for("policies.show_policy", policy=policy)),
            others=[
                (
                    _("Deeds by this clause"),
                    url_for("audit.list_deeds", clause=description.clause),
                )
            ]
            if description.clause[:1].isdigit()
            else [],
            facts=[
                (_("Code"), [Shown(policy)]),
                (_("Clause"), [Shown(description.clause, clause=description.clause)]),
            ],
            tables=[
                _values_table(description, values),
                _changes_table(policy, changes),
                _moved_table(changes),
            ],
            is_title_data=False,
            kind="regulation.policy_change",
            is_public=True,
        )
    )


def _capitalized(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _values_table(description: PolicyDescription, values: Sequence[SettingValue]) -> Table:
    units = people.load_unit_tree()

    def value_row(one: SettingValue) -> list[Shown]:
        known = Policy(
            description.key, one.value, description.measure, description.clause, one.source, one.document
        )
        where = pick_text(units[one.unit].names, locale()) if one.unit in units else ""
        return [
            day_shown(one.effective_from),
            said(value_as_text(description.key, one.value)),
            said(policy_source_text(known)),
            Shown(where) if where else said(_("the university")),
        ]

    return Table(
        _("Values by date"),
        [_("from"), _("Value"), _("Source"), _("Where")],
        [value_row(one) for one in values],
        _("The value is that of the product; the university has set none."),
    )


def _changes_table(policy: str, changes: Sequence[PolicyChangeRow]) -> Table:
    persons: set[UUID | None] = set()
    for one in changes:
        persons |= {one.proposed_by, one.proposed_on_behalf_of, one.decided_by}
    names = people.load_names(persons)
    return Table(
        _("Changes: who proposed and who decided"),
        [
            _("When"),
            _("Value"),
            _("from"),
            _("Document"),
            _("Proposed by"),
            _("Reason"),
            _("Decision"),
            _("Decided by"),
        ],
        [
            [
                moment_shown(one.proposed_at),
                said(f"{value_as_text(policy, one.value_before)} → {value_as_text(policy, one.value)}"),
                day_shown(one.effective_from),
                Shown(one.document),
                person_shown(one.proposed_by, names),
                Shown(one.reason),
                said(_decision_text(one)),
                person_shown(one.decided_by, names) if one.decided_at else Shown(""),
            ]
            for one in changes
        ],
        _("Nobody has proposed another value."),
    )


def _decision_text(one: PolicyChangeRow) -> str:
    """Return the decision about a change with its words."""
    if one.decision is None:
        return _("waits for a decision")
    decided = _(DECISION_LABELS[one.decision])
    return f"{decided}: {one.decision_words}" if one.decision_words else decided


def _moved_table(changes: Sequence[PolicyChangeRow]) -> Table:
    moved = load_deadlines_moved_by(current_act(), [one.id for one in changes], ROWS_A_TABLE)
    rows = [
        [
            case_shown(one.number),
            Shown(element_title(load_version_unless_damaged(one.version), one.element, locale())),
            Shown(moment_text(one.before, locale())),
            Shown(moment_text(one.after, locale())),
        ]
        for one in moved
    ]
    return Table(
        _("Deadlines that its changes moved"),
        [_("Case"), _("Step"), _("Before"), _("After")],
        rows,
        _("No open deadline was moved."),
        note=_("The latest %(number)s are listed.") % {"number": ROWS_A_TABLE}
        if len(rows) == ROWS_A_TABLE
        else "",
    )
