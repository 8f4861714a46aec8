"""What the verifier finds: one small diagram for each kind of fault, and the way that leads to it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from app.bpmn.parse import parse_diagram
from app.diagrams.verify import VerifyResult, verify_diagram
from tests.support.drawing import choice_form, drawing

FORMS = {
    "decide": choice_form("approve", "return"),
    "plain": choice_form("done"),
    "again": choice_form("resubmit", "withdraw", subject="change_set"),
}
APPLY = ("journal.apply_correction", "change_set=start.change_set")
"""Demands approvals of four roles in order."""
PUBLISH = ("journal.publish_commission", "commission=start.commission")
"""Demands the approval of the rector."""
RECTOR = {"role": "rector", "approves": "true"}
ROLES = ("department_head", "directorate", "academic_office", "it_admin")


def found_in(*args: str, **parts: object) -> VerifyResult:
    return verify_diagram(parse_diagram(drawing(*args, **parts)), FORMS)  # type: ignore[arg-type]


def codes(result: VerifyResult) -> list[tuple[str, str]]:
    return [(one.finding.code, one.finding.element) for one in result.findings]


def way(result: VerifyResult, place: int = 0) -> list[str]:
    """The story of a finding: the elements in order, with decisions and outcomes."""
    return [
        " ".join([step.element, *map(str, step.answers.values()), *(outcome for _, outcome in step.services)])
        for step in result.findings[place].story
    ]


def chain(*steps: str) -> str:
    """Flows of steps that follow each other."""
    return "\n".join(f"{one} > {two}" for one, two in pairwise(steps))


def four_approvals(order: tuple[str, ...] = ROLES, **changed: dict[str, str]) -> VerifyResult:
    """A correction approved by these roles one after the other; a refusal ends the case."""
    tasks = {role: {"role": role, "approves": "true", **changed.get(role, {})} for role in order}
    gates = [f"{role}_said" for role in order]
    steps = [*order, "apply"]
    flows = [f"begin > {order[0]}"]
    for role, gate, following in zip(order, gates, steps[1:], strict=True):
        flows += [
            f"{role} > {gate}",
            f"{gate} > {following}: {role}.decision == 'approve'",
            f"{gate} > refused",
        ]
    return found_in(
        "\n".join([*flows, "apply > over"]),
        tasks=tasks,
        services={"apply": APPLY},
        exclusive=gates,
        defaults=dict.fromkeys(gates, "refused"),
        ends={"over": "applied", "refused": "rejected"},
    )


def test_the_four_approvals_in_order_are_sound():
    result = four_approvals()
    assert result.is_sound and result.states == 6


@pytest.mark.clause("4.4.2")
@pytest.mark.parametrize("missing", ROLES)
def test_an_approval_that_is_left_out_is_found_by_its_role(missing):
    result = four_approvals(tuple(role for role in ROLES if role != missing))
    assert codes(result) == [("verify.approval.missing", "apply")]
    params = result.findings[0].finding.params
    assert (params["role"], params["clause"]) == (missing, "4.4.2")
    assert way(result) == ["begin", *(f"{role} approve" for role in ROLES if role != missing)]


@pytest.mark.clause("4.4.2")
def test_approvals_in_another_order_are_found():
    result = four_approvals(("directorate", "department_head", "academic_office", "it_admin"))
    assert codes(result) == [("verify.approval.out_of_order", "apply")]


def test_a_step_without_the_mark_of_an_approval_does_not_count():
    result = four_approvals(directorate={"approves": ""})
    assert codes(result) == [("verify.approval.missing", "apply")]
    assert result.findings[0].finding.params["role"] == "directorate"


def test_the_requester_who_approves_is_found():
    result = four_approvals(department_head={"assign": "requester"})
    assert codes(result) == [("verify.approval.own_request", "apply")]


def test_two_approvals_that_are_open_at_once_may_come_from_one_person():
    tasks = {role: {"role": role, "approves": "true", "form": "yes"} for role in ROLES}
    forms = {**FORMS, "yes": choice_form("approve")}
    flows = (
        "begin > fork\nfork > department_head\nfork > directorate\ndepartment_head > join\ndirectorate > join\n"
        "join > academic_office\nacademic_office > it_admin\nit_admin > apply\napply > over"
    )
    xml = drawing(flows, tasks=tasks, services={"apply": APPLY}, parallel=("fork", "join"))
    result = verify_diagram(parse_diagram(xml), forms)
    assert {code for code, _ in codes(result)} == {
        "verify.approval.same_person",
        "verify.approval.out_of_order",
    }


def commission(flows: str, **parts: object) -> VerifyResult:
    return found_in(flows, start="commission", services={"publish": PUBLISH}, **parts)


def test_a_timer_that_goes_round_an_approval_is_found_with_its_story():
    result = commission(
        "begin > sign\nsign > said\nsaid > publish: sign.decision == 'approve'\nsaid > refused\nlate > publish\n"
        "publish > over",
        tasks={"sign": RECTOR},
        timers={"late": "sign"},
        exclusive=["said"],
        defaults={"said": "refused"},
        ends={"over": "done", "refused": "rejected"},
    )
    assert codes(result) == [("verify.approval.missing", "publish")]
    assert way(result) == ["begin", "late"]


def test_journals_are_opened_only_after_the_step_of_the_office_which_may_be_the_requester():
    """No clause names the office, so the finding names none."""
    flows = "begin > ask\nask > said\nsaid > open: ask.decision == 'approve'\nsaid > refused\nopen > over"

    def opened(**task: str) -> VerifyResult:
        return found_in(
            flows,
            start="journal_opening",
            tasks={"ask": {"approves": "true", "assign": "requester", **task}},
            services={"open": ("journal.open_journals", "opening=start.opening")},
            exclusive=["said"],
            defaults={"said": "refused"},
            ends={"over": "opened", "refused": "ended"},
        )

    assert opened(role="academic_office").is_sound
    for task in ({"role": "department_head"}, {"role": "academic_office", "approves": "false"}):
        assert codes(opened(**task)) == [("verify.approval.missing_by_setting", "open")]


def test_an_approval_is_void_when_its_step_or_one_before_it_opens_again():
    flows = (
        "begin > rework\nrework > sign\nsign > check\ncheck > said\nsaid > rework: check.decision == 'return'\n"
        "said > publish\npublish > over"
    )
    tasks = {
        "rework": {"form": "plain", "rework": "true"},
        "sign": {**RECTOR, "form": "yes"},
        "check": {},
    }
    xml = drawing(
        flows,
        tasks=tasks,
        services={"publish": PUBLISH},
        exclusive=["said"],
        defaults={"said": "publish"},
        start="commission",
    )
    forms = {**FORMS, "yes": choice_form("approve", "pass")}
    result = verify_diagram(parse_diagram(xml), forms)
    assert codes(result) == [("verify.approval.missing", "publish")]
    assert way(result) == ["begin", "rework done", "sign pass", "check approve"]
    sound = verify_diagram(parse_diagram(xml), {**FORMS, "yes": choice_form("approve")})
    assert sound.is_sound


def test_a_return_to_the_step_behind_an_approval_leaves_it_valid():
    flows = (
        "begin > sign\nsign > check\ncheck > said\nsaid > check: check.decision == 'return'\nsaid > publish\n"
        "publish > over"
    )
    xml = drawing(
        flows,
        tasks={"sign": {**RECTOR, "form": "yes"}, "check": {}},
        services={"publish": PUBLISH},
        exclusive=["said"],
        defaults={"said": "publish"},
        start="commission",
    )
    assert verify_diagram(parse_diagram(xml), {**FORMS, "yes": choice_form("approve")}).is_sound


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ("change_set=start.change_set", "verify.effect.other_subject"),
        ("change_set=rework.change_set start.change_set", None),
        ("change_set=rework.change_set", None),
        ("change_set=nobody.change_set", "verify.effect.input_missing"),
    ],
)
def test_an_effect_on_another_subject_than_the_approved_one_is_found(inputs, code):
    roles = {role: {"role": role, "approves": "true", "form": "yes"} for role in ROLES}
    flows = (
        "begin > rework\nrework > decided\ndecided > over: rework.decision == 'withdraw'\n"
        "decided > department_head\n" + chain(*ROLES, "apply", "nobody", "end")
    )
    xml = drawing(
        flows,
        tasks={"rework": {"form": "again", "rework": "true"}, "nobody": {"form": "again"}, **roles},
        services={"apply": ("journal.apply_correction", inputs)},
        exclusive=["decided"],
        defaults={"decided": "department_head"},
        ends={"over": "withdrawn", "end": "applied"},
    )
    result = verify_diagram(parse_diagram(xml), {**FORMS, "yes": choice_form("approve")})
    assert codes(result) == ([(code, "apply")] if code else [])


def test_an_effect_that_can_happen_twice_is_found():
    xml = drawing(
        "begin > sign\nsign > publish\npublish > read\nread > said\nsaid > publish: read.decision == 'return'\n"
        "said > over",
        tasks={"sign": {**RECTOR, "form": "yes"}, "read": {}},
        services={"publish": PUBLISH},
        exclusive=["said"],
        defaults={"said": "over"},
        start="commission",
    )
    found = verify_diagram(parse_diagram(xml), {**FORMS, "yes": choice_form("approve")})
    assert codes(found) == [("verify.effect.twice", "publish")]
    assert way(found) == ["begin", "sign approve published", "read return published"]


def test_a_value_without_a_branch_is_found_and_named():
    result = found_in(
        "begin > ask\nask > said\nsaid > over: ask.decision == 'approve'\nsaid > other: ask.decision == 'refuse'",
        tasks={"ask": {}},
        exclusive=["said"],
        ends={"over": "done", "other": "rejected"},
    )
    assert codes(result) == [("verify.branch.missing", "said")]
    assert result.findings[0].finding.params == {"values": {"ask.decision": "return"}}
    assert way(result) == ["begin", "ask return"]


def test_a_condition_that_compares_unlike_values_is_found():
    result = found_in(
        "begin > ask\nask > said\nsaid > over: ask.decision == 5\nsaid > other",
        tasks={"ask": {}},
        exclusive=["said"],
        defaults={"said": "other"},
        ends={"over": "done", "other": "rejected"},
    )
    assert codes(result) == [("verify.condition.fails", "said")]


def test_a_join_that_one_branch_never_reaches_is_found():
    result = found_in(
        "begin > fork\nfork > one\nfork > two\none > said\nsaid > join: one.decision == 'approve'\nsaid > other\n"
        "two > join\njoin > over",
        tasks={"one": {}, "two": {}},
        parallel=["fork", "join"],
        exclusive=["said"],
        defaults={"said": "other"},
        ends={"over": "done", "other": ""},
    )
    assert {code for code, _ in codes(result)} == {"verify.case.stalled"}
    assert way(result) == ["begin", "one return", "two approve"]


def test_a_step_that_opens_twice_at_once_is_found():
    result = found_in(
        "begin > fork\nfork > one\nfork > two\none > same\ntwo > same\nsame > over",
        tasks={"one": {}, "two": {}, "same": {}},
        parallel=["fork"],
    )
    assert codes(result) == [("verify.step.twice", "same")]


def test_a_reminder_that_opens_its_step_twice_is_found():
    result = found_in(
        "begin > one\none > over\nlate > one", tasks={"one": {"rework": "true"}}, timers={"late": "+one"}
    )
    assert codes(result)[0] == ("verify.step.twice", "one")
    assert way(result) == ["begin", "late"]


def test_a_loop_of_timers_alone_is_found():
    result = found_in(
        "begin > one\none > over\nlate > one", tasks={"one": {"rework": "true"}}, timers={"late": "one"}
    )
    assert codes(result) == [("verify.case.endless", "late")]


def test_two_outcomes_of_one_case_are_found():
    result = found_in(
        "begin > fork\nfork > one\nfork > two\none > over\ntwo > other",
        tasks={"one": {}, "two": {}},
        parallel=["fork"],
        ends={"over": "done", "other": "rejected"},
    )
    assert {code for code, _ in codes(result)} == {"verify.end.two_outcomes"}


def test_a_step_that_no_answer_leads_to_is_found():
    result = found_in(
        "begin > ask\nask > said\nsaid > never: ask.decision == 'refuse'\nsaid > over\nnever > over",
        tasks={"ask": {}, "never": {}},
        exclusive=["said"],
        defaults={"said": "over"},
    )
    assert codes(result) == [("verify.step.dead", "never")]
    assert result.findings[0].story == ()


def test_a_state_without_a_way_out_is_found():
    result = found_in(
        "begin > one\none > said\nsaid > over: one.decision == 'refuse'\nsaid > one",
        tasks={"one": {"rework": "true"}},
        exclusive=["said"],
        defaults={"said": "one"},
    )
    assert ("verify.case.cannot_end", "one") in codes(result)


def test_beyond_the_bound_nothing_is_called_sound():
    steps = [f"t{number}" for number in range(12)]
    flows = ["begin > fork", *(f"fork > {step}\n{step} > join" for step in steps), "join > over"]
    xml = drawing("\n".join(flows), tasks={step: {} for step in steps}, parallel=["fork", "join"])
    result = verify_diagram(parse_diagram(xml), FORMS, max_states=200)
    assert not result.is_sound and not result.explored
    assert codes(result) == [("verify.not_explored", "late_correction")]


def test_forty_approvals_with_deputies_have_few_states():
    steps = [f"t{number}" for number in range(20)]
    flows, tasks, gates = ["begin > t0"], {}, []
    for number, step in enumerate(steps):
        following = steps[number + 1] if number + 1 < len(steps) else "over"
        tasks[step] = {"role": "directorate", "approves": "true"}
        tasks[f"{step}_deputy"] = {"role": "directorate", "approves": "true", "assign": "deputy"}
        gates.append(f"{step}_said")
        flows += [f"{step} > {step}_said", f"{step}_deputy > {step}_said", f"{step}_late > {step}_deputy"]
        flows.append(
            f"{step}_said > {following}: {step}.decision == 'approve' or {step}_deputy.decision == 'approve'"
        )
        flows.append(f"{step}_said > t0")
    tasks["t0"] = {**tasks["t0"], "rework": "true"}
    xml = drawing(
        "\n".join(flows),
        tasks=tasks,
        timers={f"{step}_late": step for step in steps},
        exclusive=gates,
        defaults=dict.fromkeys(gates, "t0"),
    )
    result = verify_diagram(parse_diagram(xml), FORMS)
    assert result.is_sound and result.states < 100
