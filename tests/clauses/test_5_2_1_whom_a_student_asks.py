"""Whom a student asks, and which absences have to be made up in which form (5.1, 5.2)."""

from __future__ import annotations

import pytest

from app.audit.words import unseal_text
from app.journal.makeups.debt_queries import load_debts_in_offerings
from app.journal.makeups.queries import load_settled_makeups
from app.journal.student_views.absences import load_missed_lessons
from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, Invalid, Missing, Refused
from tests.scenarios.excuses import confirmed
from tests.scenarios.world import Actor

pytestmark = pytest.mark.clause("5.2.1")


def test_the_request_goes_to_the_teacher_who_called_the_roll(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    (task,) = world.open_tasks(case)
    assert (task.element, task.assignee, task.policy) == (
        "assign_teacher",
        world.school.lecturer,
        "workoff.answer_term",
    )


def test_a_silent_teacher_gives_way_to_the_department_after_two_working_days(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    (task,) = world.open_tasks(case)
    world.clock.set(task.due_at)
    assert world.days_pass(0).advanced == 0
    assert world.days_pass(1 / 86400).advanced == 1
    assert world.open_elements(case) == ["assign_department"]
    world.head().sets_task(case)
    assert world.open_elements(case) == ["perform_student"]


def test_the_teacher_offers_it_and_the_student_is_the_one_who_asks(world):
    case = world.teacher().asks_makeup(world.missed(5), student=world.student)
    assert world.case(case).requester == world.student
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    assert world.teacher().accepts(case).outcome == "done"


def test_the_curator_asks_for_his_student_and_both_are_recorded(world):
    case = world.curator().asks_makeup(world.missed(5), student=world.student)
    row = world.case(case)
    assert (row.requester, row.on_behalf_of) == (world.people["curator"], world.student)


def test_nobody_else_asks(world):
    lesson = world.missed(5)
    fellow = world.student_actor(world.school.students[1])
    with pytest.raises(Missing):
        fellow.asks_makeup(lesson)
    stranger = Actor(
        world, world.school.person("Башка", "Окутуучу"), (RoleAssignment("teacher", world.school.department),)
    )
    with pytest.raises(Missing):
        stranger.asks_makeup(lesson, student=world.student)
    with pytest.raises(Denied):
        world.head().asks_makeup(lesson)


@pytest.mark.clause("5.2.3")
def test_an_unexcused_absence_is_made_up_whatever_the_lesson(world):
    for kind in ("LECTURE", "PRACTICE", "LAB"):
        world.student_actor().asks_makeup(world.missed(5, type=kind))


@pytest.mark.clause("5.2.2")
@pytest.mark.parametrize("kind, owed", [("LECTURE", False), ("PRACTICE", True), ("LAB", True)])
def test_an_excused_absence_is_made_up_where_the_policy_says_so(world, kind, owed):
    lesson = world.missed(5, type=kind)
    confirmed(world, world.student_actor().hands_in(world.day(5)))
    if owed:
        world.student_actor().asks_makeup(lesson)
    else:
        with pytest.raises(Refused) as refused:
            world.student_actor().asks_makeup(lesson)
        assert refused.value.code == "journal.makeup.no_debt"


@pytest.mark.clause("5.2.3")
def test_a_presence_has_nothing_to_make_up(world):
    lesson = world.attended(3)
    with pytest.raises((Refused, Missing)):
        world.student_actor().asks_makeup(lesson)


@pytest.mark.clause("5.1.2")
@pytest.mark.parametrize(
    "kind, fits, not_so",
    [
        ("LECTURE", "summary", "repeat_lab"),
        ("PRACTICE", "practical_task", "summary"),
        ("LAB", "repeat_lab", "test"),
    ],
)
def test_the_form_fits_the_type_of_lesson(world, kind, fits, not_so):
    case = world.student_actor().asks_makeup(world.missed(5, type=kind))
    with pytest.raises(Invalid) as refused:
        world.teacher().sets_task(case, form=not_so)
    assert refused.value.fields["form"][0].code == "journal.makeup.form_does_not_fit"
    world.teacher().sets_task(case, form=fits)


@pytest.mark.clause("1.4.3")
@pytest.mark.clause("5.1.2")
def test_another_form_is_named_and_the_name_is_kept_to_the_end(world):
    case = world.student_actor().asks_makeup(world.missed(5, type="LAB"))
    for name, code in (
        (" ", "forms.field.required"),
        ("К", "forms.field.too_short"),
        ("К" * 101, "forms.field.too_long"),
        ("Кол\x00", "forms.field.wrong_type"),
    ):
        with pytest.raises(Invalid) as refused:
            world.teacher().sets_task(case, form="other", form_name=name)
        assert [one.code for one in refused.value.fields["form_name"]] == [code]
    with pytest.raises(Invalid) as unknown:
        world.teacher().sets_task(case, form="referat")
    assert unknown.value.fields["form"][0].code == "forms.field.not_offered"
    world.teacher().sets_task(case, form="other", form_name="Коллоквиум")
    world.student_actor().performs(case)
    world.teacher().accepts(case)
    (settled,) = load_settled_makeups([world.school.offering])
    assert settled.form == "other" and unseal_text(settled.student_id, settled.form_name) == "Коллоквиум"


@pytest.mark.clause("5.1.1")
def test_a_task_says_its_topic_and_by_what_it_is_judged(world):
    case = world.student_actor().asks_makeup(world.missed(5))
    for field in ("topic", "criteria", "form", "due_on"):
        with pytest.raises(Invalid) as refused:
            world.teacher().sets_task(case, **{field: ""})
        assert field in refused.value.fields


@pytest.mark.clause("5.1.3")
def test_a_work_off_is_no_lesson_and_adds_no_hours(world):
    from app.journal.courses.title_page import load_title_page
    from app.journal.gradebook.access import require_readable_offering

    lesson = world.missed(5)
    before = load_title_page(require_readable_offering(world.teacher().act(), world.school.offering))
    case = world.student_actor().asks_makeup(lesson)
    world.teacher().sets_task(case)
    world.student_actor().performs(case)
    world.teacher().accepts(case)
    world.session.rollback()
    after = load_title_page(require_readable_offering(world.teacher().act(), world.school.offering))
    assert [(one.id, one.hours) for one in after.lessons] == [(one.id, one.hours) for one in before.lessons]


def test_a_teacher_may_say_that_nothing_is_required_and_the_debt_is_settled(world):
    lesson, other = world.missed(5), world.missed(4)
    case = world.student_actor().asks_makeup(lesson)
    with pytest.raises(Invalid) as nameless:
        world.teacher().completes(case, decision="not_required")
    assert "reason" in nameless.value.fields
    done = world.teacher().completes(case, decision="not_required", reason="Тема кийинки сабакта өтүлдү")
    assert done.outcome == "not_required" and world.status(lesson) == "ABSENT", "the mark stays as it is"
    missed = {one.lesson: one for one in load_missed_lessons(world.student, world.clock())}
    assert missed[lesson].waived and missed[lesson].needs == ()
    assert not missed[other].waived and missed[other].needs
    owed = [debt.lesson for debt in load_debts_in_offerings([world.school.offering], world.clock())]
    assert lesson not in owed and other in owed
    (settled,) = load_settled_makeups([world.school.offering])
    assert (settled.lessons, settled.result, settled.accepted_by) == (
        [lesson],
        "NOT_REQUIRED",
        world.school.lecturer,
    )
    assert unseal_text(settled.student_id, settled.comment) == "Тема кийинки сабакта өтүлдү"
    for actor, student in ((world.student_actor(), None), (world.teacher(), world.student)):
        with pytest.raises(Refused) as refused:
            actor.asks_makeup(lesson, student=student)
        assert refused.value.code == "journal.makeup.waived"
    world.student_actor().asks_makeup(other)


def test_the_department_says_it_when_the_teacher_is_silent(world):
    lesson = world.missed(5)
    case = world.student_actor().asks_makeup(lesson)
    world.clock.set(world.open_tasks(case)[0].due_at)
    world.days_pass(1 / 86400)
    world.head().completes(case, decision="not_required", reason="Башка топ менен өткөн")
    (settled,) = load_settled_makeups([world.school.offering])
    assert settled.accepted_by == world.people["department_head"]
