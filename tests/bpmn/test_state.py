"""The state: small, flat, deterministic, and refused when it is not what the engine wrote for this diagram."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bpmn import engine
from app.bpmn.errors import StateDamaged
from tests.bpmn.drive import START, model_of
from tests.bpmn.test_engine import Played, applied, key_of

UUID = "0198c1f2-aaaa-7bbb-8ccc-0123456789ab"
APPROVERS = ("endorse_department_head", "forward_directorate", "decide_academic_office", "release_it")
LIMIT = 1_200
DIGITS = 12
"""How much the keys of a case may gain: three numbers, four digits each."""


def returned(rounds: int) -> list[int]:
    """Sizes of the state after each round in which everybody approves and IT sends the case back."""
    case = Played("late_correction")
    sizes = []
    for turn in range(rounds):
        for task in APPROVERS[:-1]:
            assert len(case.does(task, decision="approve").state) < LIMIT
        assert len(case.does("release_it", decision="return").state) < LIMIT
        assert (
            len(case.does("rework_teacher", decision="resubmit", change_set=f"{UUID[:-4]}{turn:04}").state)
            < LIMIT
        )
        sizes.append(len(case.step.state))
    return sizes


def test_a_case_costs_the_same_after_five_hundred_returns() -> None:
    sizes = returned(500)
    assert max(sizes) - min(sizes) <= DIGITS
    assert sizes[400:] == [sizes[400]] * 100


def test_joins_leave_nothing_behind_after_a_hundred_returns() -> None:
    case = Played("everything")
    sizes = []
    for _ in range(100):
        case.does("prepare", change_set=UUID)
        case.late("head_reminder")
        case.does("check", result="again")
        case.does("check", result="ok")
        case.late("waited")
        case.late("head_late")
        case.does("head_deputy", decision="return")
        sizes.append(len(case.step.state))
    assert max(sizes) - min(sizes) <= DIGITS
    assert max(sizes) < 500


def test_the_same_history_gives_the_same_bytes() -> None:
    assert returned(2) == returned(2)
    assert Played("everything").step.state == Played("everything").step.state


def sealed(case: Played, body: Any) -> bytes:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return b"D1" + blake2b(raw, digest_size=8, key=case.spec.checksum_key).digest() + raw


CASE = Played("late_correction")
BODY = orjson.loads(CASE.step.state[10:])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(CASE.step.state) - 1), st.integers(0, 7))
def test_a_state_with_one_flipped_bit_does_not_load(at: int, bit: int) -> None:
    state = bytearray(CASE.step.state)
    state[at] ^= 1 << bit
    with pytest.raises(StateDamaged):
        engine.read_state_as_step_result(CASE.spec, bytes(state))


@pytest.mark.parametrize("cut", [0, 1, 2, 9, 10, 50, -1])
def test_a_shortened_state_does_not_load(cut: int) -> None:
    with pytest.raises(StateDamaged):
        engine.complete_task(CASE.spec, CASE.step.state[:cut], "4", {})


@pytest.mark.parametrize("format_", [b"D2", b"D0", b"{}", b"1.1", b"\x80\x04"])
def test_another_format_does_not_load(format_: bytes) -> None:
    with pytest.raises(StateDamaged) as damaged:
        engine.trigger_timer(CASE.spec, format_ + CASE.step.state[2:], "5")
    assert damaged.value.params["why"] == "format"


def test_a_state_of_another_diagram_does_not_load() -> None:
    other = engine.start_process(engine.compile_case_spec(model_of("everything")), START, applied)
    with pytest.raises(StateDamaged) as damaged:
        engine.read_state_as_step_result(CASE.spec, other.state)
    assert damaged.value.params["why"] == "checksum"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[1]",
        {"serializer_version": "1.1"},
        [*BODY, 1],
        [*BODY[:3], [["nobody", 4, []]], [], []],
        [*BODY[:3], [["release_it", "4; import os", []]], [], []],
        [*BODY[:3], [["apply_correction", 4, []]], [], []],
        [*BODY[:3], [["endorse_department_head", 4, [["forward_directorate", 5]]]], [], []],
        [*BODY[:3], [], [["endorse_department_head_late", 5]], []],
        [*BODY[:3], [], [], [["endorse_department_head", "requested"]]],
        ["serial", *BODY[1:]],
        [BODY[0], "nowhere", *BODY[2:]],
        [*BODY[:2], ["variables"], *BODY[3:]],
        [*BODY[:3], [BODY[3][0], BODY[3][0]], [], []],
    ],
)
def test_a_well_sealed_state_that_makes_no_sense_does_not_load(body: Any) -> None:
    with pytest.raises(StateDamaged):
        engine.read_state_as_step_result(CASE.spec, sealed(CASE, body))


def test_the_probe_seals_as_the_engine_does() -> None:
    assert sealed(CASE, BODY) == CASE.step.state
    assert key_of(engine.read_state_as_step_result(CASE.spec, sealed(CASE, BODY)), "endorse_department_head")
