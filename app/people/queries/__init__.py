"""Queries of people. Return frozen rows; each docstring gives the number of statements."""

from app.people.queries.audit_reach import audited_rows_condition, limited_auditor_roles, load_units_below
from app.people.queries.calendars import (
    CalendarOwner,
    find_calendar_link_times,
    find_calendar_owner,
    load_roles_on_day,
)
from app.people.queries.directory import PersonRow, count_all_people, is_person_of_units, load_people_page
from app.people.queries.invitations import (
    InvitationRow,
    find_invitation,
    find_last_invited_person_id,
    is_any_account_stored,
)
from app.people.queries.membership import (
    GroupMember,
    GroupRow,
    curated_students_condition,
    load_curated_groups,
    load_enrolment_periods,
    load_group_permission_scope,
    load_groups_by_id,
    load_groups_of_units,
    load_past_and_present_members,
    load_student_groups,
    load_student_permission_scope,
)
from app.people.queries.persons import (
    Contact,
    PersonName,
    find_person_of_login,
    load_contacts,
    load_names,
    load_replacements_of_names,
)
from app.people.queries.resets import last_watched_account_reset_subquery
from app.people.queries.role_holders import (
    StaffMember,
    is_substitute,
    load_holder_ids_of_roles,
    load_role_holders,
    load_staff_members,
    load_substitute_ids_by_absent,
)
from app.people.queries.sessions import (
    AbsentPerson,
    SignedInSession,
    find_session_owner_id,
    find_signed_in_session,
)
from app.people.queries.setup import find_setup_hidden_time
from app.people.queries.units import (
    UnitRow,
    load_institute_id_or_own_unit_id,
    load_unit_and_ancestor_ids,
    load_unit_and_parent_ids,
    load_unit_tree,
)

__all__ = [
    "AbsentPerson",
    "CalendarOwner",
    "Contact",
    "GroupMember",
    "GroupRow",
    "InvitationRow",
    "PersonName",
    "PersonRow",
    "SignedInSession",
    "StaffMember",
    "UnitRow",
    "audited_rows_condition",
    "count_all_people",
    "curated_students_condition",
    "find_calendar_link_times",
    "find_calendar_owner",
    "find_invitation",
    "find_last_invited_person_id",
    "find_person_of_login",
    "find_session_owner_id",
    "find_setup_hidden_time",
    "find_signed_in_session",
    "is_any_account_stored",
    "is_person_of_units",
    "is_substitute",
    "last_watched_account_reset_subquery",
    "limited_auditor_roles",
    "load_contacts",
    "load_curated_groups",
    "load_enrolment_periods",
    "load_group_permission_scope",
    "load_groups_by_id",
    "load_groups_of_units",
    "load_holder_ids_of_roles",
    "load_institute_id_or_own_unit_id",
    "load_names",
    "load_past_and_present_members",
    "load_people_page",
    "load_replacements_of_names",
    "load_role_holders",
    "load_roles_on_day",
    "load_staff_members",
    "load_student_groups",
    "load_student_permission_scope",
    "load_substitute_ids_by_absent",
    "load_unit_and_ancestor_ids",
    "load_unit_and_parent_ids",
    "load_unit_tree",
    "load_units_below",
]
