"""Names of the roles and the order in which a person with several roles acts in them."""

from __future__ import annotations

from app.texts.translate import mark

ROLES = {
    "teacher": mark("Teacher"),
    "department_head": mark("Department head"),
    "programme_head": mark("Programme head"),
    "directorate": mark("Directorate"),
    "academic_office": mark("Academic office"),
    "it_admin": mark("IT administrator"),
    "student": mark("Student"),
    "curator": mark("Curator"),
    "auditor": mark("Auditor"),
    "process_admin": mark("Process administrator"),
    "rector": mark("Rector or vice-rector"),
}
FIRST = (
    *(role for role in ROLES if role not in ("teacher", "curator", "student")),
    "teacher",
    "curator",
    "student",
)
"""The order in which one of several roles is chosen for a person: roles that decide come before teaching."""
STAFF = frozenset(ROLES) - {"student"}
