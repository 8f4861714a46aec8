"""Commands by which the academic office sets exam days of a semester; draft sheets of
finals follow at once (4.3.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.audit.record import AuditEvent, record_audit_events
from app.journal.exams.personal_dates import load_exam_participants
from app.journal.exams.queries import ExamForRules, load_exams_for_rules
from app.journal.exams.rules import SubmittedExamDay, exam_day_list_error, refusal_to_set_exam_days
from app.journal.grade_sheets.reschedule import reschedule_draft_sheets
from app.journal.semesters.queries import find_semester as semester_row
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.outbox.post import post_events
from app.regulation.commands import lock_and_detect_repeated_change, store_and_post_calendar_change
from app.regulation.queries import load_regulation_snapshot

EXAM_DAY_SET = "journal.exam.set"
EXAMS_CHANGE_KIND = "exams_set"
EXAM_DAYS_SET = "journal.exams.set"


@dataclass(frozen=True, slots=True)
class CheckedExamDays:
    """Checked exam days with the exams they are for.

    `submitted_days` are all submitted days, `changed_days` those that differ from the stored ones.
    """

    semester: UUID
    names: Mapping[str, str]
    submitted_days: Mapping[UUID, date | None]
    known: Mapping[UUID, ExamForRules]

    @property
    def changed_days(self) -> dict[UUID, date | None]:
        """Return the exam days that would change, by journal id."""
        return {id: day for id, day in self.submitted_days.items() if day != self.known[id].facts.exam_on}

    def before(self) -> dict[str, Any]:
        """Return the stored days, as the list of changes keeps them."""
        old_days = {id: self.known[id].facts.exam_on for id in self.submitted_days}
        return {"semester": str(self.semester), "exams": _exam_days_as_json(old_days)}

    def after(self) -> dict[str, Any]:
        """Return the new days with the names that a line in the list of changes needs."""
        about = {str(id): {"course": dict(one.names), "group": one.group} for id, one in self.known.items()}
        return {
            "semester": str(self.semester),
            "exams": _exam_days_as_json(self.submitted_days),
            "names": dict(self.names),
            "about": about,
        }


def check_exam_days(
    act: Act, semester: UUID, wanted: Sequence[SubmittedExamDay], *, lock: bool = False
) -> CheckedExamDays:
    """Check these exam days by the rules and return the changes; nothing is written. With
    `lock` the journals are locked.

    Raise Missing, Denied, Invalid (`exam-<journal>`, `reason`), Stale (a day was changed meanwhile).
    """
    semester_data = semester_row(semester)
    if semester_data is None:
        raise Missing
    by_offering = {one.offering: one for one in wanted}
    too_many = exam_day_list_error(wanted)
    if too_many is not None:
        raise too_many
    known = load_exams_for_rules(semester, by_offering, load_regulation_snapshot(db.session), lock=lock)
    if len(known) < len(by_offering):
        raise Missing
    states = {id: one.facts for id, one in known.items()}
    refusal = refusal_to_set_exam_days(wanted, states, act.assignments, local_day(act.at), act.reason)
    if refusal is not None:
        raise refusal
    return CheckedExamDays(semester, semester_data.names, {one.offering: one.day for one in wanted}, known)


def set_exam_days(act: Act, change_id: UUID, semester: UUID, wanted: Sequence[SubmittedExamDay]) -> int:
    """Set or clear these exam days, all or none; return how many changed. Idempotent.

    The unsigned final sheet of a journal is entered on its new day from now on. Raises as the check.
    """
    request = {
        "semester": str(semester),
        "exams": _exam_days_as_json({one.offering: one.day for one in wanted}),
    }
    if lock_and_detect_repeated_change(act, change_id, EXAMS_CHANGE_KIND, request):
        return 0
    found = check_exam_days(act, semester, wanted, lock=True)
    days, before, deeds = found.changed_days, found.before(), []
    if not days:
        return 0
    for id, day in days.items():
        old_day, found.known[id].offering.exam_on = found.known[id].facts.exam_on, day
        object_ = ("journal.offering", id)
        deeds.append(
            AuditEvent(EXAM_DAY_SET, object_, {"day": old_day}, {"day": day, "change": change_id}, "4.3.3")
        )
    db.session.flush()
    record_audit_events(act, deeds)
    sheets = reschedule_draft_sheets(act, change_id, semester, list(days))
    after = found.after() | {"sheets": sheets}
    store_and_post_calendar_change(
        act, change_id, EXAMS_CHANGE_KIND, None, act.at, before, after, semester=semester
    )
    post_events(
        act,
        [
            (EXAM_DAYS_SET, payload, None)
            for payload in _changed_exam_message_payloads(act, found, before["exams"])
        ],
    )
    return len(days)


def _changed_exam_message_payloads(
    act: Act, found: CheckedExamDays, before: Mapping[str, str | None]
) -> Iterator[dict[str, Any]]:
    """Yield one message for each group and each teacher, with all of their exams whose day changed."""
    participants = load_exam_participants(list(found.changed_days), local_day(act.at))
    recipients: list[tuple[Sequence[UUID], Sequence[UUID], str]] = [
        ([person], of, "/journal") for person, of in participants.offerings_by_teacher.items()
    ]
    recipients += [
        (participants.students_by_group[group], of, "/student/marks")
        for group, of in participants.offerings_by_group.items()
    ]
    for persons, offerings, url in recipients:
        exams = [
            {
                "course": dict(found.known[id].names),
                "group": found.known[id].group,
                "before": before[str(id)],
                "day": day.isoformat() if (day := found.submitted_days[id]) else None,
            }
            for id in offerings
        ]
        yield {
            "subject": {"kind": "exams", "exams": exams},
            "clause": "4.3.3",
            "recipients": [str(person) for person in persons],
            "by": str(act.person) if act.person else None,
            "url": url,
        }


def _exam_days_as_json(days: Mapping[UUID, date | None]) -> dict[str, str | None]:
    """Return the days as ISO strings by journal id, in order."""
    return {
        str(id): day.isoformat() if day else None for id, day in sorted(days.items(), key=lambda one: one[0])
    }
