"""Which cases move to another version: pure, on small diagrams, one change of the drawing at a time."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from app.bpmn.engine import CaseSpec
from app.cases.migration.reasons import STAY_CODES
from app.kernel.settings import PROJECT_DIR
from app.texts.messages import MESSAGES_BY_CODE
from tests.cases.migration.histories import Running, spec_of

PAGE = PROJECT_DIR / "docs" / "case-migration.md"
APPROVES = {"approves": "true"}
OFFICE = {"role": "academic_office", **APPROVES}


def line(*steps: str, **parts: Any) -> CaseSpec:
    """Steps one after the other; a step is a person's, approving when its name begins with `visa`."""
    ids = ["begin", *steps, "over"]
    flows = "\n".join(f"{a} > {b}" for a, b in pairwise(ids))
    tasks = {step: APPROVES if step.startswith("visa") else {} for step in steps}
    return spec_of(flows, tasks={**tasks, **parts.pop("tasks", {})}, **parts)


def at_second() -> Running:
    """first > second > third, and the case waits at the second."""
    case = Running(line("first", "second", "third"))
    case.completes("first")
    return case


def test_a_step_added_ahead_lets_the_case_move_and_meets_it_there():
    case = at_second()
    step = case.moves_to(line("first", "second", "visa_new", "third"))
    assert [task.element for task in step.open_tasks] == ["second"]


def test_a_step_removed_ahead_lets_the_case_move():
    case = at_second()
    assert case.stays_on(line("first", "second"))[0] == "moves"


def test_an_approval_put_before_the_present_step_keeps_the_case_where_it_is():
    assert at_second().stays_on(line("first", "visa_new", "second", "third")) == (
        "approval_missing",
        {"step": "visa_new"},
    )


def test_a_plain_step_put_before_the_present_one_keeps_it_too():
    assert at_second().stays_on(line("first", "added", "second")) == ("step_missing", {"step": "added"})


def test_a_renamed_open_step_keeps_the_case():
    assert at_second().stays_on(line("first", "renamed", "third")) == ("open_task_gone", {"step": "second"})


def test_a_step_removed_that_was_taken_keeps_the_case():
    assert at_second().stays_on(line("second", "third")) == ("step_gone", {"step": "first"})


def test_steps_in_another_order_keep_the_case():
    assert at_second().stays_on(line("second", "first", "third"))[0] == "step_missing"


def test_a_version_that_would_have_ended_keeps_the_case():
    ends = """
        begin > first
        first > way
        way > over: first.decision == 'stop'
        way > second
        second > over
    """
    case = at_second()
    assert case.stays_on(
        spec_of(ends, tasks={"first": {}, "second": {}}, exclusive=["way"], defaults={"way": "second"})
    ) == ("moves", {})
    stopped = Running(line("first", "second"))
    stopped.completes("first", decision="stop")
    assert stopped.stays_on(
        spec_of(ends, tasks={"first": {}, "second": {}}, exclusive=["way"], defaults={"way": "second"})
    ) == ("history_differs", {"step": "first"})


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"status": "suspended"}, "suspended"),
        ({"status": "quarantined"}, "quarantined"),
        ({"status": "done"}, "case_closed"),
        ({"status": "withdrawn"}, "case_closed"),
        ({"intact": False}, "damaged_state"),
    ],
)
def test_only_an_open_case_whose_state_is_intact_moves(facts, code):
    assert at_second().stays_on(line("first", "second", "third"), **facts) == (code, {})


def test_an_operation_put_before_the_present_step_is_never_run_for_it():
    flows = "begin > first\nfirst > effect\neffect > second\nsecond > over"
    target = spec_of(flows, tasks={"first": {}, "second": {}}, services={"effect": ("journal.anything", "")})
    assert at_second().stays_on(target) == ("operation_missing", {"step": "effect"})


FLOWS_WITH_EFFECT = """
    begin > first
    first > effect
    effect > way
    way > second: effect.outcome == 'applied'
    way > over
    second > over
"""


def with_effect(operation: str) -> CaseSpec:
    return spec_of(
        FLOWS_WITH_EFFECT,
        tasks={"first": {}, "second": {}},
        services={"effect": (operation, "")},
        exclusive=["way"],
        defaults={"way": "over"},
    )


def test_an_operation_ends_as_it_ended_and_does_not_run_again():
    ran: list[str] = []

    def call(service: Any, _inputs: Any) -> str:
        ran.append(service.operation)
        return "applied"

    case = Running(with_effect("journal.one"), call)
    case.completes("first")
    step = case.moves_to(with_effect("journal.one"))
    assert [task.element for task in step.open_tasks] == ["second"]
    assert step.variables["effect.outcome"] == "applied" and ran == ["journal.one"]
    assert case.stays_on(with_effect("journal.other")) == ("operation_changed", {"step": "effect"})


def test_an_approval_counts_only_if_it_was_given_as_one_and_by_the_role_of_the_step():
    plain = Running(line("first", "second"))
    plain.completes("first", decision="approve")
    assert plain.stays_on(line("first", "second", tasks={"first": APPROVES})) == (
        "approval_not_valid",
        {"step": "first"},
    )
    given = Running(line("visa", "second"))
    given.completes("visa", decision="approve")
    assert given.stays_on(line("visa", "second"))[0] == "moves"
    assert given.stays_on(line("visa", "second", tasks={"visa": OFFICE}))[0] == "approval_not_valid"
    assert given.stays_on(line("visa", "second", tasks={"visa": {}}))[0] == "moves"


REWORK_FLOWS = """
    begin > visa
    visa > second
    second > way
    way > rework: second.decision == 'return'
    way > third
    rework > {again}
    third > over
"""


def with_rework(again: str) -> CaseSpec:
    return spec_of(
        REWORK_FLOWS.format(again=again),
        tasks={"visa": APPROVES, "second": APPROVES, "third": {}, "rework": {"rework": "true"}},
        exclusive=["way"],
        defaults={"way": "third"},
    )


def test_rounds_of_a_rework_loop_are_kept():
    case = Running(with_rework("visa"))
    for _ in range(3):
        case.completes("visa", decision="approve")
        case.completes("second", decision="return")
        case.completes("rework", subject_id="again")
    case.completes("visa", decision="approve")
    assert case.stays_on(with_rework("visa"))[0] == "moves"
    step = case.moves_to(with_rework("visa"))
    assert step.variables == case.step.variables


def test_a_return_that_goes_elsewhere_in_the_new_version_keeps_the_case():
    case = Running(with_rework("second"))
    case.completes("visa", decision="approve")
    case.completes("second", decision="return")
    assert case.stays_on(with_rework("visa"))[0] == "moves", "it has not left the rework yet"
    case.completes("rework")
    assert case.stays_on(with_rework("visa")) == ("approval_missing", {"step": "visa"})


ROLES = ("department_head", "directorate", "academic_office", "it_admin")
VISAS = {f"visa_{role}": {"role": role, **APPROVES} for role in ROLES}
EFFECT = {"effect": ("journal.apply_correction", "change_set=start.change_set")}
"""The correction demands an approval of each of these roles."""


def test_an_approval_that_the_rounds_of_the_new_version_void_is_missed_before_the_operation():
    """Only where the step of the return is marked as rework does opening it void the approval behind it."""
    flows = """
        begin > visa_department_head
        visa_department_head > second
        second > way
        way > fix: second.decision == 'return'
        way > visa_directorate
        fix > size
        size > visa_department_head: fix.size == 'large'
        size > second
        visa_directorate > visa_academic_office
        visa_academic_office > visa_it_admin
        visa_it_admin > effect
        effect > over
    """

    def version(fix: dict[str, str]) -> CaseSpec:
        return spec_of(
            flows,
            tasks={**VISAS, "second": {}, "fix": fix},
            services=EFFECT,
            exclusive=["way", "size"],
            defaults={"way": "visa_directorate", "size": "second"},
        )

    case = Running(version({}))
    case.completes("visa_department_head", decision="approve")
    case.completes("second", decision="return")
    case.completes("fix", size="small")
    assert case.stays_on(version({}))[0] == "moves"
    assert case.stays_on(version({"rework": "true"})) == (
        "demand_not_met",
        {"step": "effect", "role": "department_head"},
    )


FORK_FLOWS = """
    begin > split
    split > left
    split > right
    left > join
    right > join
    join > last
    last > over
"""


def fork(extra: str = "", **tasks: dict[str, str]) -> CaseSpec:
    return spec_of(
        FORK_FLOWS + extra,
        tasks={"left": {}, "right": {}, "last": {}, **tasks},
        parallel=["split", "join"],
    )


def test_an_open_fork_moves_with_both_branches_and_with_a_token_at_the_join():
    case = Running(fork())
    assert {task.element for task in case.moves_to(fork()).open_tasks} == {"left", "right"}
    case.completes("left")
    longer = spec_of(
        FORK_FLOWS.replace("last > over", "last > visa\nvisa > over"),
        tasks={"left": {}, "right": {}, "last": {}, "visa": APPROVES},
        parallel=["split", "join"],
    )
    step = case.moves_to(longer)
    assert [task.element for task in step.open_tasks] == ["right"]
    moved = Running(longer)
    moved.step = step
    assert [task.element for task in moved.completes("right").open_tasks] == ["last"]


def test_a_branch_added_to_an_open_fork_keeps_the_case():
    case = Running(fork())
    assert case.stays_on(fork("split > more\nmore > join", more={})) == ("step_missing", {"step": "more"})


TIMER_FLOWS = """
    begin > first
    late > deputy
    first > over
    deputy > over
"""


def with_timer(on: str = "first") -> CaseSpec:
    return spec_of(TIMER_FLOWS, tasks={"first": {}, "deputy": {}}, timers={"late": on})


def test_a_timer_that_fired_has_to_exist_in_the_new_version():
    case = Running(with_timer())
    case.fires("late")
    assert case.stays_on(with_timer())[0] == "moves"
    other = spec_of(
        TIMER_FLOWS.replace("late", "overdue"), tasks={"first": {}, "deputy": {}}, timers={"overdue": "first"}
    )
    assert case.stays_on(other) == ("history_differs", {"step": "first"})


def test_a_timer_of_a_task_may_come_and_go_but_one_on_the_path_may_not():
    plain = Running(line("first", "deputy"))
    assert plain.stays_on(with_timer())[0] == "moves"
    assert Running(with_timer()).stays_on(line("first", "deputy"))[0] == "moves"
    waiting = spec_of("begin > wait\nwait > first\nfirst > over", tasks={"first": {}}, timers={"wait": ""})
    renamed = spec_of("begin > rest\nrest > first\nfirst > over", tasks={"first": {}}, timers={"rest": ""})
    assert Running(waiting).stays_on(waiting)[0] == "moves"
    assert Running(waiting).stays_on(renamed) == ("timers_differ", {"step": "rest"})


def test_an_answer_that_only_the_new_version_reads_is_taken_from_the_history():
    case = Running(line("first", "second"))
    case.completes("first", colour="green")
    assert "first.colour" not in case.step.variables
    flows = """
        begin > first
        first > second
        second > way
        way > third: first.colour == 'green'
        way > over
        third > over
    """
    reading = spec_of(
        flows,
        tasks={"first": {}, "second": {}, "third": {}},
        exclusive=["way"],
        defaults={"way": "over"},
    )
    step = case.moves_to(reading)
    assert step.variables["first.colour"] == "green"
    moved = Running(reading)
    moved.step = step
    assert [task.element for task in moved.completes("second").open_tasks] == ["third"]


def test_what_an_operation_demands_has_to_be_reachable_from_where_the_case_waits():
    """The correction demands four approvals; a version that keeps only the last of them ahead is a dead end."""

    def whole(*names: str) -> CaseSpec:
        ids = ["begin", *names, "effect", "over"]
        flows = "\n".join(f"{a} > {b}" for a, b in pairwise(ids))
        return spec_of(flows, tasks={name: VISAS[name] for name in names}, services=EFFECT)

    steps = list(VISAS)
    case = Running(whole(*steps))
    case.completes(steps[0], decision="approve")
    case.completes(steps[1], decision="approve")
    assert case.stays_on(whole(*steps))[0] == "moves"
    assert case.stays_on(whole(*steps[:3])) == ("demand_not_met", {"step": "effect", "role": "it_admin"})
    one = Running(whole(*steps))
    one.completes(steps[0], by="same", decision="approve")
    one.completes(steps[1], by="same", decision="approve")
    assert one.stays_on(whole(*steps)) == ("demand_not_met", {"step": "effect", "role": "directorate"})


def test_every_reason_has_its_words_and_stands_on_the_page():
    lines = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [f"cases.migration.{line}" for line in lines] == sorted(
        STAY_CODES, key=lambda code: lines.index(code.rpartition(".")[2])
    )
    assert set(STAY_CODES) <= set(MESSAGES_BY_CODE)
