"""Random walks through a diagram on the real engine, with the menu's run-time checks, from seeds."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace

from app import operations
from app.bpmn.errors import CaseStalled, ExpressionError
from app.bpmn.model import ProcessModel
from tests.support.slow_case import SlowCase, StepChoice, UnsafeStep
from tests.support.slow_explorer import SlowExplorer

LONGEST_WALK = 60


def walk_problems(model: ProcessModel, forms: Mapping[str, str], seeds: Iterable[int]) -> list[str]:
    """Return what went wrong in walks with these seeds: nothing in a diagram that is safe."""
    explorer, problems = SlowExplorer(model, forms), []
    for seed in seeds:
        try:
            _walk(explorer, random.Random(seed))
        except (UnsafeStep, CaseStalled, ExpressionError) as error:
            problems.append(f"walk {seed}: {type(error).__name__} {error}")
    return problems


def _walk(explorer: SlowExplorer, chance: random.Random) -> None:
    """Go to an end, or LONGEST_WALK steps. Raises what goes wrong."""
    case = _played(explorer, None, chance.choice(list(explorer.starts())), chance)
    for _ in range(LONGEST_WALK):
        if case.done:
            return
        choices = list(explorer.choices(case))
        elements = sorted({(choice.kind, choice.element) for choice in choices})
        chosen = chance.choice(elements)
        choice = chance.choice([one for one in choices if (one.kind, one.element) == chosen])
        case = _played(explorer, case, choice, chance)


def _played(
    explorer: SlowExplorer, case: SlowCase | None, choice: StepChoice, chance: random.Random
) -> SlowCase:
    """Play one step; each operation that runs in it ends in an outcome by chance."""
    outcomes: tuple[str, ...] = ()
    while True:
        played = replace(choice, outcomes=outcomes)
        if case is None:
            after = explorer.driver.start(played.moved or {}, outcomes)
        else:
            after = explorer.driver.play(case, played)
        ran = explorer.driver.ran
        if len(ran) == len(outcomes):
            return after
        operation = operations.OPERATIONS[explorer.model.services[ran[len(outcomes)]].operation]
        outcomes = (*outcomes, chance.choice(list(operation.outcomes)))
