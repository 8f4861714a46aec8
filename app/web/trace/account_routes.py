"""The trace of an account: how it was opened, who could enter it, its sign-ins, what changed on it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import url_for

from app.audit.reads import PERSON
from app.cases.audit_scope import load_audit_scope
from app.cases.trace.documents import MAX_SESSIONS, load_latest_sessions
from app.cases.trace.scope import require_person_in_scope
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.models import LoginSession
from app.people.name_masking import are_names_masked
from app.people.queries.life_of_person import AccountLife, load_account_life
from app.texts.roles import role_label
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.trace.document_page import (
    Document,
    Shown,
    Table,
    moment_shown,
    person_shown,
    render_document,
    said,
)
from app.web.trace.person_routes import RESET_LABELS
from app.web.trace.routes import blueprint

HANDED_LABELS = {
    "link": N_("as a link"),
    "slip": N_("as a printed slip"),
    "letter": N_("by letter"),
}


@blueprint.get("/audit/accounts/<uuid:person_id>")
@allow_access("audit.read")
@writes_every_year
def show_account_trace(person_id: UUID) -> str:
    """Show the account of a person with its links and slips, resets, sign-ins and records. Raises Missing."""
    name = people.load_names([person_id]).get(person_id)
    if name is None:
        raise Missing
    require_person_in_scope(load_audit_scope(current_act().assignments), person_id)
    record_read(PERSON, "audit.account", person_id, (person_id,))
    life, sessions = load_account_life(person_id), load_latest_sessions(person_id)
    login = "–" if life.login and are_names_masked() else life.login
    return render_document(
        Document(
            title=f"{_('Account')}: {name.full}",
            subtitle=_("Who could enter, and when. A sign-in that failed leaves no row."),
            here=url_for("trace.show_account_trace", person_id=person_id),
            objects=[person_id, *(one.id for one in sessions)],
            own=(_("Page of the person"), url_for("people.show_person", person_id=person_id)),
            others=[
                (_("Trace of the person"), url_for("trace.show_person_trace", person_id=person_id)),
            ],
            facts=[
                (_("User name"), [Shown(login) if login else said(_("There is no account."))]),
                (_("Closed"), [moment_shown(life.disabled_at)] if life.disabled_at else []),
                (_("Sign-ins"), [Shown(str(life.sessions)), moment_shown(life.last_session_at)]),
                (
                    _("Offices, and who gave them"),
                    [
                        Shown(
                            _("on the trace of the person"),
                            url_for("trace.show_person_trace", person_id=person_id) + "#roles-title",
                            is_data=False,
                        )
                    ],
                ),
            ],
            tables=[_invitations_table(life), _resets_table(life), _sessions_table(life, sessions)],
        )
    )


def _invitations_table(life: AccountLife) -> Table:
    names = people.load_names(one.made_by for one in life.invitations)
    return Table(
        _("Links and slips"),
        [_("When"), _("For what"), _("How"), _("Made by"), _("Until"), _("What became of it")],
        [
            [
                moment_shown(one.made_at),
                said(_("a new account") if one.purpose == "account" else _("a new password")),
                said(_(HANDED_LABELS[one.handed])),
                person_shown(one.made_by, names),
                moment_shown(one.expires_at),
                said(_("used"))
                if one.used_at
                else said(_("replaced"))
                if one.replaced_at
                else said(_("not used")),
            ]
            for one in life.invitations
        ],
        _("None was made."),
    )


def _resets_table(life: AccountLife) -> Table:
    names = people.load_names(one.made_by for one in life.resets)
    return Table(
        _("When another could enter it"),
        [_("When"), _("What"), _("Who"), _("Decisions are marked until")],
        [
            [
                moment_shown(one.at),
                said(_(RESET_LABELS[one.kind])),
                person_shown(one.made_by, names),
                moment_shown(one.watched_until),
            ]
            for one in life.resets
        ],
        _("Nobody but its owner could enter this account, as far as it is recorded."),
    )


def _sessions_table(life: AccountLife, sessions: Sequence[LoginSession]) -> Table:
    names = people.load_names(one.on_behalf_of for one in sessions)
    return Table(
        _("Sign-ins"),
        [_("When"), _("Last used"), _("Ended"), _("Role in use"), _("On behalf of"), _("Network address")],
        [
            [
                moment_shown(one.created_at),
                moment_shown(one.seen_at),
                moment_shown(one.revoked_at or one.expires_at),
                said(role_label(one.role) if one.role else ""),
                person_shown(one.on_behalf_of, names) if one.on_behalf_of else Shown(""),
                Shown(one.address),
            ]
            for one in sessions
        ],
        _("Nobody has signed in."),
        note=_("The latest %(number)s are listed.") % {"number": MAX_SESSIONS}
        if life.sessions > len(sessions)
        else "",
    )
