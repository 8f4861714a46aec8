"""Replays the story of a finding of the verifier on the real engine, step by step, and says how it ended there.

A story names neither the persons nor the subjects that answers create: every case that fits the story so far is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.bpmn.errors import CaseStalled, ExpressionError
from app.diagrams.verify import VerifiedFinding
from app.diagrams.verify.steps import StoryStep
from app.diagrams.verify.values import LIST_VALUE, OTHER_TEXT, SOME_VALUE
from tests.support.slow_case import SlowCase, StepChoice, UnsafeStep, problem_of
from tests.support.slow_explorer import SlowExplorer

PROBLEM_BY_CODE = {
    "verify.case.stalled": "stalled",
    "verify.case.endless": "endless",
    "verify.branch.missing": "no_branch",
    "verify.condition.fails": "condition",
    "verify.step.twice": "two tokens",
    "verify.end.two_outcomes": "two outcomes",
    "verify.approval.missing": "operations.approval.missing",
    "verify.approval.missing_by_setting": "operations.approval.missing",
    "verify.approval.out_of_order": "operations.approval.out_of_order",
    "verify.approval.same_person": "operations.approval.same_person",
    "verify.approval.own_request": "operations.approval.same_person",
    "verify.effect.other_subject": "operations.approval.other_subject",
    "verify.effect.input_missing": "operations.input.missing",
    "verify.effect.twice": "effect twice",
}
"""How the engine and the menu call what the verifier finds."""
WITHOUT_ELEMENT = frozenset({"stalled", "endless", "condition", "two outcomes", "two tokens"})
"""Problems that the engine reports at no element, or that may have several places in one state."""


class StoryDoesNotFit(Exception):
    """Raised when no case can go the way of a story."""


def told_problem_happens(explorer: SlowExplorer, found: VerifiedFinding) -> bool:
    """Return whether the story of a finding ends in what the finding says, on the real engine."""
    code, story, replay = found.finding.code, found.story, StoryReplay(explorer)
    try:
        if code == "verify.case.cannot_end":
            return replay.is_stuck_after(story)
        if code == "verify.case.endless" and story[-1].kind == "fire" and replay.is_round(story):
            return True
        problem = PROBLEM_BY_CODE[code]
        told = problem if problem in WITHOUT_ELEMENT else f"{problem} {found.finding.element}"
        return any(one.startswith(told) for one in replay.problems(story))
    except StoryDoesNotFit:
        return False


class StoryReplay:
    """Every case of one diagram that fits a story."""

    def __init__(self, explorer: SlowExplorer) -> None:
        self.explorer = explorer

    def problems(self, story: Sequence[StoryStep]) -> set[str]:
        """Return how the last step of the story ends in the cases that fit; "" when nothing is wrong with it."""
        cases: list[SlowCase | None] = [None]
        if len(story) > 1:
            cases = list(self._cases_after_each(story[:-1])[-1])
        return {problem for _, problem in self._played(cases, story[-1])}

    def is_stuck_after(self, story: Sequence[StoryStep]) -> bool:
        """Return whether a case that fits the story can reach no end."""
        return any(not self.explorer.can_end(case) for case in self._cases_after_each(story)[-1])

    def is_round(self, story: Sequence[StoryStep]) -> bool:
        """Return whether the last steps are timers that lead to where the case has been before."""
        keys = [{self.explorer.key(case) for case in cases} for cases in self._cases_after_each(story)]
        for at in range(len(story) - 1, 0, -1):
            if story[at].kind != "fire":
                return False
            if keys[-1] & keys[at - 1]:
                return True
        return False

    def _cases_after_each(self, story: Sequence[StoryStep]) -> list[list[SlowCase]]:
        found: list[list[SlowCase]] = []
        cases: list[SlowCase | None] = [None]
        for step in story:
            after = [
                after for after, problem in self._played(cases, step) if after is not None and not problem
            ]
            if not after:
                raise StoryDoesNotFit(step.element)
            found.append(after)
            cases = list(after)
        return found

    def _played(
        self, cases: Sequence[SlowCase | None], step: StoryStep
    ) -> Iterator[tuple[SlowCase | None, str]]:
        seen = set()
        outcomes = tuple(outcome for _, outcome in step.services)
        for case in cases:
            for choice in self._fitting(case, step):
                after, problem = self._play(case, replace(choice, outcomes=outcomes))
                key = (problem, self.explorer.key(after) if after else None)
                if key not in seen:
                    seen.add(key)
                    yield after, problem

    def _fitting(self, case: SlowCase | None, step: StoryStep) -> Iterator[StepChoice]:
        choices = self.explorer.starts() if case is None else self.explorer.choices(case)
        for choice in choices:
            same = (choice.kind, choice.element) == (step.kind, step.element) and _answers_fit(choice, step)
            if same or step.kind == "start":
                yield choice

    def _play(self, case: SlowCase | None, choice: StepChoice) -> tuple[SlowCase | None, str]:
        driver = self.explorer.driver
        try:
            if case is None:
                return driver.start(choice.moved or {}, choice.outcomes), ""
            return driver.play(case, choice), ""
        except (UnsafeStep, CaseStalled, ExpressionError) as error:
            return None, problem_of(error)


def _answers_fit(choice: StepChoice, step: StoryStep) -> bool:
    """Return whether an answer is what the story says; texts that no condition names are as good as others."""
    if choice.answer is None:
        return True
    given: dict[str, Any] = {**choice.answer.variables, "decision": choice.answer.decision}
    for name, value in step.answers.items():
        free = value in (OTHER_TEXT, SOME_VALUE, LIST_VALUE)
        if given.get(name) != value and not (free and given.get(name) is not None):
            return False
    return True
