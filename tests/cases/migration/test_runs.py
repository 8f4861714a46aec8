"""A migration of many cases: planned, chosen, done by the worker one case at a time, paused, killed, moved back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.cases.migration import runs
from app.cases.migration.tables import Migration, MigrationCase
from app.cases.models import History
from app.cases.queries.processes import RunningFilter
from app.diagrams.versions import load_version
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.outbox.models import Message
from app.people.models import RoleGrant
from tests.cases.migration.conftest import Administrator, kinds
from tests.cases.test_killed import contents, differing
from tests.cases.test_races import at_once
from tests.scenarios.versions import SECOND_VISA, publishes, retitled
from tests.scenarios.world import World
from tests.support import query_counter
from tests.support.crash_process import NEVER, Victim


@pytest.fixture
def mixed(world: World) -> dict[str, UUID]:
    """Cases at several places: at the head, at a deputy, behind the head, returned once, and one that is closed."""
    late = world.teacher().requests_correction()
    world.days_pass(4)
    cases = {"late": late, "first": world.teacher().requests_correction()}
    cases["behind"] = world.teacher().requests_correction()
    world.head().approves(cases["behind"])
    cases["returned"] = world.teacher().requests_correction()
    world.head().returns(cases["returned"])
    world.teacher().resubmits(cases["returned"])
    cases["closed"] = world.teacher().requests_correction()
    world.head().rejects(cases["closed"])
    return cases


def test_the_plan_says_what_the_move_then_does(
    world: World, administrator: Administrator, mixed: dict[str, UUID]
):
    target = publishes(world, SECOND_VISA)
    before = contents(world)
    plan = administrator.plans(target)
    assert differing(before, contents(world)) == set(), "a plan writes nothing"
    planned = {case.id: case.reason.code if case.reason else None for case in plan.cases}
    assert planned == {
        mixed["late"]: None,
        mixed["first"]: None,
        mixed["returned"]: None,
        mixed["behind"]: "cases.migration.approval_missing",
    }
    assert plan.moving == 3
    assert [case.reason.step for case in plan.cases if case.reason] == ["second_visa"]
    administrator.starts(target)
    assert administrator.works() == 4
    assert {case: code for case, _state, code in administrator.results()} == planned
    assert {case for case, state, _code in administrator.results() if state == "moved"} == {
        case for case, code in planned.items() if code is None
    }


def test_a_plan_of_many_cases_replays_each_history_once_and_sends_few_statements(
    app: Any, world: World, administrator: Administrator, monkeypatch: Any
):
    for _ in range(12):
        world.teacher().requests_correction()
    target = publishes(world, retitled)
    load_version(target)
    administrator.plans(target)
    query_counter.count.reset()
    assert administrator.plans(target).moving == 12
    assert query_counter.count.statements <= 5


def test_a_plan_and_a_migration_follow_version_step_late_and_ticks(
    world: World, administrator: Administrator, mixed: dict[str, UUID]
):
    first = world.case(mixed["first"]).version_id
    second = publishes(world, SECOND_VISA)
    other = world.teacher().requests_correction()
    target = publishes(world, retitled)

    def planned(**filters: Any) -> set[UUID]:
        return {case.id for case in administrator.plans(target, RunningFilter(**filters)).cases}

    running = {mixed[name] for name in ("late", "first", "behind", "returned")}
    assert planned() == running | {other}
    assert planned(version=first) == running and planned(version=second) == {other}
    assert planned(step="visa_deputy") == {mixed["late"]}
    assert planned(step="endorse_department_head", version=first) == {mixed["first"], mixed["returned"]}
    world.clock.advance(days=3)
    late = planned(late=True)
    assert late == running | {other}
    assert administrator.starts(target, RunningFilter(version=second)) == 1
    administrator.works()
    assert administrator.starts(target, ticked=[mixed["first"], other, mixed["closed"]]) == 2
    administrator.works()
    assert [row[:2] for row in administrator.results()] == [(other, "moved"), (mixed["first"], "moved")]


def test_a_start_is_checked_and_a_repeat_is_harmless(
    world: World, administrator: Administrator, mixed: dict[str, UUID]
):
    target, made = publishes(world, retitled), uuid4()
    assert administrator.starts(target, id_=made) == administrator.starts(target, id_=made) == 1
    with pytest.raises(Stale) as other:
        administrator.starts(target, RunningFilter(late=True), id_=made)
    assert other.value.code == "cases.migration.other_content"
    with pytest.raises(Stale) as second:
        administrator.starts(target)
    assert second.value.code == "cases.migration.under_way" and second.value.params["number"] == 1
    administrator.works()
    with pytest.raises(Refused) as nothing:
        administrator.starts(target)
    assert nothing.value.code == "cases.migration.nothing"
    assert world.session.scalar(select(func.count()).select_from(Migration)) == 1
    assert Counter(kinds(world, mixed["first"])) == {"started": 1, "migrated": 1}


@pytest.mark.parametrize(
    ("reason", "ticked"), [("  ", None), ("x" * 501, None), ("x", []), ("x", [uuid4()] * 501)]
)
def test_a_start_without_a_reason_or_with_no_case_or_too_many_is_refused(
    world: World, administrator: Administrator, reason: str, ticked: Any
):
    target = publishes(world, retitled)
    with pytest.raises(Invalid) as refused, door.write(administrator.act()):
        runs.start_migration(
            administrator.act(), uuid4(), load_version(target), RunningFilter(), ticked, reason
        )
    assert set(refused.value.fields) == {"case" if ticked is not None else "reason"}


def test_only_a_process_administrator_may_start_or_steer(world: World, administrator: Administrator):
    world.teacher().requests_correction()
    target = publishes(world, retitled)
    auditor = Act(administrator.person, None, world.clock(), (RoleAssignment("auditor"),))
    with pytest.raises(Denied), door.write(auditor):
        runs.start_migration(auditor, uuid4(), load_version(target), RunningFilter(), None, "x")
    administrator.starts(target)
    for deed in (runs.pause_migration, runs.resume_migration, runs.revert_migration):
        with pytest.raises(Denied), door.write(auditor):
            deed(auditor, "late_correction", 1)
        with pytest.raises(Missing):
            administrator.does(deed, 7)


def test_a_migration_pauses_goes_on_and_its_end_is_told(
    world: World, administrator: Administrator, mixed: dict[str, UUID]
):
    target = publishes(world, retitled)
    administrator.starts(target)
    assert administrator.works(limit=1) == 1
    administrator.does(runs.pause_migration)
    administrator.does(runs.pause_migration)
    assert administrator.works() == 0
    assert Counter(state for _case, state, _code in administrator.results()) == {"moved": 1, "waiting": 3}
    administrator.does(runs.resume_migration)
    administrator.does(runs.resume_migration)
    assert administrator.works() == 3 and administrator.works() == 0
    assert world.session.query(Migration).one().state == "done"
    (told,) = world.session.scalars(select(Message).where(Message.event_type == "cases.migration.finished"))
    assert told.payload["recipients"] == [str(administrator.person)]
    assert (told.payload["moved"], told.payload["stayed"]) == (4, 0)
    world.session.rollback()
    for deed in (runs.pause_migration, runs.resume_migration):
        with pytest.raises(Stale):
            administrator.does(deed)
    steered = select(AuditRecord.event_type).where(AuditRecord.event_type.like("cases.migration.%"))
    assert Counter(world.session.scalars(steered)) == {
        "cases.migration.started": 1,
        "cases.migration.paused": 1,
        "cases.migration.resumed": 1,
        "cases.migration.finished": 1,
    }


def test_a_migration_goes_back_as_far_as_it_can(
    world: World, administrator: Administrator, mixed: dict[str, UUID]
):
    first = world.case(mixed["first"]).version_id
    target = publishes(world, SECOND_VISA)
    administrator.starts(target)
    administrator.works()
    world.head().approves(mixed["first"])
    second = world.open_tasks(mixed["first"])[0]
    world.actor("department_head", second.assignee).approves(mixed["first"])
    administrator.does(runs.revert_migration)
    administrator.does(runs.revert_migration)
    assert administrator.works() == 3 and administrator.works() == 0
    found = {case: (state, code) for case, state, code in administrator.results()}
    assert found == {
        mixed["late"]: ("reverted", None),
        mixed["returned"]: ("reverted", None),
        mixed["first"]: ("kept", "cases.migration.step_gone"),
        mixed["behind"]: ("stays", "cases.migration.approval_missing"),
    }
    assert world.session.query(Migration).one().state == "reverted"
    assert world.case(mixed["late"]).version_id == first
    assert world.case(mixed["first"]).version_id == target


def test_a_migration_that_is_turned_round_in_the_middle_leaves_what_waits(
    world: World, administrator: Administrator, mixed: dict[str, UUID]
):
    target = publishes(world, retitled)
    administrator.starts(target)
    with pytest.raises(Refused):
        administrator.does(runs.revert_migration)
    administrator.works(limit=1)
    administrator.does(runs.pause_migration)
    administrator.does(runs.revert_migration)
    administrator.works()
    assert Counter((state, code) for _case, state, code in administrator.results()) == {
        ("reverted", None): 1,
        ("stays", "cases.migration.stopped"): 3,
    }


def test_a_migration_stops_when_whoever_set_it_going_has_lost_the_right(
    world: World, administrator: Administrator, mixed: dict[str, UUID]
):
    administrator.starts(publishes(world, retitled))
    world.session.query(RoleGrant).filter_by(person_id=administrator.person).update(
        {"valid_until": world.day(1)}
    )
    world.session.commit()
    administrator.works()
    migration = world.session.query(Migration).one()
    assert (migration.state, migration.problem) == ("paused", "cases.migration.right_lost")
    assert {state for _case, state, _code in administrator.results()} == {"waiting"}
    another = Administrator(world, world.hires("process_admin", None, name="Башка"))
    another.does(runs.resume_migration)
    assert another.works() == 4
    by = select(History.person).where(History.kind == "migrated").distinct()
    assert world.session.scalars(by).all() == [another.person]
    assert world.session.query(Migration).one().chosen_by == administrator.person


def test_a_task_completed_while_the_migration_waits_is_decided_where_the_case_then_stands(
    world: World, administrator: Administrator
):
    case = world.teacher().requests_correction()
    target = publishes(world, SECOND_VISA)
    assert administrator.plans(target).moving == 1
    administrator.starts(target)
    world.head().approves(case)
    administrator.works()
    assert administrator.results() == [(case, "stays", "cases.migration.approval_missing")]


def test_a_defect_in_one_case_is_noted_and_the_others_move(
    world: World, administrator: Administrator, database: Any
):
    broken, sound = world.teacher().requests_correction(), world.teacher().requests_correction()
    with database.connect() as connection:
        connection.execute(
            "UPDATE cases.task SET computation = '{}', role = 'x' WHERE case_id = %s", (broken,)
        )
        connection.execute("UPDATE cases.task SET element = 'release_it' WHERE case_id = %s", (broken,))
    administrator.starts(publishes(world, retitled))
    administrator.works()
    assert administrator.results() == [
        (broken, "stays", "cases.migration.open_tasks_differ"),
        (sound, "moved", None),
    ]
    with database.connect() as connection:
        connection.execute(
            "UPDATE cases.task SET element = 'endorse_department_head' WHERE case_id = %s", (broken,)
        )


def test_two_workers_share_the_cases(app: Any, world: World, administrator: Administrator):
    cases = [world.teacher().requests_correction() for _ in range(6)]
    administrator.starts(publishes(world, retitled))
    world.session.rollback()
    assert at_once(app, [administrator.works, administrator.works]) == {"done": 2}
    administrator.works()
    assert [state for _case, state, _code in administrator.results()] == ["moved"] * 6
    assert all(kinds(world, case) == ["started", "migrated"] for case in cases)
    assert world.session.query(Migration).one().state == "done"


@pytest.fixture(scope="session")
def victim(settings: Any) -> Iterator[Victim]:
    made = Victim("tests.cases.migration.victim", settings)
    yield made
    made.end()


def test_a_worker_killed_before_any_statement_has_moved_each_case_once_or_not_at_all(
    world: World, administrator: Administrator, victim: Victim
):
    case = world.teacher().requests_correction()
    administrator.starts(publishes(world, retitled))
    before, statements = contents(world), 1
    while victim.dies(statements, world.clock().isoformat()):
        assert differing(before, contents(world)) == set(), f"half of it stays, killed before {statements}"
        statements += 1
        assert statements < 100
    assert statements > 12
    assert administrator.results() == [(case, "moved", None)]
    assert not victim.dies(NEVER, world.clock().isoformat())
    assert kinds(world, case) == ["started", "migrated"]
    assert world.session.scalar(select(func.count()).select_from(MigrationCase)) == 1
