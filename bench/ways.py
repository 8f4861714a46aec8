"""The straight way of every shipped process: how it is asked for, and what each step answers. Measures nothing.

A new diagram joins `make bench` by one entry in `WAYS`: a function that prepares the world and returns what somebody
is about to ask, and the answers of each step from the start to the end, by element. Who takes a step is read from
its task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.commands import SheetEdit, draw_due_sheets, enter_points
from app.journal.models import GradeSheet, Offering, Semester
from app.journal.queries import lines_json, read_sheet
from app.kernel import door
from app.kernel.act import Act
from app.kernel.canonical import digest
from app.kernel.ids import new_id
from app.regulation.models import Policy
from tests.commissioning import order, rector, seats
from tests.excusing import confirmed, excused
from tests.world import LATE, REASON, Actor, World

APPROVE: Mapping[str, Any] = {"decision": "approve"}
WORDS = {"reason": "Тизмени жана документти карап чыктым."}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about to be made: by whom, of which start, with what answers of its form.

    `fields` are the same answers as the page of the start posts them, `query` what its address says; without fields
    the start is not measured over HTTP. With `news` the case is begun by a message, not by a person.
    """

    actor: Actor
    start: str
    answers: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    news: bool = False


Answers = Mapping[str, Any] | Callable[[World, Asked], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Way:
    """`ask(world, many)` prepares a request about `many` lessons; `steps` answers each element in its turn.

    Answers that depend on the case are a function of world and request. `single` says that a case of this process is
    always about one thing; `by_hand` names steps whose page takes more than a form, done by their command.
    """

    ask: Callable[[World, int], Asked]
    steps: Mapping[str, Answers]
    single: bool = False
    by_hand: tuple[str, ...] = ()


def _missed(world: World, many: int, days_ago: int, student: UUID | None = None) -> list[UUID]:
    """So many lessons of one day that the student missed."""
    return [world.missed(days_ago + number / 12, student) for number in range(many)]


def _newcomer(world: World) -> UUID:
    """A student of whom nothing is known yet."""
    return world.school.student(len(world.school.students))


def _correction(world: World, many: int) -> Asked:
    lessons = _missed(world, many, 20)
    edits = [world.edit(lesson=str(lesson), version=1) for lesson in lessons]
    cells = [f"{lesson}:{world.student}:ATTENDANCE" for lesson in lessons]
    fields: dict[str, Any] = {"cell": [f"{cell}:1" for cell in cells], "error_kind": "typo", "reason": REASON}
    fields |= {f"new:{cell}:1": "PRESENT" for cell in cells}
    answers = {"change_set": edits, "error_kind": "typo", "reason": REASON}
    return Asked(world.teacher(), "late_correction", answers, fields, f"cells={','.join(cells)}")


def _late_entry(world: World, many: int) -> Asked:
    lessons = [world.school.lesson(world.now() - timedelta(days=19 + number)) for number in range(many)]
    entries = [world.entry(lesson=str(lesson)) for lesson in lessons]
    fields = {"entry": [f"{lesson}:roll:ATTENDANCE" for lesson in lessons], "reason": LATE}
    return Asked(world.teacher(), "late_entry", {"entries": entries, "reason": LATE}, fields)


def _excuse(world: World, many: int) -> Asked:
    student = _newcomer(world)
    _missed(world, many, 2, student)
    actor = world.student_actor(student)
    paper = {"ground": "medical", "document_number": "Мед-17", "issuer": "№2 үй-бүлөлүк дарыгерлер борбору"}
    day = world.day(2).isoformat()
    fields = paper | {"document_date": day, "period_from": day, "period_to": day}
    return Asked(actor, "excuse", actor.document(world.day(2)), fields | {"files": "scan"})


def _excuse_entry(world: World, many: int) -> Asked:
    """Confirmed while the policy leaves the writing to the teacher."""
    asked = _excuse(world, many)
    policy = Policy(
        id=new_id(),
        key="excuse.writer",
        unit_id=None,
        value="TEACHER_AFTER_CONFIRMATION",
        measure="code",
        clause="4.2.2",
        source="default",
        effective_from=date(2026, 9, 1),
    )
    world.session.add(policy)
    world.session.commit()
    confirmed(world, asked.actor.hands_in(world.day(2)))
    (stands,) = [one for one in excused(world) if one.student_id == asked.actor.person]
    world.session.delete(policy)
    world.session.commit()
    answers = {"excuse": str(stands.excuse_id), "offering": str(world.school.offering)}
    return Asked(world.directorate(), "excuse_entry", answers, news=True)


def _revocation(world: World, many: int) -> Asked:
    asked = _excuse(world, many)
    confirmed(world, asked.actor.hands_in(world.day(2)))
    (stands,) = [one for one in excused(world) if one.student_id == asked.actor.person]
    answers = {"excused": {"id": str(stands.id)}} | WORDS
    fields = {"excused": str(stands.id)} | WORDS
    return Asked(world.directorate(), "excuse_revocation", answers, fields, f"excused={stands.id}")


def _workoff(world: World, many: int) -> Asked:
    lessons = [str(lesson) for lesson in _missed(world, many, 3)]
    fields = {"workoff_drawn": "1", "workoff_lesson": lessons}
    return Asked(world.student_actor(), "workoff", {"workoff": {"lessons": lessons}}, fields)


def _plea(world: World, many: int) -> Asked:
    """In an offering of a semester whose last date has passed; the others go on in theirs."""
    over = _offering_that_is_over(world)
    lessons = [str(world.missed(4 + number / 12, offering=over)) for number in range(many)]
    answers = {"workoff": {"lessons": lessons}} | WORDS
    return Asked(
        world.student_actor(),
        "late_workoff",
        answers,
        {"workoff_drawn": "1", "workoff_lesson": lessons} | WORDS,
    )


def _offering_that_is_over(world: World) -> UUID:
    school, semester = world.school, new_id()
    running = world.session.get(Semester, school.semester)
    world.session.add(
        Semester(
            id=semester,
            names=running.names,
            academic_year=running.academic_year,
            starts_on=running.starts_on,
            ends_on=running.ends_on,
            workoff_until=world.day(1),
        )
    )
    world.session.commit()
    return _another_offering(world, semester)


def _another_offering(world: World, semester: UUID) -> UUID:
    school, offering = world.school, new_id()
    world.session.add(
        Offering(
            id=offering,
            course_id=school.course,
            group_id=school.group,
            semester_id=semester,
            planned_hours=60,
        )
    )
    world.session.commit()
    school.teaches(school.lecturer, offering=offering)
    return offering


def _sheet(world: World, many: int) -> Asked:
    """The sheet of the first module of one more journal, drawn as the clock draws it and filled by its teacher."""
    offering = _another_offering(world, world.school.semester)
    act = Act.system(world.now())
    with door.write(act):
        draw_due_sheets(act)
    sheet = world.session.scalars(select(GradeSheet.id).where(GradeSheet.offering_id == offering)).one()
    edits = [SheetEdit(student, "GRADED", Decimal(8), 0) for student in world.school.students]
    world.session.rollback()
    with door.write(world.teacher().act()):
        enter_points(world.teacher().act(), sheet, edits)
    return Asked(world.teacher(), "grade_sheet", {"sheet": str(sheet)}, news=True)


def _late_sheet(world: World, many: int) -> Asked:
    """Lines of a sheet whose week is over."""
    today = world.now().date()
    sheet = GradeSheet(
        id=new_id(),
        offering_id=_another_offering(world, world.school.semester),
        kind="MODULE1",
        covers_until=today - timedelta(days=5),
        enter_from=today - timedelta(days=10),
        enter_until=today - timedelta(days=5),
    )
    world.session.add(sheet)
    world.session.commit()
    students = [str(student) for student in world.school.students[:many]]
    answers = {"lines": {"sheet": str(sheet.id), "students": students}, "reason": LATE}
    fields = {"sheet": str(sheet.id), "line": students, "reason": LATE}
    return Asked(world.teacher(), "late_sheet", answers, fields, f"sheet={sheet.id}")


def _signing(world: World, asked: Asked) -> Mapping[str, Any]:
    """What the teacher saw is what he signs."""
    sheet = world.session.get(GradeSheet, UUID(asked.answers["sheet"]))
    return {"signing": {"seen": digest(lines_json(read_sheet(sheet, world.now())))}}


def _dispute(world: World, many: int) -> Asked:
    lesson = str(world.missed(1))
    answers = {"dispute": {"lesson": lesson, "kind": "ATTENDANCE", "version": 1}} | WORDS
    fields = {"dispute": f"{lesson}:ATTENDANCE:1"} | WORDS
    query = f"lesson={lesson}&kind=attendance"
    return Asked(world.student_actor(), "dispute", answers, fields, query)


def _commission(world: World, many: int) -> Asked:
    """An order with so many members beside chair, secretary and one more."""
    rector(world)
    parts = ("CHAIR", "SECRETARY", "MEMBER", *["MEMBER"] * many)
    number = f"{new_id().hex[-8:]}-К"
    answers = order(world, seats=seats(world, *parts), order_no=number, quorum=many // 2 + 2)
    counted: dict[str, int] = {}
    fields = {name: value for name, value in answers.items() if name != "commission"}
    for seated, part in enumerate(parts):
        place = counted.setdefault(part, 0)
        fields[f"seat:{part}:{place}"] = f"Кесиптеш{seated} Башчы"
        counted[part] += 1
    return Asked(world.office(), "commission", answers, fields | {"commission_scope": "university"})


TASK = {
    "decision": "assign",
    "form": "summary",
    "topic": "Туунду жана анын колдонулушу",
    "criteria": "Конспект жана оозеки жооп",
    "due_on": "2026-10-19",
}

WAYS: Mapping[str, Way] = {
    "late_correction": Way(
        _correction,
        {
            "visa_department_head": APPROVE,
            "forward_directorate": APPROVE,
            "decide_academic_office": APPROVE,
            "release_it": APPROVE,
        },
    ),
    "late_entry": Way(_late_entry, {"visa_department_head": APPROVE, "decide_directorate": APPROVE}),
    "excuse": Way(_excuse, {"register_directorate": {"decision": "complete"}, "decide_directorate": APPROVE}),
    "excuse_entry": Way(_excuse_entry, {"enter_teacher": APPROVE}),
    "excuse_revocation": Way(_revocation, {"explain_student": WORDS, "decide_directorate": APPROVE | WORDS}),
    "workoff": Way(
        _workoff,
        {
            "assign_teacher": TASK,
            "perform_student": {"note": "Конспектти тапшырдым"},
            "accept_teacher": {"decision": "approve", "points": "80", "comment": "Толук жооп берди"},
        },
    ),
    "late_workoff": Way(
        _plea,
        {
            "opinion_teacher": {"opinion": "support"} | WORDS,
            "decide_head": APPROVE | WORDS,
            "decide_directorate": APPROVE | WORDS,
        },
    ),
    "dispute": Way(
        _dispute,
        {"answer_teacher": {"decision": "explain"} | WORDS, "confirm_student": {"decision": "accept"}},
        single=True,
    ),
    "grade_sheet": Way(
        _sheet,
        {"sign_teacher": _signing, "visa_head": APPROVE, "approve_office": APPROVE, "close_office": {}},
        single=True,
        by_hand=("sign_teacher",),
    ),
    "late_sheet": Way(_late_sheet, {"visa_department_head": APPROVE, "decide_office": APPROVE}),
    "commission": Way(_commission, {"sign_rector": APPROVE, "publish_office": {}}),
}
"""By the key of the diagram, in the order of the table."""
