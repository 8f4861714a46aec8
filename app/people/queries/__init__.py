"""Queries of people. Return frozen rows; each docstring gives the number of statements."""

from app.people.queries.calendars import CalendarOwner, active_roles, calendar_link_times, calendar_owner
from app.people.queries.directory import PersonRow, count_people, people_page
from app.people.queries.invitations import (
    InvitationRow,
    any_account_exists,
    find_invitation,
    find_invited_person,
)
from app.people.queries.membership import (
    GroupRow,
    Member,
    curated_groups,
    curator_condition,
    group_scope,
    groups_by_units,
    load_enrolment_periods,
    load_groups,
    load_members,
    student_groups,
    student_scope,
)
from app.people.queries.persons import Contact, Name, load_contacts, load_names
from app.people.queries.resets import last_reset_query
from app.people.queries.role_holders import (
    Staff,
    find_role_holders,
    find_substitutes,
    is_substitute,
    list_staff,
)
from app.people.queries.sessions import AbsentPerson, SignedIn, session_owner, signed_in
from app.people.queries.units import UnitRow, find_institute, load_units, unit_ancestry, unit_parents

__all__ = [
    "AbsentPerson",
    "CalendarOwner",
    "Contact",
    "GroupRow",
    "InvitationRow",
    "Member",
    "Name",
    "PersonRow",
    "SignedIn",
    "Staff",
    "UnitRow",
    "active_roles",
    "any_account_exists",
    "calendar_link_times",
    "calendar_owner",
    "count_people",
    "curated_groups",
    "curator_condition",
    "find_institute",
    "find_invitation",
    "find_invited_person",
    "find_role_holders",
    "find_substitutes",
    "group_scope",
    "groups_by_units",
    "is_substitute",
    "last_reset_query",
    "list_staff",
    "load_contacts",
    "load_enrolment_periods",
    "load_groups",
    "load_members",
    "load_names",
    "load_units",
    "people_page",
    "session_owner",
    "signed_in",
    "student_groups",
    "student_scope",
    "unit_ancestry",
    "unit_parents",
]
