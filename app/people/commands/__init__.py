"""Commands of people. Each runs inside `door.write`, takes the act first and writes an audit record."""

from app.people.commands.calendars import create_calendar_link, delete_calendar_link, record_calendar_use
from app.people.commands.invitations import InvitationLink, accept_invitation, invite_person
from app.people.commands.membership import end_membership, set_membership
from app.people.commands.passwords import (
    change_password,
    check_password,
    close_account,
    hash_password,
    issue_account,
    rehash_if_weak,
    reopen_account,
    reset_password,
)
from app.people.commands.persons import NewPerson, add_person, set_locale, set_theme
from app.people.commands.resets import notify_address_changed
from app.people.commands.roles import end_role, grant_role
from app.people.commands.sessions import (
    OpenedSession,
    end_all_sessions,
    end_session,
    extend_session,
    hash_key,
    open_session,
    switch_role,
)
from app.people.commands.substitutes import end_substitute, name_substitute

__all__ = [
    "InvitationLink",
    "NewPerson",
    "OpenedSession",
    "accept_invitation",
    "add_person",
    "change_password",
    "check_password",
    "close_account",
    "create_calendar_link",
    "delete_calendar_link",
    "end_all_sessions",
    "end_membership",
    "end_role",
    "end_session",
    "end_substitute",
    "extend_session",
    "grant_role",
    "hash_key",
    "hash_password",
    "invite_person",
    "issue_account",
    "name_substitute",
    "notify_address_changed",
    "open_session",
    "record_calendar_use",
    "rehash_if_weak",
    "reopen_account",
    "reset_password",
    "set_locale",
    "set_membership",
    "set_theme",
    "switch_role",
]
