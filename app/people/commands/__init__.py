"""Commands of people. Each runs inside `door.write`, takes the act first and writes an audit record."""

from app.people.commands.account_letters import request_invitation_letters, request_password_letter
from app.people.commands.calendars import (
    create_or_replace_calendar_secret,
    delete_calendar_secret,
    store_calendar_use_time,
)
from app.people.commands.invitations import accept_invitation, invite_person, issue_account_slips
from app.people.commands.membership import end_group_membership, start_group_membership
from app.people.commands.one_time_keys import InvitationLink
from app.people.commands.passwords import (
    authenticate_person,
    change_password,
    close_account,
    hash_password,
    rehash_if_weak,
    reopen_account,
    reset_password_by_admin,
)
from app.people.commands.persons import NewPerson, add_person, set_person_locale, set_person_theme
from app.people.commands.resets import notify_owners_at_previous_addresses
from app.people.commands.roles import end_or_delete_role_grant, grant_role
from app.people.commands.sessions import (
    OpenedSession,
    end_all_sessions_of_person,
    end_own_session,
    extend_login_session,
    hash_key_for_storage,
    open_login_session,
    switch_acting_role,
)
from app.people.commands.substitutes import name_substitute, revoke_substitution

__all__ = [
    "InvitationLink",
    "NewPerson",
    "OpenedSession",
    "accept_invitation",
    "add_person",
    "authenticate_person",
    "change_password",
    "close_account",
    "create_or_replace_calendar_secret",
    "delete_calendar_secret",
    "end_all_sessions_of_person",
    "end_group_membership",
    "end_or_delete_role_grant",
    "end_own_session",
    "extend_login_session",
    "grant_role",
    "hash_key_for_storage",
    "hash_password",
    "invite_person",
    "issue_account_slips",
    "name_substitute",
    "notify_owners_at_previous_addresses",
    "open_login_session",
    "rehash_if_weak",
    "reopen_account",
    "request_invitation_letters",
    "request_password_letter",
    "reset_password_by_admin",
    "revoke_substitution",
    "set_person_locale",
    "set_person_theme",
    "start_group_membership",
    "store_calendar_use_time",
    "switch_acting_role",
]
