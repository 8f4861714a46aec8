"""What a case is about: makers of immutable subjects from the answers of a form. They ask, they decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.journal.commissions.commands import draft_commission
from app.journal.commissions.queries import describe_commission, unit_of_commission
from app.journal.commissions.rules import Draft, Seat
from app.journal.corrections.commands import make_change_set
from app.journal.corrections.queries import describe_change_set, scope_of_change_set
from app.journal.disputes.commands import Disputing, dispute_mark
from app.journal.disputes.queries import describe_dispute, scope_of_dispute
from app.journal.excuses.case_subjects import (
    describe_entering,
    describe_excuse,
    may_question,
    scope_of_journal,
)
from app.journal.excuses.commands import Paper, hand_in, narrow
from app.journal.excuses.queries import excuse_row, institute_of
from app.journal.gradebook.access import teaches_at
from app.journal.late_entry.commands import ask_for_entry
from app.journal.late_entry.queries import describe_entries, scope_of_entries
from app.journal.makeups.commands import (
    Result,
    Task,
    assign_workoff,
    note_result,
    plead_workoff,
    request_workoff,
)
from app.journal.makeups.queries import (
    describe_plea,
    describe_workoff,
    fingerprint_of_workoff,
    scope_of_plea,
    scope_of_workoff,
)
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about: the immutable thing, its hash, its wording in structure, its scope, its persons.

    `facts` are further start facts that a diagram may read: persons a step is for, choices of a policy. `moved` are
    those of them that follow the present subject when a step makes another one; None takes one away.
    """

    id: UUID
    sha256: str
    described: Mapping[str, Any]
    units: Mapping[str, UUID]
    about: tuple[UUID, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str | None] = field(default_factory=dict)


Maker = Callable[[Act, UUID, Mapping[str, Any], UUID | None], Subject]
"""Makes a subject with this id from a form's answers; the last is the id of the present subject, if there is one."""


def change_set_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A change set from the cells a person named; refuses by 4.4.1 and 4.4.2 (`journal.rules`)."""
    made = make_change_set(
        act,
        subject_id,
        answers["change_set"],
        error_kind=answers["error_kind"],
        reason=answers["reason"],
    )
    scope = scope_of_change_set(made.id)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_change_set(made.id),
        units={
            "discipline_department": scope.discipline_department,
            "student_institute": scope.student_institute,
        },
        about=tuple(scope.students),
    )


def entries_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The cells a teacher wants to enter after the term; refuses by 4.2.1, 4.3.1 and 7.6 (`journal.rules`)."""
    made = ask_for_entry(act, subject_id, answers["entries"], reason=answers["reason"])
    scope = scope_of_entries(made.id)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_entries(made.id),
        units={
            "discipline_department": scope.discipline_department,
            "student_institute": scope.student_institute,
        },
        about=(),
    )


def excuse_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A document for a period of absences, of whoever asks or of the students an order names (4.2.3)."""
    period = answers["period"]
    if before is not None:
        students = tuple(excuse_row(before).students)
    elif period.get("students"):
        students = tuple(UUID(student) for student in period["students"])
    else:
        students = tuple(person for person in (act.on_behalf_of or act.person,) if person)
    files = tuple(answers.get("files") or ()) or _files_of(before)
    returned = answers.get("returned_on")
    paper = Paper(
        students=students,
        starts_on=date.fromisoformat(period["from"]),
        ends_on=date.fromisoformat(period["to"]),
        ground=answers["ground"],
        number=answers["document_number"],
        issuer=answers["issuer"],
        document_date=date.fromisoformat(answers["document_date"]),
        returned_on=date.fromisoformat(returned) if returned else None,
        note=answers.get("note") or "",
        files=files,
    )
    return _excuse(hand_in(act, subject_id, paper))


def _files_of(before: UUID | None) -> tuple[UUID, ...]:
    """A request that is sent again keeps its document when no other one is attached."""
    return tuple(excuse_row(before).files) if before else ()


def narrowed_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The excuse without the absences a decision leaves out (4.2.4): what is confirmed in part."""
    if before is None:
        raise Refused("operations.input.missing", clause="4.2.4", name="absences")
    left_out = answers["absences"]["left_out"]
    if not left_out:
        return _excuse(excuse_row(before))
    return _excuse(narrow(act, subject_id, before, left_out))


def _excuse(made: Any) -> Subject:
    row = excuse_row(made.id)
    students = tuple(row.students)
    facts = {"student": str(students[0])} if len(students) == 1 else {}
    institute = institute_of(students, local_day(row.made_at))
    return Subject(
        id=row.id,
        sha256=row.sha256,
        described=describe_excuse(row.id),
        units={"student_institute": institute},
        about=students,
        facts=facts,
    )


def entering_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A confirmed excuse whose status the teacher of one journal is to write (4.2.2)."""
    row = excuse_row(UUID(answers["excuse"]))
    scope = scope_of_journal(UUID(answers["offering"]))
    return Subject(
        id=row.id,
        sha256=row.sha256,
        described=describe_entering(row.id, scope.offering),
        units={
            "discipline_department": scope.department,
            "student_institute": scope.institute,
        },
        about=tuple(row.students),
        facts={"offering": str(scope.offering), "teacher": str(scope.main_teacher)},
    )


def revocation_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """What was confirmed for one student and is in doubt (P26)."""
    asked = may_question(act, UUID(answers["excused"]["id"]))
    return Subject(
        id=asked.id,
        sha256=asked.sha256,
        described=asked.described,
        units={"student_institute": asked.institute},
        about=(asked.student,),
        facts={"student": str(asked.student)},
    )


def workoff_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """Missed lessons of one discipline that a student wants to make up (5.2.1)."""
    asked = answers["workoff"]
    student = _student(act, asked)
    lessons = [UUID(lesson) for lesson in asked["lessons"]]
    return _workoff(act, request_workoff(act, subject_id, student, lessons).id)


def plea_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """Missed lessons that somebody wants to make up after the semester's last date (5.3.2)."""
    student = _student(act, answers["workoff"])
    lessons = [UUID(lesson) for lesson in answers["workoff"]["lessons"]]
    made = plead_workoff(act, subject_id, student, lessons, answers["reason"])
    scope = scope_of_plea(made.id, act.at)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_plea(made.id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student,),
        facts={"student": str(scope.student), "teacher": str(scope.teacher)},
    )


def commission_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A commission as it is to be ordered (6.3, 7.4, 7.6)."""
    asked = answers["commission"]
    draft = Draft(
        kind=answers["kind"],
        order_no=answers["order_no"],
        order_date=date.fromisoformat(answers["order_date"]),
        valid_from=date.fromisoformat(answers["valid_from"]),
        valid_until=date.fromisoformat(answers["valid_until"]),
        quorum=int(Decimal(answers["quorum"])),
        seats=tuple(Seat(UUID(seat["person"]), seat["part"]) for seat in asked["seats"]),
        unit=UUID(asked["unit"]) if asked.get("unit") else None,
        course=UUID(asked["course"]) if asked.get("course") else None,
    )
    made = draft_commission(act, subject_id, draft)
    unit = unit_of_commission(made.id)
    scoped = "unit" if unit else "university"
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_commission(made.id),
        units={"unit": unit} if unit else {},
        about=(),
        facts={"scoped": scoped},
        moved={"scoped": scoped, "unit": str(unit) if unit else None},
    )


def _student(act: Act, asked: Mapping[str, Any]) -> UUID:
    """Whose lessons are meant: the named student, or whoever asks for himself."""
    student = UUID(asked["student"]) if asked.get("student") else act.on_behalf_of or act.person
    if student is None:
        raise Refused("operations.input.missing", clause="5.2.1", name="student")
    return student


def teaches_the_missed(act: Act, answers: Mapping[str, Any]) -> bool:
    """Whether the missed lessons of these answers are of a journal that the act's person teaches."""
    return teaches_at(act, [UUID(lesson) for lesson in answers["workoff"]["lessons"]])


def dispute_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """A mark a student holds to be wrong (6.2)."""
    asked = answers["dispute"]
    said = Disputing(
        lesson=UUID(asked["lesson"]),
        student=_student(act, asked),
        kind=asked["kind"],
        version=asked["version"],
        late=answers.get("late") or "",
    )
    made = dispute_mark(act, subject_id, said)
    scope = scope_of_dispute(made.id, act.at)
    return Subject(
        id=made.id,
        sha256=made.sha256,
        described=describe_dispute(made.id, act.at),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student,),
        facts={
            "student": str(scope.student),
            "teacher": str(scope.teacher),
            "matter": "attendance" if said.kind == "ATTENDANCE" else "grade",
        },
    )


def workoff_task_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """The task a teacher sets for them: form, topic, criteria, date (5.1.2, 5.4.1)."""
    if before is None:
        raise Refused("operations.input.missing", clause="5.4.1", name="workoff")
    task = Task(
        form=answers["form"],
        topic=answers["topic"],
        criteria=answers["criteria"],
        due_on=date.fromisoformat(answers["due_on"]),
    )
    return _workoff(act, assign_workoff(act, subject_id, before, task).id)


def workoff_result_subject(
    act: Act, subject_id: UUID, answers: Mapping[str, Any], before: UUID | None = None
) -> Subject:
    """What the teacher found: accepted, once more, or failed; points and comment (5.4.1)."""
    if before is None:
        raise Refused("operations.input.missing", clause="5.4.1", name="workoff")
    points = answers.get("points")
    result = Result(
        decision=answers["decision"],
        points=int(Decimal(points)) if points is not None else None,
        comment=answers.get("comment") or "",
    )
    return _workoff(act, note_result(act, subject_id, before, result).id)


def _workoff(act: Act, id: UUID) -> Subject:
    scope = scope_of_workoff(id, act.at)
    return Subject(
        id=id,
        sha256=fingerprint_of_workoff(id) or "",
        described=describe_workoff(id),
        units={"discipline_department": scope.department, "student_institute": scope.institute},
        about=(scope.student,),
        facts={
            "student": str(scope.student),
            "teacher": str(scope.teacher),
            "absent_at": scope.absent_at.isoformat(),
            "semester_last": scope.semester_last.isoformat(),
        },
    )
