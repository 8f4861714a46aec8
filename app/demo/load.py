"""Load the demo once: people and lessons by few statements, cases by the commands of the application."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

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
from app.journal.gradebook.cell_writer import FIRST_ENTRY_CLAUSES, MARK_RECORDED
from app.journal.tables import Lesson
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.atomic_files import write_file_atomically
from app.kernel.db import db
from app.people import queries as people
from app.people.commands.access import store_rule_acceptances

_VERSIONS_OF_LOADED_CELLS = text(
    """
INSERT INTO journal.cell_version (id, cell_id, version, lesson_id, offering_id, student_id, kind, new_value,
                                  new_points, event_type, clause, person, at, late, source)
SELECT gen_random_uuid(), c.id, c.version, c.lesson_id, l.offering_id, c.student_id, c.kind, c.value,
       CASE WHEN c.kind = 'GRADE' THEN c.value::numeric END, :event_type,
       CAST(:clauses AS jsonb) ->> c.kind, c.first_entered_by, c.first_entered_at, false, 'HAND'
FROM journal.cell c JOIN journal.lesson l ON l.id = c.lesson_id
"""
)
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
        _record_loaded_marks(cells)
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


def _record_loaded_marks(cells: Sequence[Mapping[str, Any]]) -> None:
    """Record each mark as its teacher would have entered it, with its audit record and its version."""
    by_deed: defaultdict[tuple[UUID, datetime], list[Mapping[str, Any]]] = defaultdict(list)
    for cell in cells:
        by_deed[cell["first_entered_by"], cell["first_entered_at"]].append(cell)
    offerings = dict(db.session.execute(select(Lesson.id, Lesson.offering_id)).all())
    for (teacher, at), entered in by_deed.items():
        act = Act(teacher, None, at, (RoleAssignment("teacher"),), locale="ky")
        events = [_mark_audit_event(cell, offerings[cell["lesson_id"]]) for cell in entered]
        record_audit_events(act, events)
    db.session.execute(
        _VERSIONS_OF_LOADED_CELLS, {"event_type": MARK_RECORDED, "clauses": json.dumps(FIRST_ENTRY_CLAUSES)}
    )


def _mark_audit_event(cell: Mapping[str, Any], offering: UUID) -> AuditEvent:
    """Return the event of a first entry as the writer of cells makes it."""
    key = {"lesson": cell["lesson_id"], "student": cell["student_id"], "kind": cell["kind"]}
    return AuditEvent(
        MARK_RECORDED,
        ("journal.cell", cell["id"]),
        None,
        {**key, "value": PrivateValue(cell["value"]), "version": 1},
        clause=FIRST_ENTRY_CLAUSES[cell["kind"]],
        subject=cell["student_id"],
        offering=offering,
    )


def _write_accounts_file(campus: campuses.DemoCampus, data: Path) -> None:
    """Write logins, password, roles and names to the file of accounts."""
    order = list(ROLE_LABELS)
    accounts = sorted(campus.accounts, key=lambda row: (order.index(row[2]), row[0]))
    lines = [
        f"{login}\t{DEMO_PASSWORD}\t{ROLE_LABELS[role]}\t{name}" for login, _human, role, name in accounts
    ]
    data.mkdir(parents=True, exist_ok=True)
    write_file_atomically(data / ACCOUNTS_FILE, ("\n".join(lines) + "\n").encode())
