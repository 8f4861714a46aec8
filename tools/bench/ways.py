"""The straight way of every shipped process: how it is asked for, and what each step answers. Measures nothing.

A new diagram joins `make bench` by one entry in `WAYS`: a function that prepares the world and returns what somebody
is about to ask, and the answers of each step from the start to the end, by element. Who takes a step is read from
its task.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.journal.tables import Semester
from app.kernel.ids import new_id
from app.regulation.models import PolicyRow
from tests.scenarios.commissions import order, rector, seats
from tests.scenarios.excuses import confirmed, excused
from tests.scenarios.world import LATE, REASON, World
from tools.bench import results
from tools.bench.way import APPROVE, WORDS, Asked, Way


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
    policy = PolicyRow(
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


def _makeup(world: World, many: int) -> Asked:
    lessons = [str(lesson) for lesson in _missed(world, many, 3)]
    fields = {"makeup_drawn": "1", "makeup_lesson": lessons}
    return Asked(world.student_actor(), "makeup", {"makeup": {"lessons": lessons}}, fields)


def _plea(world: World, many: int) -> Asked:
    """In an offering of a semester whose last date has passed; the others go on in theirs."""
    over = _offering_that_is_over(world)
    lessons = [str(world.missed(4 + number / 12, offering=over)) for number in range(many)]
    answers = {"makeup": {"lessons": lessons}} | WORDS
    return Asked(
        world.student_actor(),
        "makeup_extension",
        answers,
        {"makeup_drawn": "1", "makeup_lesson": lessons} | WORDS,
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
            makeup_until=world.day(1),
        )
    )
    world.session.commit()
    return results.another_offering(world, semester)


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

SEATING, PROTOCOL, WORK = 16, 6, 2
"""What finding a commission and seating it without conflicts reads beside the work of any start; what reading a signed
protocol with its hearing does; and reading the work whose points wait: its lessons, and who accepted it."""

WAYS: Mapping[str, Way] = {
    "late_correction": Way(
        _correction,
        {
            "endorse_department_head": APPROVE,
            "forward_directorate": APPROVE,
            "decide_academic_office": APPROVE,
            "release_it": APPROVE,
        },
    ),
    "late_entry": Way(_late_entry, {"endorse_department_head": APPROVE, "decide_directorate": APPROVE}),
    "excuse": Way(_excuse, {"register_directorate": {"decision": "complete"}, "decide_directorate": APPROVE}),
    "excuse_entry": Way(_excuse_entry, {"enter_teacher": APPROVE}),
    "excuse_revocation": Way(_revocation, {"explain_student": WORDS, "decide_directorate": APPROVE | WORDS}),
    "makeup": Way(
        _makeup,
        {
            "assign_teacher": TASK,
            "perform_student": {"note": "Конспектти тапшырдым"},
            "accept_teacher": {"decision": "approve", "points": "80", "comment": "Толук жооп берди"},
        },
    ),
    "makeup_extension": Way(
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
        results.sheet,
        {
            "sign_teacher": results.signing,
            "endorse_head": APPROVE,
            "approve_office": APPROVE,
            "close_office": {},
        },
        single=True,
        by_hand=("sign_teacher",),
        waits=True,
    ),
    "late_sheet": Way(results.late_sheet, {"endorse_department_head": APPROVE, "decide_office": APPROVE}),
    "result_dispute": Way(
        results.result_dispute,
        {"answer_teacher": {"decision": "explain"} | WORDS, "appeal_student": {"decision": "accept"}},
        single=True,
    ),
    "appeal": Way(
        results.appeal,
        {
            "admit_secretary": {"decision": "admit"},
            "schedule_chair": results.setting,
            "explain_teacher": {"note": "Критерийлер боюнча коюлду."},
            "write_protocol": results.minutes,
            "sign_chair": APPROVE,
        },
        single=True,
        by_hand=("schedule_chair", "write_protocol"),
        more=SEATING,
    ),
    "proposal": Way(
        results.proposal,
        {"schedule_chair": results.setting, "write_protocol": results.minutes, "sign_chair": APPROVE},
        by_hand=("schedule_chair", "write_protocol"),
        more=SEATING + WORK,
    ),
    "academic_correction": Way(
        results.academic_correction, {"verify_office": APPROVE, "release_it": APPROVE}, more=PROTOCOL + WORK
    ),
    "commission": Way(_commission, {"sign_rector": APPROVE, "publish_office": {}}),
}
"""By the key of the diagram, in the order of the table."""
