"""Export the university as OneRoster 1.2 CSV; equal data give equal bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from app.audit.record import record_event
from app.exchange.columns import CSV_TABLES
from app.journal.tables import Course, Offering, Semester, Teaching
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit

ORG_TYPES = {"university": "district", "department": "department"}
EXPORTED_ROLES = {
    "teacher": "teacher",
    "student": "student",
    "directorate": "principal",
    "curator": "counselor",
    "it_admin": "systemAdministrator",
}
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def export_roster() -> bytes:
    """Return a ZIP with a manifest and seven tables; one statement a table."""
    tables = {
        "orgs": _org_rows(),
        "academicSessions": _session_rows(),
        "courses": _course_rows(),
        "classes": _class_rows(),
        "users": _user_rows(),
        "roles": _role_rows(),
        "enrollments": _enrollment_rows(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = [("manifest.version", "1.0"), ("oneroster.version", "1.2")]
        manifest += [(f"file.{name}", "bulk" if name in tables else "absent") for name in CSV_TABLES]
        _write_csv(archive, "manifest", ("propertyName", "value"), manifest)
        for name, (header, rows) in tables.items():
            _write_csv(archive, name, header, rows)
    return out.getvalue()


def export_for_person(act: Act) -> bytes:
    """Return the export for a person, inside a running act; record it with the SHA-256 of the file."""
    content = export_roster()
    after = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    record_event(act, "exchange.roster.exported", ("exchange.export", new_id()), None, after)
    return content


CsvRows = tuple[Sequence[str], list[tuple[Any, ...]]]


def _write_csv(
    archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Add one CSV file with a fixed timestamp to the archive."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    archive.writestr(zipfile.ZipInfo(f"{name}.csv", ZIP_TIMESTAMP), text.getvalue().encode())


def _load_all(model: Any) -> list[Any]:
    """Return all rows of a table by id; one statement."""
    return list(db.session.scalars(select(model).order_by(model.id)))


def _org_rows() -> CsvRows:
    """Return units as orgs."""
    rows = [
        (row.id, row.names["ky"], ORG_TYPES.get(row.kind, "school"), row.code, row.parent_id or "")
        for row in _load_all(Unit)
    ]
    return ("sourcedId", "name", "type", "identifier", "parentSourcedId"), rows


def _session_rows() -> CsvRows:
    """Return semesters as academic sessions."""
    rows = [
        (row.id, row.names["ky"], "semester", row.starts_on, row.ends_on, row.ends_on.year)
        for row in _load_all(Semester)
    ]
    return ("sourcedId", "title", "type", "startDate", "endDate", "schoolYear"), rows


def _course_rows() -> CsvRows:
    """Return disciplines as courses."""
    rows = [(row.id, row.names["ky"], row.code, row.department_id) for row in _load_all(Course)]
    return ("sourcedId", "title", "courseCode", "orgSourcedId"), rows


def _class_rows() -> CsvRows:
    """Return offerings as classes."""
    groups = {row.id: row for row in _load_all(StudyGroup)}
    rows = [
        (row.id, groups[row.group_id].name, groups[row.group_id].name, "scheduled", row.course_id,
         groups[row.group_id].unit_id, row.semester_id)
        for row in _load_all(Offering)
    ]  # fmt: skip
    header = (
        "sourcedId", "title", "classCode", "classType", "courseSourcedId", "schoolSourcedId", "termSourcedIds",
    )  # fmt: skip
    return header, rows


def _user_rows() -> CsvRows:
    """Return persons as users."""
    rows = [
        (
            row.id,
            "true",
            row.given_name,
            row.family_name,
            row.patronymic,
            row.email or "",
            row.identifier or "",
        )
        for row in _load_all(Person)
    ]
    return ("sourcedId", "enabledUser", "givenName", "familyName", "middleName", "email", "identifier"), rows


def _role_rows() -> CsvRows:
    """Return role grants that OneRoster has, without deputies; university-wide roles at the root unit."""
    root = next((row.id for row in _load_all(Unit) if row.parent_id is None), "")
    rows = [
        (
            row.id,
            row.person_id,
            "primary",
            EXPORTED_ROLES[row.role],
            row.unit_id or root,
            row.valid_from,
            row.valid_until or "",
        )
        for row in _load_all(RoleGrant)
        if row.role in EXPORTED_ROLES and not row.deputy
    ]
    return ("sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId", "beginDate", "endDate"), rows


def _enrollment_rows() -> CsvRows:
    """Return teaching and memberships as enrolments in classes."""
    members: dict[Any, list[Membership]] = {}
    for member in _load_all(Membership):
        members.setdefault(member.group_id, []).append(member)
    rows: list[tuple[Any, ...]] = [
        (row.id, row.offering_id, row.person_id, "teacher", row.starts_on, row.ends_on or "")
        for row in _load_all(Teaching)
    ]
    for offering in _load_all(Offering):
        rows += [
            (
                f"{offering.id}.{member.id}",
                offering.id,
                member.person_id,
                "student",
                member.starts_on,
                member.ends_on or "",
            )
            for member in members.get(offering.group_id, [])
        ]
    return ("sourcedId", "classSourcedId", "userSourcedId", "role", "beginDate", "endDate"), rows
