"""What stands around every page: rail, role in use, languages, search, bell. Draws nothing, hands over names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from app.cases.queries import inbox as boxes
from app.kernel.act import Hat
from app.kernel.i18n import pick
from app.notices import queries as notices
from app.people import queries as people
from app.people.rules import ALLOWED
from app.texts.roles import FIRST, ROLES, STAFF
from app.texts.translate import gettext as _
from app.texts.translate import locale, mark
from app.web.core.access_policy import opens, policy_of
from app.web.core.request_clock import now

ASKING = frozenset({"teacher", "student", "department_head", "curator", "directorate"})

Entry = tuple[str, str, str, frozenset[str]]
ENTRIES: tuple[Entry, ...] = (
    ("inbox.inbox", "inbox", mark("Inbox"), STAFF - {"auditor", "curator"}),
    ("journal.today", "notebook", mark("Journal"), STAFF - {"process_admin", "it_admin"}),
    ("student.today", "calendar", mark("My day"), frozenset({"student"})),
    ("student.marks", "notebook", mark("My marks"), frozenset({"student"})),
    ("student.absences", "list-check", mark("My absences"), frozenset({"student"})),
    ("groups.groups", "users-group", mark("Groups"), frozenset(ALLOWED["cabinet.read"])),
    ("workoffs.workoffs", "refresh", mark("Log of work-offs"), STAFF - {"process_admin", "it_admin"}),
    (
        "sheets.sheets",
        "clipboard-list",
        mark("Grade sheets"),
        STAFF - {"process_admin", "it_admin", "curator", "rector"},
    ),
    ("cases.requests", "send", mark("My requests"), ASKING),
    ("student.documents", "paperclip", mark("My documents"), frozenset({"student"})),
    ("excuses.excuses", "file-text", mark("Excuses"), frozenset(ALLOWED["excuses.read"])),
    ("commissions.commissions", "users-group", mark("Commissions"), frozenset(ALLOWED["commissions.read"])),
    ("people.people", "users", mark("People"), frozenset({"it_admin", "academic_office", "auditor"})),
    ("roster.roster", "upload", mark("Import"), frozenset({"it_admin", "academic_office"})),
    (
        "processes.processes",
        "route",
        mark("Processes"),
        frozenset(ALLOWED["processes.read"]),
    ),
    (
        "calendar.calendar",
        "calendar",
        mark("Calendar"),
        frozenset(ALLOWED["calendar.read"]),
    ),
    ("bell.incidents", "alert-triangle", mark("Incidents"), frozenset({"it_admin"})),
    ("guide.help", "help", mark("Help"), frozenset({"student"})),
    ("account.settings", "settings", mark("Settings"), frozenset(ROLES)),
)
"""Endpoint, icon, label, and the roles that need it. An entry whose page does not exist, or whose policy does not let a
role in, is not drawn."""


def install(app: Flask) -> None:
    """Offer `shell` to every template."""
    app.context_processor(lambda: {"shell": _shell(app)})


def _shell(app: Flask) -> SimpleNamespace:
    signed = current_user.is_authenticated
    base = SimpleNamespace(
        locale=locale(),
        theme=current_user.found.theme if signed else _theme(),
        person=None,
        person_id="",
        unread=0,
        here=request.full_path.rstrip("?") if request.method == "GET" else "/",
        links=_links(app),
    )
    return _inside(app, base) if signed else base


def _theme() -> str:
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in ("auto", "light", "dark") else "auto"


def _links(app: Flask) -> SimpleNamespace:
    def link(endpoint: str, fallback: str = "/") -> str:
        return url_for(endpoint) if endpoint in app.view_functions else fallback

    return SimpleNamespace(
        home="/",
        search=link("search.search"),
        bell=link("bell.notices"),
        latest=link("bell.latest"),
        settings=link("account.settings"),
        sign_out=link("login.sign_out"),
        hat=link("account.hat"),
        locale=link("account.locale"),
        theme=link("account.theme"),
    )


def _inside(app: Flask, shell: SimpleNamespace) -> SimpleNamespace:
    found = current_user.found
    shell.person = found.name.full
    shell.person_id = str(found.person_id)
    shell.unread = notices.unread(found.person_id)
    shell.hats = _hats(found)
    active = next((hat for hat in shell.hats if hat.active), None)
    shell.hat = active.label if active else ""
    shell.behalf = active.behalf if active else None
    shell.navigation = _navigation(app)
    return shell


def _hats(found: people.SignedIn) -> list[SimpleNamespace]:
    def label(hat: Hat) -> str:
        names = found.units.get(hat.unit) if hat.unit else None
        return f"{_(ROLES[hat.role])}, {pick(names, locale())}" if names else _(ROLES[hat.role])

    chosen = Hat(found.role, found.unit) if found.role else None
    first = min(found.hats, key=lambda hat: FIRST.index(hat.role), default=None)
    own = [
        SimpleNamespace(
            id=f"{hat.role}:{hat.unit or ''}",
            label=label(hat),
            behalf=None,
            active=found.on_behalf_of is None and hat == (chosen if chosen in found.hats else first),
        )
        for hat in found.hats
    ]
    others = [
        SimpleNamespace(
            id=f"behalf:{behalf.person}",
            label=", ".join(label(hat) for hat in behalf.hats),
            behalf=behalf.name,
            active=found.on_behalf_of == behalf.person,
        )
        for behalf in found.behalfs
    ]
    return own + others


def _navigation(app: Flask) -> list[SimpleNamespace]:
    worn = {hat.role for hat in current_user.hats}
    shown = []
    for endpoint, icon, label, roles in ENTRIES:
        view = app.view_functions.get(endpoint)
        if view is not None and roles & worn and opens(policy_of(view), current_user.hats):
            shown.append(
                SimpleNamespace(
                    url=url_for(endpoint),
                    icon=icon,
                    label=_(label),
                    count=_waiting() if endpoint == "inbox.inbox" else None,
                    active=_here(endpoint),
                )
            )
    return shown


def _here(endpoint: str) -> bool:
    """Whether this page belongs to the entry: the page itself, or another one of its room."""
    present = request.endpoint or ""
    room = endpoint.split(".")[0]
    owners = {entry[0] for entry in ENTRIES if entry[0].split(".")[0] == room}
    return present == endpoint or (len(owners) == 1 and room != "bell" and present.split(".")[0] == room)


def _waiting() -> int:
    if "waiting" not in g:
        also = (current_user.on_behalf_of,) if current_user.on_behalf_of else ()
        reader = boxes.Reader(current_user.person_id, also, current_user.hats)
        found = boxes.counts(reader, now())
        g.waiting = found.mine + found.pool
    return int(g.waiting)


def offered(found: people.SignedIn) -> dict[str, Any]:
    """What the person may switch to: id -> (role, unit, on behalf of)."""
    own: dict[str, Any] = {f"{hat.role}:{hat.unit or ''}": (hat.role, hat.unit, None) for hat in found.hats}
    return own | {f"behalf:{behalf.person}": (None, None, behalf.person) for behalf in found.behalfs}
