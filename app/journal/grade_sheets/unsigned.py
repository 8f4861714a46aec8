"""Report of grade sheets that their teacher did not sign in time (1.5.2, 8.1)."""

from __future__ import annotations

from uuid import UUID

from app.journal.grade_sheets.list_queries import load_sheet_case_scope, load_sheet_case_subject
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.outbox.post import post_event
from app.people import queries as people

SHEET_UNSIGNED = "journal.sheet.unsigned"


def report_unsigned_sheet(act: Act, sheet: UUID) -> str:
    """Tell the head of the department that a sheet was not signed in time; return `reported`.

    The teacher still signs it: nobody signs in a teacher's place. Raise Missing.
    """
    scope = load_sheet_case_scope(sheet)
    found = people.load_role_holders("department_head", scope.department, local_day(act.at))
    payload = {
        "subject": load_sheet_case_subject(sheet),
        "clause": "1.5.2",
        "recipients": [str(one.person) for one in found if one.distance == 0 and not one.deputy],
        "url": f"/sheets/{sheet}",
    }
    post_event(act, SHEET_UNSIGNED, payload)
    return "reported"
