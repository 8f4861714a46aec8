"""Names of the roles and the order in which a person with several roles acts in them."""

from __future__ import annotations

from app.texts.translate import N_
from app.texts.translate import gettext as _

LABEL_BY_ROLE = {
    "teacher": N_("Teacher"),
    "department_head": N_("Department head"),
    "programme_head": N_("Programme head"),
    "directorate": N_("Directorate"),
    "academic_office": N_("Academic office"),
    "it_admin": N_("IT administrator"),
    "student": N_("Student"),
    "curator": N_("Curator"),
    "auditor": N_("Auditor"),
    "process_admin": N_("Process administrator"),
    "rector": N_("Rector or vice-rector"),
}
ROLE_PRIORITY = (
    *(role for role in LABEL_BY_ROLE if role not in ("teacher", "curator", "student")),
    "teacher",
    "curator",
    "student",
)
"""The order in which one of several roles is chosen for a person: roles that decide come before teaching."""
STAFF_ROLES = frozenset(LABEL_BY_ROLE) - {"student"}
COMMISSION_SEATS = {
    "commission_chair": N_("Commission chair"),
    "commission_secretary": N_("Commission secretary"),
}
"""Names of the seats of a commission: a lane may name them like roles."""


def role_label(role: str) -> str:
    """Return the name of a role or of a seat of a commission; an unknown code as it is."""
    known = LABEL_BY_ROLE.get(role) or COMMISSION_SEATS.get(role)
    return _(known) if known else role
