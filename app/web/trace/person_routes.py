"""What a person did, for whom, in which offices, and who could enter his account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.audit.deeds import DID, DeedFilter, load_deed_keys, load_deeds
from app.audit.history import AuditEntry
from app.audit.newest_rows import limit_search_time
from app.audit.reads import AUDIT
from app.cases.audit_lists.filters import read_filters
from app.cases.audit_lists.pages import list_key, parse_list_key
from app.cases.audit_lists.rows import DEFAULT_DEED_COLUMNS, build_deed_rows, exact_moment_text
from app.cases.audit_scope import AuditScope, deeds_conditions, load_audit_scope, moment_condition
from app.cases.trace.scope import require_person_in_scope
from app.kernel.clock import first_moment_after, first_moment_of
from app.kernel.errors import Invalid, Missing
from app.people import queries as people
from app.people.account import RoleGrantRow, load_person_role_grants
from app.people.audit_limits_rules import PEOPLE_KIND
from app.people.name_masking import are_names_masked
from app.people.queries import PersonName
from app.people.queries.life_of_person import load_account_life
from app.texts.deeds import deed_label
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.audit.presenter import column_label, linked_rows
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, current_visitor, writes_every_year
from app.web.dossiers.offices import OfficeBook, load_office_book
from app.web.labels.messages import problem_texts_by_field
from app.web.trace.routes import blueprint, person_link

DEEDS_A_PAGE = 50
READS_ENDPOINT = "person_reads.list_reads_of_person"
"""The page of what a person looked at, of another area of the room."""
_ROLE_DEEDS = ("people.role.granted", "people.role.ended", "people.role.taken_back", "people.role.lapsed")
_MAX_ROLE_DEEDS = 200
RESET_LABELS = {
    "password": N_("The password was ended"),
    "given": N_("The account was opened by a printed code"),
    "opened": N_("The account was opened again"),
}


@blueprint.get("/audit/people/<uuid:person_id>")
@allow_access("audit.read")
@writes_every_year
def show_person_trace(person_id: UUID) -> tuple[str, int]:
    """Show a person's deeds of a period by pages, his offices with who gave them, and his account. Raises Missing.

    A limited reader sees the deeds and offices in his limits alone; the account is of the kind of people. Statements do
    not grow with the rows.
    """
    act = current_act()
    scope = load_audit_scope(act.assignments)
    name = people.load_names([person_id]).get(person_id)
    if name is None:
        raise Missing
    require_person_in_scope(scope, person_id)
    record_read(AUDIT, "audit.person", person_id, (person_id,))
    errors: dict[str, list[Any]] = {}
    try:
        period = read_filters("deeds", {name: request.args.get(name, "") for name in ("since", "until")})
    except Invalid as refused:
        period, errors = {}, problem_texts_by_field(refused)
    wanted = DeedFilter(
        person=person_id,
        part=DID,
        limits=tuple(deeds_conditions(scope)) if scope is not None else (),
        since=first_moment_of(date.fromisoformat(period["since"])) if "since" in period else None,
        until=first_moment_after(date.fromisoformat(period["until"])) if "until" in period else None,
    )
    after = parse_list_key(request.args.get("key", "")[:100])
    with limit_search_time():
        found = load_deed_keys(wanted, (after[0], _number(after[1])) if after else None, DEEDS_A_PAGE + 1)
    shown = found[:DEEDS_A_PAGE]
    rows = build_deed_rows([(one.id, one.recorded_at) for one in shown], scope)
    sees_people = scope is None or scope.covers_kind(PEOPLE_KIND)
    address: dict[str, Any] = {"person_id": person_id, **period}
    listed: dict[str, Any] = {"person": person_id, "part": DID, **period}
    page = render_template(
        "trace/person.html",
        name=name.full,
        person_url=url_for("people.show_person", person_id=person_id) if _sees_people() else None,
        reads_url=url_for(READS_ENDPOINT, person_id=person_id, show="by")
        if is_route_access_allowed(("reads.read",), current_visitor().assignments)
        else None,
        about_url=url_for("audit.list_deeds", person=person_id, part="about"),
        account_url=url_for("trace.show_account_trace", person_id=person_id),
        list_url=url_for("audit.list_deeds", **listed),
        now_url=url_for("trace.show_person_trace", person_id=person_id),
        typed={name: request.args.get(name, "")[:40] for name in ("since", "until")},
        errors=errors,
        is_limited=scope is not None,
        rows=linked_rows(rows, DEFAULT_DEED_COLUMNS),
        columns=[column_label(one) for one in DEFAULT_DEED_COLUMNS],
        deputies=_persons_acted_for(rows),
        next=url_for("trace.show_person_trace", **address, key=list_key(shown[-1].at, shown[-1].id))
        if len(found) > DEEDS_A_PAGE
        else None,
        is_later=bool(after),
        roles=_role_views(person_id, scope) if sees_people else None,
        account=_account_view(person_id, scope) if sees_people else None,
    )
    return page, 422 if errors else 200


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invalid.field("key", "forms.field.not_offered")
    return int(text)


def _sees_people() -> bool:
    return is_route_access_allowed(("people.read",), current_visitor().assignments)


def _persons_acted_for(rows: Sequence[Any]) -> list[SimpleNamespace]:
    """Return the persons that the deeds of this page were done for, with their number."""
    counted: dict[UUID, SimpleNamespace] = {}
    for row in rows:
        person = row.links.get("behalf")
        if person is not None:
            url = url_for("trace.show_person_trace", person_id=person)
            one = counted.setdefault(person, SimpleNamespace(name=row.texts["behalf"], url=url, count=0))
            one.count += 1
    return list(counted.values())


def _role_views(person: UUID, scope: AuditScope | None) -> list[SimpleNamespace]:
    """Return every role of a person, for a limited reader those of his units, with its days, who gave it and who ended
    it; at most six statements."""
    units = scope.units_of_kind(PEOPLE_KIND) if scope is not None else None
    grants = [one for one in load_person_role_grants(person) if units is None or one.unit in units]
    limits = tuple(deeds_conditions(scope)) if scope is not None else ()
    wanted = DeedFilter(object=person, kinds=_ROLE_DEEDS, limits=limits)
    keys = load_deed_keys(wanted, None, _MAX_ROLE_DEEDS)
    deeds = list(load_deeds([(one.id, one.recorded_at) for one in keys]).values())
    names = people.load_names(entry.person for entry in deeds)
    book = load_office_book(entry.person for entry in deeds if entry.person)
    found = [_role_view(grant, deeds, names, book) for grant in grants]
    gone = [entry for entry in deeds if entry.event_type == "people.role.taken_back"]
    return found + [
        SimpleNamespace(
            office=book.office_text(
                str((entry.after or {}).get("role")), _id((entry.after or {}).get("unit"))
            ),
            deputy=False,
            since=(entry.before or {}).get("from") or "",
            until="",
            given=None,
            ended=_deed_view(entry, names, book),
        )
        for entry in gone
    ]


def _role_view(
    grant: RoleGrantRow, deeds: Sequence[AuditEntry], names: Mapping[UUID, PersonName], book: OfficeBook
) -> SimpleNamespace:
    def deed(event_types: tuple[str, ...], **expected: Any) -> SimpleNamespace | None:
        for entry in deeds:
            values = {**(entry.before or {}), **(entry.after or {})}
            same = all(str(values.get(key)) == str(value) for key, value in expected.items())
            if entry.event_type in event_types and same:
                return _deed_view(entry, names, book)
        return None

    office = {"role": grant.role, "unit": grant.unit, "from": grant.valid_from}
    ended = ("people.role.ended", "people.role.lapsed")
    return SimpleNamespace(
        office=book.office_text(grant.role, grant.unit),
        deputy=grant.deputy,
        since=grant.valid_from,
        until=grant.valid_until,
        given=deed(("people.role.granted",), **office),
        ended=deed(ended, **office, until=grant.valid_until) if grant.valid_until else None,
    )


def _id(text: Any) -> UUID | None:
    return UUID(str(text)) if text else None


def _deed_view(entry: AuditEntry, names: Mapping[UUID, PersonName], book: OfficeBook) -> SimpleNamespace:
    return SimpleNamespace(
        label=deed_label(entry.event_type),
        person=person_link(entry.person, names),
        office=book.offices_at(entry.person, entry.at) if entry.person else "",
        at=exact_moment_text(entry.at),
        record=entry.id,
        url=url_for("audit.show_record", record_number=entry.id),
    )


def _account_view(person: UUID, scope: AuditScope | None) -> SimpleNamespace:
    """Return the account: since when, who could enter it, how many sessions, all in the days of a limited reader; at
    most five statements."""
    windows = [one.window for one in scope.roles if one.covers_kind(PEOPLE_KIND)] if scope is not None else []
    life = load_account_life(
        person, partial(moment_condition, windows=windows) if scope is not None else None
    )
    names = people.load_names(
        [*(one.made_by for one in life.resets), *(one.made_by for one in life.invitations)]
    )
    return SimpleNamespace(
        login="–" if life.login and are_names_masked() else life.login,
        disabled_at=life.disabled_at,
        sessions=life.sessions,
        last_session_at=life.last_session_at,
        resets=[
            SimpleNamespace(at=one.at, text=_(RESET_LABELS[one.kind]), by=person_link(one.made_by, names))
            for one in life.resets
        ],
        invitations=[
            SimpleNamespace(
                at=one.made_at,
                text=_("A way to open the account was made")
                if one.purpose == "account"
                else _("A way to a new password was made"),
                by=person_link(one.made_by, names),
                used_at=one.used_at,
            )
            for one in life.invitations
        ],
    )
