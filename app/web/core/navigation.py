"""Template context of every page: navigation, role in use, languages, search, notices."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Flask, g, request, url_for
from flask_login import current_user

from app.cases.queries import inbox as boxes
from app.diagrams.versions import load_roles_of_starters
from app.kernel.act import RoleAssignment
from app.kernel.i18n import pick_text
from app.notices import queries as notices
from app.operations import STARTS
from app.people import queries as people
from app.people.audit_limits_rules import AUDITOR, roles_in_force
from app.people.rules import PERMISSIONS
from app.texts.roles import LABEL_BY_ROLE, ROLE_PRIORITY, STAFF_ROLES
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.access_policy import declared_access_policy, is_route_access_allowed
from app.web.core.request_clock import request_time
from app.web.core.trace_links import trace_url_of_page
from app.web.labels.reads import limits_text

REQUESTING_ROLES = frozenset(
    {"teacher", "student", "department_head", "programme_head", "curator", "directorate"}
)

JOURNAL_MENU_ROLES = STAFF_ROLES - {"process_admin", "it_admin"}
"""Roles with the three entries of annex 1: the work programme, the electronic journal, the make-up log."""

NavigationEntry = tuple[str, str, str, frozenset[str]]
NAVIGATION_ENTRIES: tuple[NavigationEntry, ...] = (
    ("audit.show_audit", "fingerprint", N_("Audit"), frozenset(PERMISSIONS["audit.read"])),
    ("patterns.show_patterns", "chart-bar", N_("Patterns"), frozenset(PERMISSIONS["patterns.read"])),
    ("inbox.show_inbox", "inbox", N_("Inbox"), STAFF_ROLES - {"auditor", "curator"}),
    ("journal.show_teacher_today", "notebook", N_("Electronic journal"), JOURNAL_MENU_ROLES),
    ("student.today", "calendar", N_("My day"), frozenset({"student"})),
    ("student.marks", "notebook", N_("My marks"), frozenset({"student"})),
    ("student.absences", "list-check", N_("My absences"), frozenset({"student"})),
    ("groups.groups", "users-group", N_("Groups"), frozenset(PERMISSIONS["cabinet.read"])),
    (
        "acknowledgements.list_groups_to_acquaint",
        "user-check",
        N_("Acquaintance"),
        frozenset(PERMISSIONS["acknowledgements.read"]),
    ),
    ("makeups.list_makeup_debts", "refresh", N_("Make-up log (НБ)"), JOURNAL_MENU_ROLES),
    (
        "sheets.list_grade_sheets",
        "clipboard-list",
        N_("Grade sheets"),
        STAFF_ROLES - {"process_admin", "it_admin", "curator", "rector"},
    ),
    ("programmes.list_work_programmes", "book-2", N_("Work programme"), JOURNAL_MENU_ROLES),
    ("new_request.list_startable_requests", "plus", N_("New request"), frozenset(LABEL_BY_ROLE)),
    ("cases.list_own_requests", "send", N_("My requests"), REQUESTING_ROLES),
    ("student.documents", "paperclip", N_("My documents"), frozenset({"student"})),
    ("excuses.list_decided_excuses", "file-text", N_("Excuses"), frozenset(PERMISSIONS["excuses.read"])),
    (
        "commissions.list_commissions",
        "users-group",
        N_("Commissions"),
        frozenset(PERMISSIONS["commissions.read"]),
    ),
    ("people.list_people", "users", N_("People"), frozenset({"it_admin", "academic_office", "auditor"})),
    (
        "account_standings.list_account_standings",
        "user-check",
        N_("Accounts"),
        frozenset(PERMISSIONS["accounts.hand_out"]),
    ),
    (
        "access.show_roles_of_people",
        "user-check",
        N_("Roles of my people"),
        frozenset(PERMISSIONS["access.ask"]),
    ),
    ("orders.list_orders", "file-text", N_("Orders"), frozenset(PERMISSIONS["orders.read"])),
    ("structure.list_units", "sitemap", N_("Structure"), frozenset(PERMISSIONS["structure.read"])),
    (
        "openings.list_openings",
        "book-2",
        N_("Opening of journals"),
        frozenset({"academic_office", "department_head"}),
    ),
    ("openings.list_archive_years", "lock", N_("The archive"), frozenset(PERMISSIONS["archive.read"])),
    ("roster.list_roster_imports", "upload", N_("Import"), frozenset({"it_admin", "academic_office"})),
    (
        "takeover.list_takeovers",
        "file-text",
        N_("Takeover of marks"),
        frozenset(PERMISSIONS["takeover.read"]),
    ),
    (
        "processes.list_processes",
        "route",
        N_("Processes"),
        frozenset(PERMISSIONS["processes.read"]),
    ),
    (
        "timetable.show_week",
        "clock",
        N_("Timetable"),
        frozenset(PERMISSIONS["timetable.read"]),
    ),
    (
        "calendar.calendar",
        "calendar",
        N_("Calendar"),
        frozenset(PERMISSIONS["calendar.read"]),
    ),
    (
        "policies.list_policies",
        "list-check",
        N_("Deadlines and settings"),
        frozenset(PERMISSIONS["calendar.read"]) | {"rector"},
    ),
    (
        "incidents.list_incidents",
        "alert-triangle",
        N_("Incidents"),
        frozenset(PERMISSIONS["incidents.read"]),
    ),
    ("backups.show_backups", "device-floppy", N_("Backups"), frozenset(PERMISSIONS["backups.read"])),
    ("seals.show_seals", "shield-check", N_("Seals of the audit"), frozenset(PERMISSIONS["seals.read"])),
    ("guide.show_guide_of_own_role", "help", N_("Help"), frozenset({"student", "process_admin", "auditor"})),
    ("account.show_account_settings", "settings", N_("Settings"), frozenset(LABEL_BY_ROLE)),
)
"""Endpoint, icon, label, and the roles that need it. An entry is left out when its page is not registered or
the page's policy does not admit the role."""

SHORT_NAVIGATION_LABELS = {
    "journal.show_teacher_today": N_("Journal"),
    "student.marks": N_("Marks"),
    "student.absences": N_("Absences"),
    "makeups.list_makeup_debts": N_("НБ log"),
    "programmes.list_work_programmes": N_("Topics"),
    "new_request.list_startable_requests": N_("Request"),
}
"""Labels under the icons of a narrow screen, by endpoint, where the whole one takes more than a line."""


def has_inbox() -> bool:
    """Return whether the visitor has an inbox: whoever is more than a student."""
    return any(assignment.role != "student" for assignment in current_user.assignments)


def start_page_url() -> str:
    """Return the start page of the visitor's role: where the logo, error pages and finished tasks lead."""
    me = current_user
    if me.has_role("student") and not me.has_role("teacher"):
        return url_for("student.today")
    decides = me.has_role("department_head", "programme_head", "directorate", "academic_office", "it_admin")
    if me.has_role("teacher") and (me.signed_in_session.role == "teacher" or not decides):
        return url_for("journal.show_teacher_today")
    if me.has_role("curator") and not me.has_role("auditor", "directorate", "academic_office"):
        return url_for("groups.groups")
    if me.has_role("auditor") and not me.has_role("directorate", "academic_office"):
        return url_for("audit.show_audit")
    # Without any role: what there is to see is on the settings page.
    return url_for("inbox.show_inbox") if has_inbox() else url_for("account.show_account_settings")


def task_list_url(task_id: UUID | None = None) -> str:
    """Return where the visitor finds tasks, with this one open: the inbox, else the page of the task or his start."""
    if has_inbox():
        return url_for("inbox.show_inbox", task=task_id) if task_id else url_for("inbox.show_inbox")
    return url_for("tasks.show_task", task_id=task_id) if task_id else start_page_url()


def register_page_shell_variable(app: Flask) -> None:
    """Register the template variable `shell`."""
    app.context_processor(lambda: {"shell": _build_page_shell_variable(app)})


def _build_page_shell_variable(app: Flask) -> SimpleNamespace:
    """Return the variable `shell`: locale, theme, links; for a signed-in person also roles and navigation."""
    signed_in = current_user.is_authenticated
    base = SimpleNamespace(
        locale=locale(),
        theme=current_user.signed_in_session.theme if signed_in else _guest_theme(),
        person=None,
        person_id="",
        names=None,
        trace_url=None,
        limits=[],
        unread=0,
        here=request.full_path.rstrip("?") if request.method == "GET" else "/",
        links=_header_links(app),
    )
    return _add_person_to_page_shell(app, base) if signed_in else base


def _guest_theme() -> str:
    """Return the theme chosen in this browser, for a visitor who is not signed in."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in ("auto", "light", "dark") else "auto"


def _header_links(app: Flask) -> SimpleNamespace:
    """Return the addresses in the header; "/" for a page that is not registered."""

    def endpoint_url_or_fallback(endpoint: str, fallback: str = "/") -> str:
        return url_for(endpoint) if endpoint in app.view_functions else fallback

    return SimpleNamespace(
        home="/",
        search=endpoint_url_or_fallback("search.search_cases_people_and_journals"),
        bell=endpoint_url_or_fallback("bell.list_notices"),
        latest=endpoint_url_or_fallback("bell.show_latest_notices"),
        settings=endpoint_url_or_fallback("account.show_account_settings"),
        sign_out=endpoint_url_or_fallback("login.sign_out"),
        role=endpoint_url_or_fallback("account.switch_role"),
        locale=endpoint_url_or_fallback("account.set_locale"),
        theme=endpoint_url_or_fallback("account.set_theme"),
    )


def _add_person_to_page_shell(app: Flask, shell: SimpleNamespace) -> SimpleNamespace:
    """Add person, unread notices, roles and navigation to the variable `shell`."""
    found = current_user.signed_in_session
    shell.person = found.name.full
    shell.person_id = str(found.person_id)
    if found.sees_masked_names:
        shell.names = "masked"
    elif current_user.has_role(AUDITOR):
        shell.names = found.names_shown_until
    shell.limits = [
        limits_text(one.limits, pick_text(found.units[one.unit], locale()) if one.unit in found.units else "")
        for one in people.limited_auditor_roles(current_user.assignments)
    ]
    shell.unread = notices.count_unread_notices_capped(found.person_id)
    shell.assignments = _role_switch_options(found)
    active = next((assignment for assignment in shell.assignments if assignment.active), None)
    shell.assignment = active.label if active else ""
    shell.behalf = active.behalf if active else None
    shell.navigation = _navigation_entries(app)
    shell.trace_url = trace_url_of_page(app, current_user.assignments)
    return shell


def _role_switch_options(found: people.SignedInSession) -> list[SimpleNamespace]:
    """Return the roles and persons that can be switched to, the active one marked."""

    def role_label(assignment: RoleAssignment) -> str:
        names = found.units.get(assignment.unit) if assignment.unit else None
        return (
            f"{_(LABEL_BY_ROLE[assignment.role])}, {pick_text(names, locale())}"
            if names
            else _(LABEL_BY_ROLE[assignment.role])
        )

    chosen = next(
        (one for one in found.assignments if (one.role, one.unit) == (found.role, found.unit)), None
    )
    in_force = roles_in_force(found.assignments, found.role)
    first = min(in_force, key=lambda assignment: ROLE_PRIORITY.index(assignment.role), default=None)
    own = [
        SimpleNamespace(
            id=f"{assignment.role}:{assignment.unit or ''}",
            label=role_label(assignment),
            behalf=None,
            active=found.on_behalf_of is None and assignment == (chosen or first),
        )
        # An auditor may hold two roles of one unit for different days: they are in force together.
        for assignment in list({(one.role, one.unit): one for one in found.assignments[::-1]}.values())[::-1]
    ]
    others = [
        SimpleNamespace(
            id=f"behalf:{behalf.person}",
            label=", ".join(role_label(assignment) for assignment in behalf.assignments),
            behalf=behalf.name,
            active=found.on_behalf_of == behalf.person,
        )
        for behalf in found.absent_persons
    ]
    return own + others


def _navigation_entries(app: Flask) -> list[SimpleNamespace]:
    """Return the navigation entries that the roles in force may open."""
    active_roles = {assignment.role for assignment in current_user.assignments}
    entries = []
    for endpoint, icon, label, roles in NAVIGATION_ENTRIES:
        view = app.view_functions.get(endpoint)
        if (
            view is not None
            and roles & active_roles
            and is_route_access_allowed(declared_access_policy(view), current_user.assignments)
            and (endpoint != "new_request.list_startable_requests" or _may_start_some_request(active_roles))
        ):
            entries.append(
                SimpleNamespace(
                    url=url_for(endpoint),
                    icon=icon,
                    label=_(label),
                    short=_(SHORT_NAVIGATION_LABELS.get(endpoint, label)),
                    count=_inbox_task_count() if endpoint == "inbox.show_inbox" else None,
                    active=_is_active_entry(endpoint),
                )
            )
    return entries


def _may_start_some_request(roles: set[str]) -> bool:
    """Return whether these roles may start a request; roles that only diagrams admit may be a minute late."""
    if any(
        roles & {*start.roles, *start.on_behalf_roles, *start.offered_by}
        for start in STARTS.values()
        if not start.general
    ):
        return True
    return bool(roles & load_roles_of_starters())


PARENT_BLUEPRINTS = {"studio": "processes", "plays": "processes"}
"""Blueprints without an entry of their own, with the one whose entry is marked on their pages."""


def _is_active_entry(endpoint: str) -> bool:
    """Return whether this page belongs to the entry: the page itself, or another page of its blueprint."""
    current = request.endpoint or ""
    blueprint = endpoint.split(".")[0]
    siblings = {entry[0] for entry in NAVIGATION_ENTRIES if entry[0].split(".")[0] == blueprint}
    only_entry = len(siblings) == 1
    here = current.split(".")[0]
    return current == endpoint or (only_entry and PARENT_BLUEPRINTS.get(here, here) == blueprint)


def _inbox_task_count() -> int:
    """Return the number of open tasks in the inbox; counted once a request."""
    if "waiting" not in g:
        also = (current_user.on_behalf_of,) if current_user.on_behalf_of else ()
        reader = boxes.InboxOwner(current_user.person_id, also, current_user.assignments)
        found = boxes.count_open_inbox_tasks(reader, request_time())
        g.waiting = found.mine + found.pool
    return int(g.waiting)


def role_choices_by_id(found: people.SignedInSession) -> dict[str, Any]:
    """Return the choices for switching the role: id -> (role, unit, on behalf of)."""
    own: dict[str, Any] = {
        f"{assignment.role}:{assignment.unit or ''}": (assignment.role, assignment.unit, None)
        for assignment in found.assignments
    }
    return own | {f"behalf:{behalf.person}": (None, None, behalf.person) for behalf in found.absent_persons}
