"""Commands of people. Each runs inside `door.write`, takes the act first and writes an audit record."""

from app.people.commands.calendars import end_calendar, make_calendar, note_calendar_use
from app.people.commands.invitations import Invited, accept_invitation, invite
from app.people.commands.membership import end_membership, set_membership
from app.people.commands.passwords import (
    change_password,
    check_password,
    close_account,
    give_account,
    hash_password,
    keep_hash_strong,
    open_account,
    reset_password,
)
from app.people.commands.persons import NewPerson, add_person, set_locale, set_theme
from app.people.commands.resets import tell_address_changed
from app.people.commands.roles import end_role, grant_role
from app.people.commands.sessions import (
    Opened,
    end_all_sessions,
    end_session,
    hash_key,
    keep_alive,
    open_session,
    switch_hat,
)
from app.people.commands.substitutes import end_substitute, name_substitute

__all__ = [
    "Invited",
    "NewPerson",
    "Opened",
    "accept_invitation",
    "add_person",
    "change_password",
    "check_password",
    "close_account",
    "end_all_sessions",
    "end_calendar",
    "end_membership",
    "end_role",
    "end_session",
    "end_substitute",
    "give_account",
    "grant_role",
    "hash_key",
    "hash_password",
    "invite",
    "keep_alive",
    "keep_hash_strong",
    "make_calendar",
    "name_substitute",
    "note_calendar_use",
    "open_account",
    "open_session",
    "reset_password",
    "set_locale",
    "set_membership",
    "set_theme",
    "switch_hat",
    "tell_address_changed",
]
