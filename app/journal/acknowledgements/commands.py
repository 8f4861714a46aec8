"""Commands of the acquaintance of students: rows of the sheet, its signature, its keeping, reminders (8.7, 8.8)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.audit.record import AuditEvent, PrivateValue, record_audit_event, record_audit_events
from app.audit.words import seal_text
from app.journal.acknowledgements.queries import (
    GroupToAcquaint,
    SheetLine,
    count_lines,
    find_group_to_acquaint,
    find_own_line,
    load_begun_semesters,
    load_calendars_of_groups,
    load_groups_of_daily_run,
    load_newest_sheet_steps,
    load_sheet_lines,
)
from app.journal.acknowledgements.rules import (
    ACKNOWLEDGE_TERM_POLICY,
    DECLINED,
    KEPT,
    MAX_NOTE_LENGTH,
    MAX_WITNESS_LENGTH,
    MIN_NOTE_LENGTH,
    OWN,
    PAPER,
    RECORDED_WAYS,
    SIGNED,
    STAGE_OVER,
    WITHDRAWN,
    may_keep,
    may_record,
    refusal_of_way,
    refusal_to_record,
    reminder_stage,
)
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.reminders.commands import (
    ReminderKey,
    lock_daily_run_position,
    save_daily_run_progress,
    store_new_reminders,
)
from app.journal.semesters.queries import SemesterRow, find_semester
from app.journal.tables import Acknowledgement, AcknowledgementSheet
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, FieldProblem, Invalid, Missing, Refused
from app.kernel.ids import new_id
from app.outbox.post import OutboxEvent, post_event, post_events
from app.people import queries as people
from app.people.queries.role_holders import load_role_holders
from app.people.rules import is_permitted
from app.regulation.rules import Deadline

RECORDED = "journal.acknowledgement.recorded"
SHEET_SIGNED, SHEET_KEPT = "journal.acknowledgement_sheet.signed", "journal.acknowledgement_sheet.kept"
SHEET_HANDED_OVER = "journal.acknowledgement_sheet.handed_over"
REMINDED = "journal.acknowledgement.reminded"
OWN_URL = "/student/acknowledgement"


def acknowledge_own(act: Act) -> None:
    """Record that the acting student has read the regulation, on the sheet of his group; a repeat has no effect.

    Raises Missing (no semester runs, no group), Denied (somebody acts in his stead).
    """
    if act.person is None:
        raise Missing
    if act.on_behalf_of is not None:
        raise Denied("journal.acknowledgement.own_only")
    found = find_own_line(act.person, act.at)
    if found is None:
        raise Missing
    group, semester, _line = found
    _lock_sheet(group.id, semester.id)
    lines = load_sheet_lines([group], semester, act.at)[group.id]
    line = next((one for one in lines if one.student == act.person), None)
    if line is None:
        raise Missing
    if line.way not in (OWN, PAPER):
        _store_rows(act, group, semester, [act.person], OWN, local_day(act.at), None)


def record_acknowledgements(
    act: Act,
    group_id: UUID,
    semester_id: UUID,
    students: Sequence[UUID],
    way: str,
    day: date,
    note: str = "",
    witnesses: Sequence[str] = (),
) -> int:
    """Record one way for several students of a sheet and return how many; all of them or none.

    Raises Missing, Denied (8.7: not the curator), Invalid (`students`, `way`, `note`, `witness_1`, `witness_2`),
    Refused (a day outside, recorded before, nothing to withdraw).
    """
    group, semester = _load_readable_sheet(act, group_id, semester_id)
    scope = people.load_group_permission_scope(group_id)
    allowed = may_record(act.assignments, scope, acting_and_represented_persons(act))
    refusal = refusal_to_record(allowed, group.curator is not None, day, semester.dates.starts_on, act.at)
    if refusal is not None:
        raise refusal
    said = _read_note(way, note, witnesses, students)
    _lock_sheet(group_id, semester_id)
    lines = {one.student: one for one in load_sheet_lines([group], semester, act.at)[group_id]}
    if any(one not in lines for one in students):
        raise Invalid.field("students", "journal.acknowledgement.not_on_sheet")
    for student in students:
        refusal = refusal_of_way(lines[student].way, way)
        if refusal is not None:
            raise refusal
    _store_rows(act, group, semester, students, way, day, said)
    return len(set(students))


def sign_sheet(act: Act, group_id: UUID, semester_id: UUID) -> None:
    """Sign the sheet of a group as it stands and hand it to its directorate; a repeat without a change has no effect.

    Raises Missing, Denied (8.7), Refused (nobody is on it).
    """
    group, semester = _load_readable_sheet(act, group_id, semester_id)
    scope = people.load_group_permission_scope(group_id)
    allowed = may_record(act.assignments, scope, acting_and_represented_persons(act))
    refusal = refusal_to_record(allowed, group.curator is not None, local_day(act.at), date.min, act.at)
    if refusal is not None:
        raise refusal
    _lock_sheet(group_id, semester_id)
    lines = load_sheet_lines([group], semester, act.at)[group_id]
    if not any(one.way for one in lines):
        raise Refused("journal.acknowledgement.sheet_empty")
    before = load_newest_sheet_steps([group_id], semester_id).get(group_id)
    if before is not None and not is_changed_since(lines, before):
        return
    _store_step(act, group, semester, lines, SIGNED)
    directorate = _load_directorate(group, act)
    if directorate:
        payload = {
            "recipients": directorate,
            "url": sheet_url(group_id, semester_id),
            "group": group.name,
            "by": str(act.person),
        }
        post_event(act, SHEET_HANDED_OVER, payload)


def keep_sheet(act: Act, group_id: UUID, semester_id: UUID) -> None:
    """Record that the directorate keeps the signed sheet of a group (8.8); a repeat has no effect.

    Raises Missing, Denied (8.8: not its directorate), Refused (not signed, or changed since).
    """
    group, semester = _load_readable_sheet(act, group_id, semester_id)
    if not may_keep(act.assignments, people.load_group_permission_scope(group_id)):
        raise Denied("journal.acknowledgement.directorate_keeps", clause="8.8")
    _lock_sheet(group_id, semester_id)
    lines = load_sheet_lines([group], semester, act.at)[group_id]
    before = load_newest_sheet_steps([group_id], semester_id).get(group_id)
    if before is None:
        raise Refused("journal.acknowledgement.sheet_unsigned")
    if is_changed_since(lines, before):
        raise Refused("journal.acknowledgement.sheet_changed")
    if before.step != KEPT:
        _store_step(act, group, semester, lines, KEPT)


def is_changed_since(lines: Sequence[SheetLine], step: AcknowledgementSheet) -> bool:
    """Return whether a sheet has another row or other numbers than when a step of it was made."""
    numbers = count_lines(lines)
    return (numbers.acknowledged, numbers.declined, numbers.missing) != (
        step.acknowledged,
        step.declined,
        step.missing,
    ) or any(one.row is not None and one.row.made_at > step.made_at for one in lines)


def sheet_url(group: UUID, semester: UUID) -> str:
    """Return the path of the sheet of a group."""
    return f"/acknowledgements/{semester}/{group}"


def _load_readable_sheet(act: Act, group_id: UUID, semester_id: UUID) -> tuple[GroupToAcquaint, SemesterRow]:
    """Return group and semester of a sheet that the act may read. Raises Missing."""
    group, semester = find_group_to_acquaint(group_id), find_semester(semester_id)
    if (
        group is None
        or semester is None
        or act.person is None
        or semester.dates.starts_on > local_day(act.at)
    ):
        raise Missing
    scope = people.load_group_permission_scope(group_id)
    persons = acting_and_represented_persons(act)
    if not is_permitted(act.assignments, "acknowledgements.read", scope, persons):
        raise Missing
    return group, semester


def _read_note(
    way: str, note: str, witnesses: Sequence[str], students: Sequence[UUID]
) -> dict[str, object] | None:
    """Return the note of a way that needs one, else None. Raises Invalid with every problem."""
    problems: dict[str, list[FieldProblem]] = {}
    if not students:
        problems["students"] = [FieldProblem("journal.acknowledgement.nobody_chosen")]
    if way not in RECORDED_WAYS:
        problems["way"] = [FieldProblem("forms.field.not_offered")]
    said: dict[str, object] | None = None
    if way in (DECLINED, WITHDRAWN):
        text = " ".join(note.split())
        if not MIN_NOTE_LENGTH <= len(text) <= MAX_NOTE_LENGTH:
            problems["note"] = [
                FieldProblem(
                    "journal.acknowledgement.note_length", {"least": MIN_NOTE_LENGTH, "most": MAX_NOTE_LENGTH}
                )
            ]
        said = {"note": text}
        if way == DECLINED:
            names = [" ".join(one.split()) for one in witnesses]
            for number, name in enumerate(names, 1):
                if not 0 < len(name) <= MAX_WITNESS_LENGTH:
                    problems[f"witness_{number}"] = [FieldProblem("journal.acknowledgement.two_witnesses")]
            if len({name.casefold() for name in names}) != 2 and not problems.keys() & {
                "witness_1",
                "witness_2",
            }:
                problems["witness_2"] = [FieldProblem("journal.acknowledgement.two_witnesses")]
            said["witnesses"] = names
    if problems:
        raise Invalid(problems)
    return said


def _store_rows(
    act: Act,
    group: GroupToAcquaint,
    semester: SemesterRow,
    students: Iterable[UUID],
    way: str,
    day: date,
    said: dict[str, object] | None,
) -> None:
    """Add one row for each student, with its audit event."""
    assert act.person is not None
    events: list[AuditEvent] = []
    for student in sorted(set(students)):
        id = new_id()
        db.session.add(
            Acknowledgement(
                id=id,
                semester_id=semester.id,
                group_id=group.id,
                student_id=student,
                way=way,
                day=day,
                note=seal_text(student, json.dumps(said, ensure_ascii=False)) if said else None,
                made_by=act.person,
                made_at=act.at,
            )
        )
        after: dict[str, object] = {
            "student": student, "group": group.id, "semester": semester.id, "way": way, "day": day.isoformat(),
        }  # fmt: skip
        if said:
            after["note"] = PrivateValue(said)
        events.append(
            AuditEvent(RECORDED, ("journal.acknowledgement", id), None, after, "8.7", subject=student)
        )
    db.session.flush()
    record_audit_events(act, events)


def _store_step(
    act: Act, group: GroupToAcquaint, semester: SemesterRow, lines: Sequence[SheetLine], step: str
) -> None:
    """Add a step of a sheet with its numbers, and its audit event."""
    assert act.person is not None
    numbers, id = count_lines(lines), new_id()
    counts = {
        "acknowledged": numbers.acknowledged,
        "declined": numbers.declined,
        "missing": numbers.missing,
    }
    db.session.add(
        AcknowledgementSheet(
            id=id,
            semester_id=semester.id,
            group_id=group.id,
            step=step,
            made_by=act.person,
            made_at=act.at,
            **counts,
        )
    )
    db.session.flush()
    after = {"group": group.id, "semester": semester.id, **counts}
    if step == SIGNED:
        record_audit_event(act, SHEET_SIGNED, ("journal.acknowledgement_sheet", id), None, after, "8.7")
    else:
        record_audit_event(act, SHEET_KEPT, ("journal.acknowledgement_sheet", id), None, after, "8.8")


def _lock_sheet(group: UUID, semester: UUID) -> None:
    """Let one act at a time write the sheet of a group."""
    place = f"acknowledgements {group} {semester}"
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(place, 0))))


def _load_directorate(group: GroupToAcquaint, act: Act) -> list[str]:
    """Return the ids of the directorate of a group, without deputies; one statement."""
    holders = load_role_holders("directorate", group.unit, local_day(act.at))
    return sorted({str(one.person) for one in holders if not one.deputy})


def remind_of_acknowledgements(act: Act, limit: int) -> bool:
    """Remind, for one batch of groups, of students who have not acknowledged the regulation; return whether more may
    follow today.

    Once in the last working days and once after the deadline: the curator, or the directorate where there is none, and
    each student himself; after the deadline also the directorate.
    """
    after = lock_daily_run_position(act, REMINDED)
    if after is None:
        return False
    today = local_day(act.at)
    semester = next((one for one in load_begun_semesters(today) if today <= one.dates.ends_on), None)
    groups = load_groups_of_daily_run(after, today, limit) if semester is not None else []
    if semester is not None and groups:
        _remind_groups(act, groups, semester)
    return save_daily_run_progress(act, REMINDED, [one.id for one in groups], limit)


def _remind_groups(act: Act, groups: Sequence[GroupToAcquaint], semester: SemesterRow) -> None:
    """Post the reminders of these groups that were not sent before."""
    lines, calendars = load_sheet_lines(groups, semester, act.at), load_calendars_of_groups(groups, act.at)
    directorates: dict[UUID, list[str]] = {}
    wanted: list[tuple[GroupToAcquaint, str, Deadline, int, UUID, str]] = []
    for group in groups:
        reached: dict[tuple[str, date], list[tuple[SheetLine, Deadline]]] = {}
        for line in lines[group.id]:
            due = line.deadline
            stage = reminder_stage(calendars[group.id], due, act.at) if due and line.way is None else None
            if due is not None and stage is not None:
                reached.setdefault((stage, local_day(due.moment)), []).append((line, due))
        for (stage, _day), those in reached.items():
            if group.unit not in directorates:
                directorates[group.unit] = _load_directorate(group, act)
            staff = [str(group.curator)] if group.curator is not None else directorates[group.unit]
            if stage == STAGE_OVER:
                staff = [*staff, *directorates[group.unit]]
            due = those[0][1]
            for person in dict.fromkeys(staff):
                wanted.append((group, stage, due, len(those), UUID(person), sheet_url(group.id, semester.id)))
            for line, own_due in those:
                wanted.append((group, stage, own_due, 1, line.student, OWN_URL))
    keys: list[ReminderKey] = [
        (person, f"{ACKNOWLEDGE_TERM_POLICY}:{group.id}", stage, None, local_day(due.moment))
        for group, stage, due, _count, person, _url in wanted
    ]
    fresh = store_new_reminders(act, keys)
    events: list[OutboxEvent] = [
        (
            REMINDED,
            {
                "kind": f"own_{stage}" if url == OWN_URL else stage,
                "group": group.name,
                "students": count,
                "due_at": due.moment.isoformat(),
                "recipients": [str(person)],
                "url": url,
            },
            None,
        )
        for key, (group, stage, due, count, person, url) in zip(keys, wanted, strict=True)
        if key in fresh
    ]
    if events:
        post_events(act, events)
