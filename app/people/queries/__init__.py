"""Queries of people. Return frozen rows; each docstring gives the number of statements."""

from app.people.queries.calendars import CalendarOwner, calendar_of, hats_of, owner_of_calendar
from app.people.queries.directory import PersonRow, count_people, people_page
from app.people.queries.invitations import (
    InvitationRow,
    anybody_signs_in,
    invitation,
    waits_for_account,
)
from app.people.queries.membership import (
    GroupRow,
    Member,
    curates,
    groups,
    groups_curated,
    groups_in,
    groups_of,
    members,
    scope_of_group,
    scope_of_student,
    stays_of,
)
from app.people.queries.persons import Contact, Name, contacts, names
from app.people.queries.resets import reset_before
from app.people.queries.role_holders import Staff, candidates, staff, standing_in, stands_in
from app.people.queries.sessions import Behalf, SignedIn, owner_of_session, signed_in
from app.people.queries.units import UnitRow, ancestry, institute_of, parents, units

__all__ = [
    "Behalf",
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
    "ancestry",
    "anybody_signs_in",
    "calendar_of",
    "candidates",
    "contacts",
    "count_people",
    "curates",
    "groups",
    "groups_curated",
    "groups_in",
    "groups_of",
    "hats_of",
    "institute_of",
    "invitation",
    "members",
    "names",
    "owner_of_calendar",
    "owner_of_session",
    "parents",
    "people_page",
    "reset_before",
    "scope_of_group",
    "scope_of_student",
    "signed_in",
    "staff",
    "standing_in",
    "stands_in",
    "stays_of",
    "units",
    "waits_for_account",
]
