"""Load the demo once: people and lessons by few statements, cases by the commands of the application."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from app.audit.record import record_audit_event
from app.demo import appeals, calendar, commissions, corrections, exams, excuses, makeups, sheets, transfers
from app.demo import campus as campuses
from app.demo.university import DEMO_PASSWORD
from app.kernel import door
from app.kernel.act import Act
from app.kernel.atomic_files import write_file_atomically
from app.people import queries as people

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
        campus.insert_all_rows()
        record_audit_event(
            act, "demo.university.loaded", ("people.unit", university), None, {"seed": 826}, None
        )
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
    )
    _write_accounts_file(campus, data)
    return made


def _write_accounts_file(campus: campuses.DemoCampus, data: Path) -> None:
    """Write logins, password, roles and names to the file of accounts."""
    order = list(ROLE_LABELS)
    accounts = sorted(campus.accounts, key=lambda row: (order.index(row[2]), row[0]))
    lines = [
        f"{login}\t{DEMO_PASSWORD}\t{ROLE_LABELS[role]}\t{name}" for login, _human, role, name in accounts
    ]
    data.mkdir(parents=True, exist_ok=True)
    write_file_atomically(data / ACCOUNTS_FILE, ("\n".join(lines) + "\n").encode())
