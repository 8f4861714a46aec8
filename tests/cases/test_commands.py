"""What people do beside deciding: take and give back, withdraw, comment, draft, attach; each once, each by its rule."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.audit.words import unseal_text, unseal_texts
from app.cases.commands.attach import attach_file_to_case
from app.cases.commands.claim import claim_pool_task, claim_pool_tasks_collect_errors, release_pool_task
from app.cases.commands.comments import MAX_COMMENT_LENGTH, add_case_comment
from app.cases.commands.complete import complete_task
from app.cases.commands.drafts import MAX_DRAFT_BYTES, delete_form_draft, save_form_draft
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.cases.models import Attachment, Draft, History, Task, Timer
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from tests.files.pictures import pdf
from tests.scenarios.world import Actor, World


def does(actor: Actor, command: Callable[..., Any], *given: Any) -> Any:
    """The actor calls a command through the door."""
    with door.write(actor.act()):
        return command(actor.act(), *given)


def told(world: World, case: UUID, kind: str) -> tuple[int, int]:
    """How often the history and the audit of the case say this."""
    world.session.rollback()
    rows = select(func.count()).select_from(History).where(History.case_id == case, History.kind == kind)
    facts = (f"cases.task.{kind}", f"cases.case.{kind}")
    kept = select(func.count()).where(AuditRecord.case_id == case, AuditRecord.event_type.in_(facts))
    return world.session.scalar(rows) or 0, world.session.scalar(kept) or 0


def recipients(world: World, event_type: str) -> list[set[str]]:
    world.session.rollback()
    return [
        set(found["recipients"])
        for found in world.session.scalars(select(Message.payload).where(Message.event_type == event_type))
    ]


def task_of(world: World, case: UUID) -> Task:
    (found,) = world.open_tasks(case)
    return found


def stranger(world: World) -> Actor:
    """A head of another department."""
    other = world.school.other_department
    person = world.hires("department_head", other, name="Чоочун")
    return Actor(world, person, (RoleAssignment("department_head", other),))


@pytest.fixture
def case(world: World) -> UUID:
    return world.teacher().requests_correction()


@pytest.fixture
def colleague(world: World) -> Actor:
    """The second of two in the academic office; with two, its tasks lie in a pool."""
    return world.actor("academic_office", world.hires("academic_office", None, name="Экинчи"))


@pytest.fixture
def pooled(world: World, colleague: Actor) -> UUID:
    """A task that waits for anybody of the academic office."""
    return at_the_office(world, world.teacher().requests_correction())


def at_the_office(world: World, case: UUID) -> UUID:
    world.head().approves(case)
    world.directorate().approves(case)
    found = task_of(world, case)
    assert found.pooled and found.assignee is None
    return found.id


def case_of(world: World, task: UUID) -> UUID:
    world.session.rollback()
    return world.session.scalar(select(Task.case_id).where(Task.id == task))


def holder(world: World, task: UUID) -> UUID | None:
    world.session.rollback()
    return world.session.scalar(select(Task.assignee).where(Task.id == task))


# --- claim and release ------------------------------------------------------------------------------------


def test_claiming_and_giving_back_twice_is_told_once(world, pooled):
    for _ in range(2):
        does(world.office(), claim_pool_task, pooled)
    assert holder(world, pooled) == world.office().person
    assert told(world, case_of(world, pooled), "claimed") == (1, 1)
    for _ in range(2):
        does(world.office(), release_pool_task, pooled)
    assert holder(world, pooled) is None
    assert told(world, case_of(world, pooled), "released") == (1, 1)


@pytest.mark.clause("4.4.2")
@pytest.mark.parametrize(
    ("verb", "refusal", "code"),
    [(claim_pool_task, Stale, "cases.task.taken"), (release_pool_task, Denied, "cases.task.not_yours")],
)
def test_what_a_colleague_holds_is_neither_taken_nor_given_back_for_him(
    world, pooled, colleague, verb, refusal, code
):
    does(world.office(), claim_pool_task, pooled)
    with pytest.raises(refusal) as raised:
        does(colleague, verb, pooled)
    assert raised.value.code == code and holder(world, pooled) == world.office().person


def test_a_task_of_one_person_cannot_be_given_back(world, case):
    with pytest.raises(Refused) as raised:
        does(world.head(), release_pool_task, task_of(world, case).id)
    assert (raised.value.code, raised.value.clause) == ("cases.task.only_yours", None)


@pytest.mark.parametrize("verb", [claim_pool_task, release_pool_task])
def test_a_closed_task_is_neither_claimed_nor_given_back(world, case, verb):
    closed = task_of(world, case).id
    world.head().approves(case)
    with pytest.raises(Stale) as raised:
        does(world.head(), verb, closed)
    assert raised.value.code == "cases.task.closed"


@pytest.mark.parametrize("verb", [claim_pool_task, release_pool_task])
def test_who_has_no_business_with_a_task_is_told_that_there_is_none(world, pooled, verb):
    for actor in (stranger(world), world.teacher(), world.it()):
        with pytest.raises(Missing):
            does(actor, verb, pooled)
    with pytest.raises(Missing):
        does(world.office(), verb, new_id())
    assert holder(world, pooled) is None


def test_the_requester_does_not_claim_his_own_approval_though_he_wears_the_role(world, colleague):
    world._grant(world.school.lecturer, "academic_office", None)
    own = at_the_office(world, world.teacher().requests_correction())
    asking = world.actor("academic_office", world.school.lecturer)
    with pytest.raises(Missing):
        does(asking, claim_pool_task, own)
    does(colleague, claim_pool_task, own)
    with pytest.raises(Refused) as raised:
        does(asking, claim_pool_task, own)
    assert (raised.value.code, raised.value.clause) == ("cases.task.excluded", None)


def test_of_many_those_that_can_be_are_claimed_and_the_others_say_why(world, pooled, colleague):
    taken, closed = (at_the_office(world, world.teacher().requests_correction()) for _ in range(2))
    does(colleague, claim_pool_task, taken)
    does(colleague, claim_pool_task, closed)
    colleague.rejects(case_of(world, closed))
    unknown = new_id()
    failed = does(world.office(), claim_pool_tasks_collect_errors, [closed, pooled, taken, unknown, pooled])
    assert {task: refusal.code for task, refusal in failed.items()} == {
        closed: "cases.task.closed",
        taken: "cases.task.taken",
        unknown: Missing().code,
    }
    assert holder(world, pooled) == world.office().person
    assert holder(world, taken) == colleague.person
    assert told(world, case_of(world, pooled), "claimed") == (1, 1)


def test_two_who_claim_the_same_many_at_once_divide_them_and_neither_waits_for_ever(
    app, world, pooled, colleague
):
    tasks = [pooled, *(at_the_office(world, world.teacher().requests_correction()) for _ in range(4))]
    acts = [world.office().act(), colleague.act()]
    orders = [tasks, tasks[::-1]]
    world.session.rollback()

    def deed(act: Act, order: list[UUID]) -> Callable[[], Any]:
        def take() -> dict[UUID, DepterError]:
            with door.write(act):
                return dict(claim_pool_tasks_collect_errors(act, order))

        return take

    failed = both_at_once(app, [deed(act, order) for act, order in zip(acts, orders, strict=True)])
    assert sorted(len(each) for each in failed) == [0, 5]
    assert len({holder(world, task) for task in tasks}) == 1


def both_at_once(app: Any, deeds: list[Callable[[], Any]]) -> list[Any]:
    """What each deed answers, or the code of its refusal, each in a thread and a connection of its own."""
    ends: list[Any] = [None] * len(deeds)
    barrier = threading.Barrier(len(deeds))

    def run(place: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                ends[place] = deeds[place]()
            except DepterError as refusal:
                ends[place] = refusal.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ends


# --- withdrawing ------------------------------------------------------------------------------------------


@pytest.mark.clause("4.4.2")
def test_a_request_is_taken_back_with_its_tasks_and_timers_and_twice_is_told_once(world, case):
    for _ in range(2):
        does(world.teacher(), withdraw_case_by_requester, case, "Өзүм жаңылдым")
    found = world.case(case)
    assert (found.status, found.outcome) == ("withdrawn", "withdrawn")
    assert world.open_tasks(case) == []
    assert world.session.scalar(select(func.count()).where(Timer.case_id == case)) == 0
    assert told(world, case, "withdrawn") == (1, 1)
    assert recipients(world, "cases.case.withdrawn") == [{str(world.head().person)}]
    assert world.cell().value == "ABSENT"


@pytest.mark.clause("4.4.2")
@pytest.mark.parametrize("decision", ["approve", "return"])
def test_after_the_first_decision_nothing_is_taken_back(world, case, decision):
    if decision == "approve":
        world.head().approves(case)
    else:
        world.head().returns(case)
    with pytest.raises(Refused) as raised:
        does(world.teacher(), withdraw_case_by_requester, case, "Кеч")
    assert (raised.value.code, raised.value.clause) == ("cases.case.already_decided", None)
    assert world.case(case).status == "open" and len(world.open_tasks(case)) == 1


def test_a_finished_case_is_not_withdrawn(world, case):
    world.head().rejects(case)
    with pytest.raises(Stale) as raised:
        does(world.teacher(), withdraw_case_by_requester, case, "Кеч")
    assert raised.value.code == "cases.case.closed" and world.case(case).outcome == "rejected"


def test_nobody_else_withdraws_and_a_stranger_learns_nothing(world, case):
    with pytest.raises(Denied) as raised:
        does(world.head(), withdraw_case_by_requester, case, "Мен чечтим")
    assert raised.value.code == "cases.case.not_yours"
    with pytest.raises(Missing):
        does(stranger(world), withdraw_case_by_requester, case, "Мен чечтим")
    assert world.case(case).status == "open"


def test_what_was_withdrawn_is_decided_by_nobody(world, case):
    task = task_of(world, case)
    task_id, version, element = task.id, task.version_id, task.element
    does(world.teacher(), withdraw_case_by_requester, case, "Өзүм жаңылдым")
    with pytest.raises(Stale) as raised:
        world.head().completes_task(task_id, version, element, decision="approve")
    assert raised.value.code == "cases.task.closed"


def test_of_a_visa_and_a_withdrawal_at_one_moment_exactly_one_happens(app, world, case):
    task, teacher, head = task_of(world, case).id, world.teacher().act(), world.head().act()
    world.session.rollback()

    def take_back() -> str:
        with door.write(teacher):
            withdraw_case_by_requester(teacher, case, "Өзүм жаңылдым")
        return "withdrawn"

    def visa() -> str:
        with door.write(head):
            complete_task(head, task, {"decision": "approve"})
        return "approved"

    ends = both_at_once(app, [take_back, visa])
    assert ends in (["withdrawn", "cases.task.closed"], ["cases.case.already_decided", "approved"])
    assert world.case(case).status == ("withdrawn" if ends[0] == "withdrawn" else "open")


# --- comments ---------------------------------------------------------------------------------------------


def words_said(world: World, case: UUID) -> list[str]:
    world.session.rollback()
    said = world.session.execute(
        select(History.person, History.words)
        .where(History.case_id == case, History.kind == "commented")
        .order_by(History.id)
    ).all()
    return unseal_texts([(row.person, row.words) for row in said])


def test_a_comment_reaches_who_asked_and_who_decides_and_a_repeat_is_harmless(world, case):
    said = new_id()
    for _ in range(2):
        does(world.student_actor(), add_case_comment, case, said, "  Скан кайда? ")
    assert words_said(world, case) == ["Скан кайда?"]
    assert told(world, case, "commented") == (1, 1)
    expected = {str(world.teacher().person), str(world.head().person)}
    assert recipients(world, "cases.case.commented") == [expected]


def test_other_words_under_the_id_of_a_comment_are_not_lost_in_silence(world, case):
    said = new_id()
    does(world.head(), add_case_comment, case, said, "Скан кайда?")
    for actor, text in ((world.head(), "Рахмат, көрдүм"), (world.student_actor(), "Скан кайда?")):
        with pytest.raises(Stale) as raised:
            does(actor, add_case_comment, case, said, text)
        assert raised.value.code == "cases.case.other_content"
    assert words_said(world, case) == ["Скан кайда?"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("  \n", "forms.field.required"), ("а" * (MAX_COMMENT_LENGTH + 1), "forms.field.too_long")],
)
def test_an_empty_or_endless_comment_is_refused(world, case, text, code):
    with pytest.raises(Invalid) as raised:
        does(world.head(), add_case_comment, case, new_id(), text)
    (problem,) = raised.value.fields["text"]
    assert problem.code == code and words_said(world, case) == []


def test_a_comment_of_exactly_the_longest_is_kept(world, case):
    does(world.head(), add_case_comment, case, new_id(), "а" * MAX_COMMENT_LENGTH)
    assert words_said(world, case) == ["а" * MAX_COMMENT_LENGTH]


def test_a_stranger_says_nothing_and_an_unknown_case_hears_nothing(world, case):
    with pytest.raises(Missing):
        does(stranger(world), add_case_comment, case, new_id(), "Салам")
    with pytest.raises(Missing):
        does(world.head(), add_case_comment, new_id(), new_id(), "Салам")
    assert words_said(world, case) == []


def test_who_decided_may_still_speak_after_the_end(world, case):
    world.head().rejects(case)
    does(world.teacher(), add_case_comment, case, new_id(), "Түшүндүм")
    assert words_said(world, case) == ["Түшүндүм"]


# --- drafts -----------------------------------------------------------------------------------------------


def drafts(world: World) -> dict[tuple[UUID, UUID], Any]:
    world.session.rollback()
    rows = world.session.execute(select(Draft.person, Draft.form, Draft.body)).all()
    return {(row.person, row.form): json.loads(unseal_text(row.person, row.body)) for row in rows}


def test_the_last_draft_of_each_person_is_kept_apart_and_forgotten_alone(world):
    form, head, other = new_id(), world.head(), world.directorate()
    does(head, save_form_draft, form, {"reason": "А"})
    does(head, save_form_draft, form, {"reason": "Ал"})
    does(other, save_form_draft, form, {"reason": "Башка"})
    assert drafts(world) == {
        (head.person, form): {"reason": "Ал"},
        (other.person, form): {"reason": "Башка"},
    }
    for _ in range(2):
        does(head, delete_form_draft, form)
    assert drafts(world) == {(other.person, form): {"reason": "Башка"}}


def test_a_draft_too_large_is_refused_and_the_one_before_stays(world):
    form, head = new_id(), world.head()
    does(head, save_form_draft, form, {"reason": "А"})
    with pytest.raises(Invalid) as raised:
        does(head, save_form_draft, form, {"reason": "А" * MAX_DRAFT_BYTES})
    (problem,) = raised.value.fields["body"]
    assert problem.code == "cases.draft.too_large"
    assert drafts(world) == {(head.person, form): {"reason": "А"}}


def test_completing_a_task_forgets_the_draft_of_its_form(world, case):
    does(world.head(), save_form_draft, task_of(world, case).id, {"reason": "Ойлонуп"})
    world.head().approves(case)
    assert drafts(world) == {}


# --- files ------------------------------------------------------------------------------------------------


@pytest.fixture
def uploads(world: World, tmp_path: Any) -> Callable[[Actor], UUID]:
    def upload(actor: Actor) -> UUID:
        file_id = new_id()
        with door.write(actor.act()):
            FileStore(tmp_path).store_upload(actor.act(), file_id, "барак.pdf", io.BytesIO(pdf()))
        return file_id

    return upload


def attached(world: World, case: UUID) -> list[UUID]:
    world.session.rollback()
    return list(world.session.scalars(select(Attachment.id).where(Attachment.case_id == case)))


def test_a_file_is_attached_once_by_whoever_may_see_the_case(world, case, uploads):
    files = [uploads(actor) for actor in (world.teacher(), world.head())]
    for actor, file in zip((world.teacher(), world.head()), files, strict=True):
        for _ in range(2):
            does(actor, attach_file_to_case, case, file)
    assert sorted(attached(world, case)) == sorted(files)
    assert told(world, case, "attached") == (2, 2)


def test_a_stranger_attaches_nothing(world, case, uploads):
    other = stranger(world)
    with pytest.raises(Missing):
        does(other, attach_file_to_case, case, uploads(other))
    assert attached(world, case) == []


def test_a_file_of_another_person_or_of_another_case_is_refused(world, case, uploads):
    elsewhere = world.teacher().requests_correction()
    used = uploads(world.teacher())
    does(world.teacher(), attach_file_to_case, elsewhere, used)
    for file in (uploads(world.head()), used, new_id()):
        with pytest.raises(Invalid) as raised:
            does(world.teacher(), attach_file_to_case, case, file)
        (problem,) = raised.value.fields["files"]
        assert problem.code == "cases.file.unknown"
    assert attached(world, case) == [] and attached(world, elsewhere) == [used]


def test_nothing_is_added_to_a_closed_case_and_the_repeat_of_before_is_harmless(world, case, uploads):
    before, late = uploads(world.teacher()), uploads(world.teacher())
    does(world.teacher(), attach_file_to_case, case, before)
    world.head().rejects(case)
    does(world.teacher(), attach_file_to_case, case, before)
    world.clock.set(world.clock() + timedelta(hours=1))
    with pytest.raises(Stale) as raised:
        does(world.teacher(), attach_file_to_case, case, late)
    assert raised.value.code == "cases.case.closed" and attached(world, case) == [before]
