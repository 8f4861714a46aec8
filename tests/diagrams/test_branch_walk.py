"""Gateways are walked with every combination of values that can reach them, and with no other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from time import process_time

import pytest

from app.bpmn.parse import parse_diagram
from app.diagrams.lint import branch_walk, lint_diagram
from app.diagrams.lint.branch_walk import BranchWalk, walk_branches
from app.diagrams.lint.context import LintContext
from app.diagrams.lint.gateways import MAX_COMBINATIONS, find_gateway_problems
from app.diagrams.versions import read_shipped_diagrams
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR

SHIPPED = {one.key: one for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)}
HEAD = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:depter="urn:depter:bpmn:1"><bpmn:process id="walked" isExecutable="true" depter:start="late_entry">
 <bpmn:laneSet><bpmn:lane id="office" depter:role="academic_office">"""
DECISION = ("approve", "return", "reject")
WORDS = {"ky": "бир", "ru": "один", "en": "one"}


def form(required: bool = True, values: Sequence[str] = DECISION, kind: str = "radio") -> str:
    """A form with one field: a decision, or a number or checkbox `value`."""
    key = "decision" if kind == "radio" else "value"
    field = {"key": key, "type": kind, "validate": {"required": required}, "texts": {"label": WORDS}}
    if kind == "radio":
        field["values"] = [{"value": value} for value in values]
        field["texts"]["values"] = dict.fromkeys(values, WORDS)  # type: ignore[index]
    return json.dumps({"components": [field]})


def walked(
    nodes: Mapping[str, str], flows: Sequence[tuple[str, str, str]], forms: Mapping[str, str]
) -> BranchWalk:
    """Walk a diagram: kind of node by id (`default=x` after a kind), flows (source, target, condition)."""
    return walk_branches(context(nodes, flows, forms))


def context(
    nodes: Mapping[str, str], flows: Sequence[tuple[str, str, str]], forms: Mapping[str, str]
) -> LintContext:
    parts = [HEAD, *(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)]
    parts.append("</bpmn:lane></bpmn:laneSet>")
    for node, words in nodes.items():
        kind, *more = words.split()
        inner = '<bpmn:timerEventDefinition depter:policy="correction.step_sla"/>' * (kind == "boundaryEvent")
        if kind == "userTask":
            more.append(f'depter:form="{node}"')
        parts.append(f'<bpmn:{kind} id="{node}" {" ".join(more)}>{inner}</bpmn:{kind}>')
    for source, target, condition in flows:
        shown = condition.replace("<", "&lt;")
        when = f"<bpmn:conditionExpression>{shown}</bpmn:conditionExpression>" if condition else ""
        parts.append(
            f'<bpmn:sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">'
            f"{when}</bpmn:sequenceFlow>"
        )
    text = "".join([*parts, "</bpmn:process></bpmn:definitions>"])
    return LintContext(parse_diagram(text.encode()), forms)


ONE_STEP = {
    "begun": "startEvent",
    "decide": "userTask",
    "split": "exclusiveGateway",
    "yes": "endEvent",
    "no": "endEvent",
}


def one_step(first: str, second: str, text: str) -> BranchWalk:
    """A step, a gateway with two conditions, two ends."""
    flows = [
        ("begun", "decide", ""),
        ("decide", "split", ""),
        ("split", "yes", first),
        ("split", "no", second),
    ]
    return walked(ONE_STEP, flows, {"decide": text})


def test_a_decision_without_a_branch_is_named():
    found = one_step("decide.decision == 'approve'", "decide.decision == 'reject'", form())
    assert found.uncovered == {"split": [{"decide.decision": "return"}]} and found.complete
    assert not found.overlaps


def test_a_decision_with_two_branches_is_named_with_both():
    found = one_step("decide.decision == 'approve'", "decide.decision != 'reject' or True", form())
    assert found.overlaps == {("split", "split_yes", "split_no"): {"decide.decision": "approve"}}
    assert not found.uncovered


def test_an_answer_that_may_be_left_out_needs_a_branch():
    complete = "decide.decision in ['approve', 'return']", "decide.decision == 'reject'"
    assert one_step(*complete, form()).uncovered == {}
    assert one_step(*complete, form(required=False)).uncovered == {"split": [{"decide.decision": None}]}


@pytest.mark.parametrize(
    ("first", "second", "uncovered"),
    [
        ("decide.value < 10", "decide.value >= 10", []),
        ("decide.value < 10", "decide.value > 10", [10.0]),
        ("decide.value < 10", "decide.value > 12", [10.0, 12.0, 11.0]),
        ("decide.value < -5", "decide.value > 0", [-5.0, 0.0, -2.5]),
    ],
)
def test_numbers_are_tried_at_below_between_and_above_the_limits(first, second, uncovered):
    found = one_step(first, second, form(kind="number"))
    assert [one["decide.value"] for one in found.uncovered.get("split", [])] == uncovered


def test_a_box_is_ticked_or_not():
    found = one_step("decide.value", "decide.value == None", form(kind="checkbox"))
    assert found.uncovered == {"split": [{"decide.value": False}]}
    assert one_step("decide.value", "not decide.value", form(kind="checkbox", required=False)).uncovered == {}


def test_a_condition_that_cannot_be_evaluated_is_left_to_the_verifier():
    found = one_step("decide.value < 10", "decide.value == 'many'", form(kind="number"))
    assert not found.uncovered and not found.overlaps


def test_a_gateway_that_reads_an_unknown_variable_is_left_to_its_own_finding():
    found = one_step("decide.nothing == 'approve'", "decide.decision == 'reject'", form())
    assert not found.uncovered and not found.overlaps


DEPUTY = {
    **ONE_STEP,
    "late": 'boundaryEvent attachedToRef="decide"',
    "deputy": "userTask",
}
DEPUTY_FLOWS = [
    ("begun", "decide", ""),
    ("late", "deputy", ""),
    ("decide", "split", ""),
    ("deputy", "split", ""),
]


def test_a_step_whose_timer_has_fired_has_no_answer():
    """Head and deputy never have both answered; a branch only for the head forgets the deputy."""
    both = "decide.decision == '{0}' or deputy.decision == '{0}'"
    forms = {"decide": form(values=("approve", "reject")), "deputy": form(values=("approve", "reject"))}
    flows = [*DEPUTY_FLOWS, ("split", "yes", both.format("approve")), ("split", "no", both.format("reject"))]
    found = walked(DEPUTY, flows, forms)
    assert not found.uncovered and not found.overlaps
    flows[-1] = ("split", "no", "decide.decision == 'reject'")
    assert walked(DEPUTY, flows, forms).uncovered == {"split": [{"deputy.decision": "reject"}]}


def test_a_return_deletes_the_answers_after_it():
    """The second gateway is reached only with the answer of the present round."""
    nodes = {
        **ONE_STEP,
        "check": "userTask",
        "checked": "exclusiveGateway",
        "done": "endEvent",
    }
    flows = [
        ("begun", "decide", ""),
        ("decide", "split", ""),
        ("split", "check", "decide.decision == 'approve' and check.decision == None"),
        ("split", "no", "decide.decision == 'reject'"),
        ("split", "yes", "decide.decision == 'return'"),
        ("check", "checked", ""),
        ("checked", "decide", "check.decision == 'return'"),
        ("checked", "done", "check.decision in ['approve', 'reject']"),
    ]
    assert walked(nodes, flows, {"decide": form(), "check": form()}).uncovered == {}


PARALLEL = {
    "begun": "startEvent",
    "fork": "parallelGateway",
    "one": "userTask",
    "two": "userTask",
    "join": "parallelGateway",
    "split": "exclusiveGateway",
    "yes": "endEvent",
    "no": "endEvent",
}
PARALLEL_FLOWS = [
    ("begun", "fork", ""),
    ("fork", "one", ""),
    ("fork", "two", ""),
    ("one", "join", ""),
    ("two", "join", ""),
    ("join", "split", ""),
]


def test_parallel_paths_bring_their_answers_together():
    forms = {"one": form(values=("approve", "reject")), "two": form(values=("approve", "reject"))}
    both = "one.decision == 'approve' and two.decision == 'approve'"
    flows = [*PARALLEL_FLOWS, ("split", "yes", both), ("split", "no", "one.decision == 'reject'")]
    found = walked(PARALLEL, flows, forms)
    assert found.uncovered == {"split": [{"one.decision": "approve", "two.decision": "reject"}]}
    flows[-1] = ("split", "no", "one.decision == 'reject' or two.decision == 'reject'")
    assert walked(PARALLEL, flows, forms).uncovered == {}


def test_answers_from_before_a_fork_are_the_same_on_each_path():
    nodes = {**PARALLEL, "asked": "userTask"}
    forms = dict.fromkeys(("asked", "one", "two"), form(values=("approve", "reject")))
    flows = [
        ("begun", "asked", ""),
        ("asked", "fork", ""),
        *PARALLEL_FLOWS[1:],
        ("split", "yes", "asked.decision == 'approve' and one.decision == 'approve'"),
        ("split", "no", "asked.decision == 'reject'"),
    ]
    found = walked(nodes, flows, forms)
    assert found.uncovered == {"split": [{"asked.decision": "approve", "one.decision": "reject"}]}


def chain(steps: int) -> tuple[dict[str, str], list[tuple[str, str, str]], dict[str, str]]:
    """Steps in a row, with a gateway at the end that reads them all."""
    names = [f"step{number}" for number in range(steps)]
    nodes = {"begun": "startEvent", **dict.fromkeys(names, "userTask"), "split": "exclusiveGateway"}
    ways = [(one, other, "") for one, other in zip(["begun", *names], [*names, "split"], strict=True)]
    everything = " and ".join(f"{name}.decision == 'approve'" for name in names)
    ways += [("split", "yes", everything), ("split", "no", f"not ({everything})")]
    return {**nodes, "yes": "endEvent", "no": "endEvent"}, ways, dict.fromkeys(names, form())


def test_a_walk_that_grows_too_large_is_cut_and_says_so(monkeypatch):
    assert walked(*chain(4)).complete
    monkeypatch.setattr(branch_walk, "MAX_WALK_STATES", 100)
    assert not walked(*chain(4)).complete
    found = list(find_gateway_problems(context(*chain(4))))
    assert [one.code for one in found] == ["diagrams.gateway.not_explored"]
    assert found[0].element == "walked" and found[0].severity == "warning"


def test_many_parallel_paths_are_cut_in_time():
    """Seven paths of five decisions each would be 78,125 combinations at their join."""
    steps = [f"step{number}" for number in range(7)]
    nodes = {**PARALLEL, **dict.fromkeys(steps, "userTask")}
    ways = [("begun", "fork", ""), *(("fork", step, "") for step in ("one", "two", *steps))]
    ways += [(step, "join", "") for step in ("one", "two", *steps)]
    everything = " and ".join(f"{step}.decision == 'a'" for step in steps)
    ways += [("join", "split", ""), ("split", "yes", everything), ("split", "no", f"not ({everything})")]
    begun = process_time()
    assert not walked(nodes, ways, dict.fromkeys(nodes, form(values=tuple("abcde")))).complete
    assert process_time() - begun < 1


def test_answers_that_no_gateway_ahead_reads_are_forgotten():
    """Twenty decisions in a row, each read once: the walk stays small."""
    nodes, ways, forms = {"begun": "startEvent", "no": "endEvent"}, [("begun", "step0", "")], {}
    for number in range(20):
        step, split, after = f"step{number}", f"split{number}", f"step{number + 1}" if number < 19 else "yes"
        nodes |= {step: "userTask", split: "exclusiveGateway"}
        forms[step] = form()
        ways += [
            (step, split, ""),
            (split, after, f"{step}.decision == 'approve'"),
            (split, "no", f"{step}.decision in ['return', 'reject']"),
        ]
    found = walked({**nodes, "yes": "endEvent"}, ways, forms)
    assert found == BranchWalk()


@pytest.mark.parametrize("key", SHIPPED)
def test_a_shipped_diagram_is_checked_while_one_draws(key):
    """Measured 0.2 to 3 ms; the forms are parsed before, the model is a new one each time."""
    diagram, spent = SHIPPED[key], []
    for _ in range(5):
        parse_diagram.cache_clear()
        model = parse_diagram(diagram.xml.encode())
        begun = process_time()
        assert lint_diagram(model, diagram.forms) == []
        spent.append(process_time() - begun)
    assert min(spent) < 0.015


def test_few_combinations_are_reported_for_one_gateway():
    nodes, ways, forms = chain(2)
    ways[-1] = ("split", "no", "step0.decision == 'nothing'")
    found = list(find_gateway_problems(context(nodes, ways, forms)))
    assert len(found) == MAX_COMBINATIONS < 8
    assert {one.code for one in found} == {"diagrams.gateway.uncovered"}
