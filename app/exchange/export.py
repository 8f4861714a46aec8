"""Export the university as OneRoster 1.2 CSV; equal data give equal bytes.

A row that came from another system has the id it came with, any other row its own.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.exchange.columns import EXPORT_HEADERS, MANIFEST_FILES, ROLES_BEYOND_ONEROSTER, own_role_word
from app.exchange.lessons_csv import iterate_lesson_rows
from app.exchange.models import SourceId
from app.exchange.row_days import end_date_for_export
from app.exchange.school_years import school_year_end, school_year_of_last_day
from app.journal.tables import Course, Offering, Semester, Teaching
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import Base, db, model_table
from app.kernel.ids import new_id
from app.people.models import Membership, Person, RoleGrant, StudyGroup, Unit

ORG_TYPE_BY_UNIT_KIND = {"university": "district", "department": "department"}
ONEROSTER_ROLE_BY_ROLE = {
    "teacher": "teacher",
    "student": "student",
    "directorate": "principal",
    "curator": "counselor",
    "it_admin": "systemAdministrator",
    **{role: own_role_word(role) for role in ROLES_BEYOND_ONEROSTER},
}
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
SOURCE_SYSTEM = (("source.systemName", "Depter"), ("source.systemCode", "depter"))
CsvRow = Mapping[str, Any]
"""Values by column; columns that are not named are empty, as in a complete file `status` has to be."""


def export_roster_zip(today: date) -> bytes:
    """Return a ZIP with a manifest and eight tables, lessons among them; one statement a table. Roles that ended before
    today are left out."""
    rows = _ExportRows(today)
    tables = {
        "orgs": rows.org_rows(),
        "academicSessions": rows.session_rows(),
        "courses": rows.course_rows(),
        "classes": rows.class_rows(),
        "users": rows.user_rows(),
        "roles": rows.role_rows(),
        "enrollments": rows.enrolment_rows(),
        "lessons": rows.lesson_rows(),
    }
    return pack_roster_tables(tables)


def pack_roster_tables(tables: Mapping[str, Iterable[CsvRow]]) -> bytes:
    """Return the ZIP of a manifest and these tables, by name; rows are sorted by id."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        manifest = [("manifest.version", "1.0"), ("oneroster.version", "1.2")]
        manifest += [(f"file.{name}", "bulk" if name in tables else "absent") for name in MANIFEST_FILES]
        _add_csv_to_archive(archive, "manifest", ("propertyName", "value"), [*manifest, *SOURCE_SYSTEM])
        for name, found in tables.items():
            header = EXPORT_HEADERS[name]
            sorted_rows = sorted(found, key=lambda row: str(row["sourcedId"]))
            _add_csv_to_archive(
                archive,
                name,
                header,
                (tuple(row.get(column, "") for column in header) for row in sorted_rows),
            )
    return out.getvalue()


def export_and_record_roster(act: Act) -> bytes:
    """Return the export for a person, inside a running act; record it with the SHA-256 of the file."""
    content = export_roster_zip(local_day(act.at))
    after = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    record_audit_event(act, "exchange.roster.exported", ("exchange.export", new_id()), None, after)
    return content


def _add_csv_to_archive(
    archive: zipfile.ZipFile, name: str, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Add one CSV file with a fixed timestamp to the archive."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    archive.writestr(zipfile.ZipInfo(f"{name}.csv", ZIP_TIMESTAMP), text.getvalue().encode())


class _ExportRows:
    """Rows of the tables of an export, with the ids under which other systems know them."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._units = _load_rows_by_id(Unit)
        self._groups = _load_rows_by_id(StudyGroup)
        self._offerings = _load_rows_by_id(Offering)
        self._persons = _load_rows_by_id(Person)
        self._semesters = _load_rows_by_id(Semester)
        self._courses = _load_rows_by_id(Course)
        self._ids: dict[UUID, str] = {
            row.id: row.external_id or str(row.id)
            for rows in (self._units, self._offerings, self._persons, self._semesters, self._courses)
            for row in rows.values()
        }
        self._own_ids: dict[tuple[UUID, UUID | None], str] = {}
        for row in db.session.execute(select(SourceId.row_id, SourceId.class_id, SourceId.sourced_id)):
            key = (row.row_id, row.class_id)
            self._own_ids[key] = min(self._own_ids.get(key, row.sourced_id), row.sourced_id)
        tops = [self._ids[row.id] for row in self._units.values() if row.parent_id is None]
        self._top_unit = min(tops, default="")

    def org_rows(self) -> Iterator[CsvRow]:
        """Yield units as orgs."""
        for row in self._units.values():
            yield {
                "sourcedId": self._ids[row.id],
                "name": row.names["ky"],
                "type": ORG_TYPE_BY_UNIT_KIND.get(row.kind, "school"),
                "identifier": row.code,
                "parentSourcedId": self._ids.get(row.parent_id, ""),
            }

    def session_rows(self) -> Iterator[CsvRow]:
        """Yield semesters as academic sessions."""
        for row in self._semesters.values():
            yield {
                "sourcedId": self._ids[row.id],
                "title": row.names["ky"],
                "type": "semester",
                "startDate": row.starts_on,
                "endDate": end_date_for_export(row.ends_on),
                "schoolYear": school_year_end(row.academic_year) or school_year_of_last_day(row.ends_on),
            }

    def course_rows(self) -> Iterator[CsvRow]:
        """Yield disciplines as courses."""
        for row in self._courses.values():
            yield {
                "sourcedId": self._ids[row.id],
                "title": row.names["ky"],
                "courseCode": row.code,
                "orgSourcedId": self._ids[row.department_id],
            }

    def class_rows(self) -> Iterator[CsvRow]:
        """Yield journals as classes: those of one group have its name as title and code."""
        for row in self._offerings.values():
            group = self._groups[row.group_id]
            yield {
                "sourcedId": self._ids[row.id],
                "title": group.name,
                "courseSourcedId": self._ids[row.course_id],
                "classCode": group.name,
                "classType": "scheduled",
                "schoolSourcedId": self._ids[group.unit_id],
                "termSourcedIds": self._ids[row.semester_id],
            }

    def user_rows(self) -> Iterator[CsvRow]:
        """Yield persons as users. The user name is the id: logins are not given away, and not all have one."""
        for row in self._persons.values():
            yield {
                "sourcedId": self._ids[row.id],
                "enabledUser": "true" if row.ended_at is None else "false",
                "username": self._ids[row.id],
                "givenName": row.given_name,
                "familyName": row.family_name,
                "middleName": row.patronymic,
                "identifier": row.identifier or "",
                "email": row.email or "",
            }

    def role_rows(self) -> Iterator[CsvRow]:
        """Yield roles that have not ended, without deputies; university-wide roles at the top unit."""
        for row in _load_rows_by_id(RoleGrant).values():
            over = row.valid_until is not None and row.valid_until < self._today
            if not row.deputy and not over:
                yield {
                    "sourcedId": self._own_ids.get((row.id, None), str(row.id)),
                    "userSourcedId": self._ids[row.person_id],
                    "roleType": "primary",
                    "role": ONEROSTER_ROLE_BY_ROLE[row.role],
                    "beginDate": row.valid_from,
                    "endDate": end_date_for_export(row.valid_until),
                    "orgSourcedId": self._ids.get(row.unit_id, self._top_unit),
                }

    def enrolment_rows(self) -> Iterator[CsvRow]:
        """Yield teachers of journals, and each student of a group in each of its journals, as enrolments."""
        for row in _longest_teaching_rows():
            yield self._enrolment_row(row, row.offering_id, "teacher", str(row.id), None)
        offerings: dict[UUID, list[UUID]] = {}
        for offering in self._offerings.values():
            offerings.setdefault(offering.group_id, []).append(offering.id)
        for row in _load_rows_by_id(Membership).values():
            for offering_id in offerings.get(row.group_id, ()):
                own = f"{offering_id}.{row.id}"
                yield self._enrolment_row(row, offering_id, "student", own, offering_id)

    def lesson_rows(self) -> Iterator[CsvRow]:
        """Yield lessons, which OneRoster does not have."""
        return iterate_lesson_rows(self._ids)

    def _enrolment_row(
        self, row: Any, offering_id: UUID, role: str, own_id: str, class_id: UUID | None
    ) -> CsvRow:
        """Return one enrolment of a teacher or a stay; `own_id` is its id if no other system gave one."""
        return {
            "sourcedId": self._own_ids.get((row.id, class_id), own_id),
            "classSourcedId": self._ids[offering_id],
            "schoolSourcedId": self._ids[self._groups[self._offerings[offering_id].group_id].unit_id],
            "userSourcedId": self._ids[row.person_id],
            "role": role,
            "beginDate": row.starts_on,
            "endDate": end_date_for_export(row.ends_on),
        }


def _load_rows_by_id(model: type[Base]) -> dict[Any, Any]:
    """Return all rows of a table by id; one statement."""
    return {row.id: row for row in db.session.execute(select(model_table(model)))}


def _longest_teaching_rows() -> Iterable[Any]:
    """Return one row for each journal, teacher and first day: an enrolment does not say the part, lecture or
    practice."""
    found: dict[tuple[Any, ...], Any] = {}
    rows = sorted(_load_rows_by_id(Teaching).values(), key=lambda row: (row.ends_on or date.max, row.id))
    for row in rows:
        found[row.offering_id, row.person_id, row.starts_on] = row
    return found.values()
