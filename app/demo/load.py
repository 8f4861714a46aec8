"""Load the demo once: people and lessons by few statements, cases by the commands of the application."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from app.audit.record import AuditEvent, PrivateValue, record_audit_event, record_audit_events
from app.demo import (
    appeals,
    calendar,
    commissions,
    corrections,
    exams,
    excuses,
    makeups,
    patterns,
    sheets,
    transfers,
)
from app.demo import campus as campuses
from app.demo.university import DEMO_PASSWORD
from app.kernel import door
from app.kernel.act import Act
from app.kernel.atomic_files import write_file_atomically
from app.people import queries as people
from app.people.commands.access import store_rule_acceptances

ACCOUNTS_FILE = "demo-accounts.txt"
ROLE_LABELS = {
    "teacher": "Teacher",
    "department_head": "Department head",
    "directorate": "Directorate",
    "academic_office": "Academic office",
    "it_admin": "IT administrator",
    "student": "Student",
    "curator": "Curator",
    "auditor": "Auditor",
    "process_admin": "Process administrator",
    "rector": "Rector or vice-rector",
}


def fill_demo_database(now: datetime, data: Path) -> int:
    """Fill an empty database; return the number of cases, 0 when there are people already."""
    with door.read():
        if people.count_all_people():
            return 0
    act = Act.by_system(now)
    with door.write(act):
        campus = campuses.build_demo_campus(now)
        university = campus.rows[campuses.Unit][0]["id"]
        cells = campus.rows[campuses.Cell]
        campus.insert_all_rows()
        store_rule_acceptances(now - timedelta(days=60))
        record_audit_event(
            act,
            "demo.university.loaded",
            ("people.unit", university),
            None,
            {"seed": 826},
        )
        record_audit_events(act, _marks_audit_events(cells))
    calendar.seed_calendar(campus)
    exams.seed_exam_days(campus)
    made = (
        sheets.seed_sheets_and_criteria(campus)
        + corrections.seed_corrections(campus)
        + excuses.seed_excuses(campus, data)
        + makeups.seed_makeups(campus)
    )
    made += (
        commissions.seed_commissions(campus)
        + appeals.seed_appeals(campus)
        + transfers.seed_student_transfer(campus)
        + patterns.seed_patterns(campus)
    )
    _write_accounts_file(campus, data)
    return made


def _marks_audit_events(cells: Sequence[Mapping[str, Any]]) -> list[AuditEvent]:
    """Return one audit event for the marks of each student, from which a replay builds their cells again."""
    by_student: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for cell in cells:
        by_student[cell["student_id"]].append({**cell, "value": PrivateValue(cell["value"])})
    return [
        AuditEvent(
            "demo.marks.loaded",
            ("people.person", student),
            None,
            {"marks": len(found)},
            subject=student,
            rows={"cells": found},
        )
        for student, found in by_student.items()
    ]


def _write_accounts_file(campus: campuses.DemoCampus, data: Path) -> None:
    """Write logins, password, roles and names to the file of accounts."""
    order = list(ROLE_LABELS)
    accounts = sorted(campus.accounts, key=lambda row: (order.index(row[2]), row[0]))
    lines = [
        f"{login}\t{DEMO_PASSWORD}\t{ROLE_LABELS[role]}\t{name}" for login, _human, role, name in accounts
    ]
    data.mkdir(parents=True, exist_ok=True)
    write_file_atomically(data / ACCOUNTS_FILE, ("\n".join(lines) + "\n").encode())
