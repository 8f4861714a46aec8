"""Export the university as OneRoster 1.2 CSV; equal data give equal bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.exchange.columns import CSV_TABLES
from app.exchange.row_days import end_date_for_export
from app.journal.tables import Course, Offering, Semester, Teaching
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit

ORG_TYPE_BY_UNIT_KIND = {"university": "district", "department": "department"}
ONEROSTER_ROLE_BY_ROLE = {
    "teacher": "teacher",
    "student": "student",
    "directorate": "principal",
    "curator": "counselor",
    "it_admin": "systemAdministrator",
}
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def export_roster_zip() -> bytes:
    """Return a ZIP with a manifest and seven tables; one statement a table."""
    tables = {
        "orgs": _load_org_rows(),
        "academicSessions": _load_session_rows(),
        "courses": _load_course_rows(),
        "classes": _load_class_rows(),
        "users": _load_user_rows(),
        "roles": _load_role_rows(),
        "enrollments": _load_enrollment_rows(),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = [("manifest.version", "1.0"), ("oneroster.version", "1.2")]
        manifest += [(f"file.{name}", "bulk" if name in tables else "absent") for name in CSV_TABLES]
        _add_csv_to_archive(archive, "manifest", ("propertyName", "value"), manifest)
        for name, (header, rows) in tables.items():
            _add_csv_to_archive(archive, name, header, rows)
    return out.getvalue()


def export_and_record_roster(act: Act) -> bytes:
    """Return the export for a person, inside a running act; record it with the SHA-256 of the file."""
    content = export_roster_zip()
    after = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    record_audit_event(act, "exchange.roster.exported", ("exchange.export", new_id()), None, after)
    return content


CsvHeaderAndRows = tuple[Sequence[str], list[tuple[Any, ...]]]


def _add_csv_to_archive(
    archive: zipfile.ZipFile, name: str, header: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Add one CSV file with a fixed timestamp to the archive."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    archive.writestr(zipfile.ZipInfo(f"{name}.csv", ZIP_TIMESTAMP), text.getvalue().encode())


def _load_all_rows(model: Any) -> list[Any]:
    """Return all rows of a table by id; one statement."""
    return list(db.session.scalars(select(model).order_by(model.id)))


def _load_org_rows() -> CsvHeaderAndRows:
    """Return units as orgs."""
    rows = [
        (
            row.id,
            row.names["ky"],
            ORG_TYPE_BY_UNIT_KIND.get(row.kind, "school"),
            row.code,
            row.parent_id or "",
        )
        for row in _load_all_rows(Unit)
    ]
    return ("sourcedId", "name", "type", "identifier", "parentSourcedId"), rows


def _load_session_rows() -> CsvHeaderAndRows:
    """Return semesters as academic sessions."""
    rows = [
        (
            row.id,
            row.names["ky"],
            "semester",
            row.starts_on,
            end_date_for_export(row.ends_on),
            row.ends_on.year,
        )
        for row in _load_all_rows(Semester)
    ]
    return ("sourcedId", "title", "type", "startDate", "endDate", "schoolYear"), rows


def _load_course_rows() -> CsvHeaderAndRows:
    """Return disciplines as courses."""
    rows = [(row.id, row.names["ky"], row.code, row.department_id) for row in _load_all_rows(Course)]
    return ("sourcedId", "title", "courseCode", "orgSourcedId"), rows


def _load_class_rows() -> CsvHeaderAndRows:
    """Return offerings as classes."""
    groups = {row.id: row for row in _load_all_rows(StudyGroup)}
    rows = [
        (row.id, groups[row.group_id].name, groups[row.group_id].name, "scheduled", row.course_id,
         groups[row.group_id].unit_id, row.semester_id)
        for row in _load_all_rows(Offering)
    ]  # fmt: skip
    header = (
        "sourcedId", "title", "classCode", "classType", "courseSourcedId", "schoolSourcedId", "termSourcedIds",
    )  # fmt: skip
    return header, rows


def _load_user_rows() -> CsvHeaderAndRows:
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
        for row in _load_all_rows(Person)
    ]
    return ("sourcedId", "enabledUser", "givenName", "familyName", "middleName", "email", "identifier"), rows


def _load_role_rows() -> CsvHeaderAndRows:
    """Return role grants that OneRoster has, without deputies; university-wide roles at the root unit."""
    root = next((row.id for row in _load_all_rows(Unit) if row.parent_id is None), "")
    rows = [
        (
            row.id,
            row.person_id,
            "primary",
            ONEROSTER_ROLE_BY_ROLE[row.role],
            row.unit_id or root,
            row.valid_from,
            end_date_for_export(row.valid_until),
        )
        for row in _load_all_rows(RoleGrant)
        if row.role in ONEROSTER_ROLE_BY_ROLE and not row.deputy
    ]
    return ("sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId", "beginDate", "endDate"), rows


def _load_enrollment_rows() -> CsvHeaderAndRows:
    """Return teaching and memberships as enrolments in classes."""
    members: dict[Any, list[Membership]] = {}
    for member in _load_all_rows(Membership):
        members.setdefault(member.group_id, []).append(member)
    rows: list[tuple[Any, ...]] = [
        (row.id, row.offering_id, row.person_id, "teacher", row.starts_on, end_date_for_export(row.ends_on))
        for row in _load_all_rows(Teaching)
    ]
    for offering in _load_all_rows(Offering):
        rows += [
            (
                f"{offering.id}.{member.id}",
                offering.id,
                member.person_id,
                "student",
                member.starts_on,
                end_date_for_export(member.ends_on),
            )
            for member in members.get(offering.group_id, [])
        ]
    return ("sourcedId", "classSourcedId", "userSourcedId", "role", "beginDate", "endDate"), rows
