"""The comparison can fail: a verifier that forgets one rule of run time is noticed on mutants of one operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from app.diagrams.verify import explore, findings, steps
from app.diagrams.verify.monitor import CaseMonitor, GivenApproval
from tests.diagrams.verify.agreement import compare
from tests.support.diagram_mutants import MutantGenerator

SEARCHED = 40
"""Mutants of an operator among which at least one has to notice."""
_after_step, _after_approval = CaseMonitor.after_step, CaseMonitor.after_approval


def keep_void_approvals(self: CaseMonitor, *given: Any) -> CaseMonitor:
    return replace(_after_step(self, *given), approvals=self.approvals)


def forget_stale_steps(self: CaseMonitor, *given: Any) -> CaseMonitor:
    return replace(_after_step(self, *given), stale=frozenset())


def _with_each(
    self: CaseMonitor, change: Callable[[GivenApproval], GivenApproval], *given: Any
) -> CaseMonitor:
    monitor = _after_approval(self, *given)
    return replace(monitor, approvals=tuple(change(one) for one in monitor.approvals))


def trust_requester(self: CaseMonitor, *given: Any) -> CaseMonitor:
    return _with_each(self, lambda one: replace(one, own_request=False), *given)


def trust_persons(self: CaseMonitor, *given: Any) -> CaseMonitor:
    everybody = frozenset(one.task for one in self.approvals)
    return _with_each(self, lambda one: replace(one, others=one.others | everybody), *given)


SABOTAGES: dict[str, tuple[Any, str, Any, str]] = {
    "void approvals count": (CaseMonitor, "after_step", keep_void_approvals, "flip_interrupting"),
    "stale steps count": (CaseMonitor, "after_step", forget_stale_steps, "run_in_parallel"),
    "the requester may approve": (CaseMonitor, "after_approval", trust_requester, "change_assignment"),
    "one person may approve twice": (CaseMonitor, "after_approval", trust_persons, "run_in_parallel"),
    "approvals outlive a subject": (CaseMonitor, "after_new_subject", lambda self: self, "reroute_rework"),
    "effects happen twice": (steps, "monitor_after_outcome", lambda monitor, *_: monitor, "repeat_service"),
    "demands are not checked": (steps, "find_violation_of_service_call", lambda *_: None, "drop_task"),
    "steps open twice": (explore, "find_marking_violation", lambda *_: None, "add_parallel_way"),
    "states without a way out": (findings, "_findings_of_stuck_states", lambda *_: iter(()), "reroute_flow"),
    "rounds of timers": (findings, "_endless_timer_findings", lambda *_: iter(()), "reroute_timer"),
    "dead elements": (findings, "_dead_element_findings", lambda *_: iter(()), "change_variable"),
}


@pytest.mark.torture
@pytest.mark.parametrize("name", SABOTAGES)
def test_a_broken_verifier_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, attribute, broken, operator = SABOTAGES[name]
    monkeypatch.setattr(place, attribute, broken)
    mutants = islice(MutantGenerator("sample").mutants(operator), SEARCHED)
    assert any(compare(mutant).troubles for mutant in mutants)


def test_the_sample_notices_that_approvals_are_never_void(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CaseMonitor, "after_step", keep_void_approvals)
    mutants = islice(MutantGenerator("void").mutants("flip_interrupting"), 6)
    assert any(compare(mutant).troubles for mutant in mutants)
