"""The straight way of every shipped process: how it is asked for, and what each step answers. Measures nothing.

A new diagram joins `make bench` by one entry in `WAYS`: a function that prepares the world and returns what somebody
is about to ask, and the answers of each step from the start to the end, by element. Who takes a step is read from
its task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.backups.models import RestoreDrill
from app.journal.grading.initial_schemes import read_shipped_schemes
from app.journal.grading.scheme_commands import ProposedSchemeVersion, add_scheme_version
from app.journal.tables import Offering, Semester
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.regulation.models import PolicyRow
from tests.scenarios import orders
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
    paper = {"ground": "medical", "document_number": "Мед-17", "issuer": "№ 2 үй-бүлөлүк медицина борбору"}
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


def _opening(world: World, many: int) -> Asked:
    """So many journals of one department that are not open, each with a teacher."""
    school = world.school
    for _number in range(many):
        offering = Offering(
            id=new_id(),
            course_id=school.course,
            group_id=school.group,
            semester_id=school.semester,
            planned_hours=60,
        )
        world.session.add(offering)
        world.session.commit()
        school.teaches(school.lecturer, offering=offering.id)
    asked = {"department": str(school.department), "semester": str(school.semester)}
    return Asked(world.office(), "journal_opening", {"opening": asked}, asked)


def _scheme(world: World, many: int) -> Asked:
    """A scheme that the head of department has drafted, for later semesters."""
    scheme, base = new_id(), read_shipped_schemes()[0]
    drafted = ProposedSchemeVersion(
        f"WAY{scheme.hex[-8:]}", 0, base["names"], REASON, base["definition"], date(2027, 9, 1)
    )
    world.session.rollback()
    with door.write(world.head().act()):
        add_scheme_version(world.head().act(), scheme, drafted)
    answers = {"scheme": {"id": str(scheme)}} | WORDS
    return Asked(world.head(), "scheme_approval", answers, {"scheme": str(scheme)} | WORDS)


def _access(world: World, many: int) -> Asked:
    """The head asks for the role of a teacher for somebody who has just been hired."""
    family = f"Жаңы{new_id().hex[-8:]}"
    newcomer = world.school.person(family, "Кызматкер")
    unit = str(world.school.department)
    days = {"valid_from": world.day(0).isoformat(), "valid_until": world.day(-100).isoformat()} | WORDS
    fields = {"access_person": f"{family} Кызматкер", "access_role": "teacher", "access_unit": unit} | days
    answers = {"access": {"person": str(newcomer), "role": "teacher", "unit": unit}} | days
    return Asked(world.head(), "access_request", answers, fields)


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


SCHEDULE = {
    "every_hours": "1",
    "first_hour": "0",
    "copies": "48",
    "archives_wal": "no",
    "place": "Экинчи имарат",
}


def _backup_schedule(world: World, many: int) -> Asked:
    rector(world)
    return Asked(world.it(), "backup_schedule", SCHEDULE, SCHEDULE)


def _restore_drill(world: World, many: int) -> Asked:
    """The drill of a period, which the worker begins; each further one has a period of its own."""
    if "auditor" not in world.people:
        world.people["auditor"] = world.hires("auditor", None)
    first = date(1900, 1, 1) + timedelta(days=world.session.query(RestoreDrill).count())
    drill = RestoreDrill(
        id=new_id(),
        period_start=first,
        period_end=first + timedelta(days=1),
        sha256=new_id().hex,
        made_at=world.now(),
    )
    world.session.add(drill)
    world.session.commit()
    return Asked(world.it(), "restore_drill", {"drill": str(drill.id)}, news=True)


def _contingent_order(world: World, many: int) -> Asked:
    """An order that sends so many students on leave."""
    rector(world)
    students = [_newcomer(world) for _number in range(many)]
    until = (local_day(world.clock()) + timedelta(days=200)).isoformat()
    lines = [{"student": str(student), "until": until} for student in students]
    given = orders.answers(world, "LEAVE", *lines)
    fields: dict[str, Any] = {name: value for name, value in given.items() if name != "contingent_order"}
    fields |= {"order_kind": "LEAVE", "order_rows": json.dumps(lines)}
    fields |= {"order_row": [str(place) for place in range(many)]}
    return Asked(world.directorate(), "contingent_order", given, fields, "kind=LEAVE&go=1")


def _order_review(world: World, many: int) -> Asked:
    """A backdated order about one student with so many marks after its day."""
    student = _newcomer(world)
    days = [world.day(2 + number).isoformat() for number in range(many)]
    _missed(world, many, 2, student)
    reviewed = {"student": str(student), "lost": True, "days": days, "lessons": many}
    answers = {"offering": str(world.school.offering), "order": "9-С", "students": [reviewed]}
    return Asked(world.directorate(), "order_review", answers, news=True)


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
    "backup_schedule": Way(_backup_schedule, {"approve_rector": APPROVE}, single=True),
    "restore_drill": Way(
        _restore_drill,
        {"report_it": {"result": "restored", "minutes": 90, "reason": REASON}, "review_auditor": {}},
        single=True,
    ),
    "access_request": Way(_access, {"confirm_office": APPROVE, "give_it": APPROVE}, single=True),
    "contingent_order": Way(_contingent_order, {"check_office": APPROVE, "sign_rector": APPROVE}),
    "order_review": Way(_order_review, {"review_teacher": {"marks": "kept"}}),
    "commission": Way(_commission, {"sign_rector": APPROVE, "publish_office": {}}),
    "journal_opening": Way(
        _opening,
        {"assign_head": {"decision": "complete"}, "review_head": APPROVE, "open_office": APPROVE},
    ),
    "scheme_approval": Way(
        _scheme,
        {
            "check_office": APPROVE,
            "register_council": {"decision": "approve", "minutes_no": "4", "minutes_on": "2026-10-10"},
        },
    ),
}
"""By the key of the diagram, in the order of the table."""
