"""Two who touch one case or one cell at the same moment, each by a connection of his own: one order, no half."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.cases.commands.complete import complete_task
from app.cases.commands.follow_enrolment import apply_enrolment_to_cases
from app.cases.commands.revalidate import revalidate_student_cases
from app.cases.commands.start import start_case
from app.cases.models import Case, History
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people.commands import end_group_membership
from tests.cases.test_races import at_once
from tests.scenarios.event_delivery import corrects, ended


def disputing(world: Any, lesson: Any, act: Act) -> Any:
    asked = {"lesson": str(lesson), "kind": "ATTENDANCE", "version": 1}
    answers = {"dispute": asked, "reason": "Мен сабакта отургам, тизмеде ката кетти."}

    def dispute() -> None:
        with door.write(act):
            start_case(act, new_id(), "dispute", answers)

    return dispute


def test_of_five_disputes_of_one_mark_at_once_one_begins(app: Any, world: Any):
    act = world.student_actor().act()
    deed = disputing(world, world.missed(1), act)
    world.session.rollback()
    assert at_once(app, [deed] * 5) == {"done": 1, "cases.start.under_way": 4}
    assert world.session.scalar(select(func.count()).select_from(Case)) == 1


def test_news_heard_by_three_workers_at_once_end_a_case_once(app: Any, world: Any):
    lesson = world.missed(1)
    case = world.student_actor().disputes(lesson)
    corrects(world, lesson)
    act = Act.by_system(world.clock())
    student = world.student
    world.session.rollback()

    def hear() -> None:
        with door.write(act):
            revalidate_student_cases(act, [student])

    assert at_once(app, [hear] * 3) == {"done": 3}
    assert ended(world, case) == ("done", "corrected")
    steps = select(func.count()).where(History.case_id == case, History.kind == "overtaken")
    assert world.session.scalar(steps) == 1


def test_an_answer_and_the_news_at_once_leave_one_end(app: Any, world: Any):
    lesson = world.missed(1)
    case = world.student_actor().disputes(lesson)
    corrects(world, lesson)
    (task,) = world.open_tasks(case)
    task_id, student = task.id, world.student
    teacher, worker = world.teacher().act(), Act.by_system(world.clock())
    world.session.rollback()

    def answer() -> None:
        with door.write(teacher):
            complete_task(teacher, task_id, {"decision": "explain", "reason": "Тизмени карап чыктым"})

    def hear() -> None:
        with door.write(worker):
            revalidate_student_cases(worker, [student])

    ends = at_once(app, [answer, hear])
    assert ends in ({"done": 2}, {"done": 1, "cases.task.closed": 1})
    assert ended(world, case) == ("done", "corrected"), "explained or not, the mark is another one"


def test_an_expulsion_and_a_task_at_once_leave_nothing_open(app: Any, world: Any):
    case = world.student_actor().asks_makeup(world.missed(2))
    (task,) = world.open_tasks(case)
    task_id, student = task.id, world.student
    worker, teacher = Act.by_system(world.clock()), world.teacher().act()
    with door.write(worker):
        end_group_membership(worker, student, world.school.group, world.day(1), "77-с", "EXPEL")
    world.session.rollback()

    def set_task() -> None:
        task = {
            "decision": "assign",
            "form": "summary",
            "topic": "Туунду",
            "criteria": "Конспект жана жооп",
            "due_on": world.day(-5).isoformat(),
        }
        with door.write(teacher):
            complete_task(teacher, task_id, task)

    def hear() -> None:
        with door.write(worker):
            apply_enrolment_to_cases(worker, [student])

    ends = at_once(app, [set_task, hear])
    assert ends in ({"done": 2}, {"done": 1, "cases.task.closed": 1})
    assert ended(world, case) == ("done", "superseded") and world.open_tasks(case) == []
