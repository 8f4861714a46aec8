"""Drives engine and token game side by side along a random walk; also keeps a case in memory without reloading it."""

from __future__ import annotations

import ast
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.bpmn import engine, token_game
from app.bpmn.errors import CaseStalled
from app.bpmn.expression import ConditionExpression
from app.bpmn.model import ProcessModel, ServiceTask
from app.bpmn.parse import parse_diagram

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "workflows"
FILES = {
    path.stem: path for path in (*sorted(SHIPPED.glob("*.bpmn")), *sorted((HERE / "diagrams").glob("*.bpmn")))
}
START = {
    "start.change_set": "first",
    "start.discipline_department": "department",
    "start.student_institute": "institute",
}


def model_of(name: str) -> ProcessModel:
    """A shipped diagram or a test diagram, by its file name."""
    return parse_diagram(FILES[name].read_bytes())


def values_of(condition: ConditionExpression) -> dict[str, set[str]]:
    """For each variable of a condition: the texts it is compared with."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(condition.tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute):
            texts = [part.value for part in ast.walk(node.comparators[0]) if isinstance(part, ast.Constant)]
            name = f"{ast.unparse(node.left)}"
            found.setdefault(name, set()).update(text for text in texts if isinstance(text, str))
    return found


class Chance:
    """Draws what persons answer and services end in, from a seed; the same draw for engine and game."""

    def __init__(self, model: ProcessModel, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.values: dict[str, set[str]] = {}
        strict: set[str] = set()
        for flow in model.flows.values():
            for name, texts in values_of(flow.condition).items() if flow.condition else ():
                self.values.setdefault(name, set()).update(texts)
                if not model.gateways[flow.source].default:
                    strict.add(name)
        for name in self.values.keys() - strict:
            self.values[name].add("something else")

    def answers(self, task: str, turn: int) -> dict[str, Any]:
        """What a person answers: mostly words that some condition knows, and prose that none reads."""
        given: dict[str, Any] = {"comment": "x" * 50, "change_set": f"set {turn}"}
        for name in sorted(self.values):
            owner, _, part = name.partition(".")
            if owner == task:
                given[part] = self.random.choice(sorted(self.values[name]))
        return given

    def caller(self) -> Any:
        """A service's outcomes in order, independent of when other services run."""
        turns: dict[str, int] = {}

        def call(service: ServiceTask, inputs: Mapping[str, Any]) -> str:
            turns[service.id] = turns.get(service.id, 0) + 1
            words = sorted(self.values.get(f"{service.id}.outcome", {"done"}))
            draw = random.Random(f"{self.seed}.{service.id}.{turns[service.id]}.{sorted(inputs.items())}")
            return draw.choice(words)

        return call


def differs(model: ProcessModel, step: engine.StepResult, game: token_game.Marking) -> str:
    """What engine and game do not agree on, or nothing."""
    seen = {
        "tasks": (tuple(sorted(task.element for task in step.open_tasks)), game.open_task_ids),
        "timers": (tuple(sorted(timer.element for timer in step.open_timers)), game.running_timer_ids),
        "variables": (step.variables, {k: v for k, v in game.variables.items() if _kept(model, k)}),
        "done": (step.done, game.done),
        "end": (step.end, game.end if game.done else None),
    }
    return "; ".join(f"{name}: engine {a}, game {b}" for name, (a, b) in seen.items() if a != b)


def _kept(model: ProcessModel, name: str) -> bool:
    return (
        name in model.read_variables or name.startswith("start.") or name.endswith((".decision", ".outcome"))
    )


def reloaded(model: ProcessModel, seed: int, steps: int = 40) -> str:
    """A random walk in which the engine reads its state anew at every step. Says what differed, or nothing."""
    spec, chance = engine.compile_case_spec(model), Chance(model, seed)
    ours, theirs = chance.caller(), chance.caller()
    step = engine.start_process(spec, START, ours)
    game = token_game.marking_after_start(model, START, theirs)
    for turn in range(steps):
        if trouble := differs(model, step, game) or differs(
            model, engine.read_state_as_step_result(spec, step.state), game
        ):
            return f"seed {seed}, turn {turn}: {trouble}"
        if game.done:
            return ""
        move = chance.random.choice(game.moves)
        if move.kind == "fire":
            key = next(timer.key for timer in step.open_timers if timer.element == move.element)
            step = engine.trigger_timer(spec, step.state, key, ours)
            game = token_game.marking_after_timer(model, game, move.element, theirs)
        else:
            key = next(task.key for task in step.open_tasks if task.element == move.element)
            answers = chance.answers(move.element, turn)
            step = engine.complete_task(spec, step.state, key, answers, ours)
            game = token_game.marking_after_task(model, game, move.element, answers, theirs)
    return ""


def kept_alive(model: ProcessModel, seed: int, join: type[Any], steps: int = 40) -> str:
    """The same walk on one tree of tasks that is never stored, with a join of the caller's choice."""
    spec, chance = engine.compile_case_spec(model, join=join), Chance(model, seed)
    theirs = chance.caller()
    workflow, step = engine.start_process_and_return_tree(spec, START, chance.caller())
    game = token_game.marking_after_start(model, START, theirs)
    for turn in range(steps):
        if trouble := differs(model, step, game):
            return f"seed {seed}, turn {turn}: {trouble}"
        if game.done:
            return ""
        move = chance.random.choice(game.moves)
        answers = chance.answers(move.element, turn) if move.kind == "complete" else {}
        try:
            if move.kind == "fire":
                key = next(timer.key for timer in step.open_timers if timer.element == move.element)
                step = engine.trigger_timer_in_loaded_tree(workflow, step.end, key)
                game = token_game.marking_after_timer(model, game, move.element, theirs)
            else:
                key = next(task.key for task in step.open_tasks if task.element == move.element)
                step = engine.complete_task_in_loaded_tree(workflow, step.end, key, answers)
                game = token_game.marking_after_task(model, game, move.element, answers, theirs)
        except CaseStalled as stalled:
            return f"seed {seed}, turn {turn}: {stalled}"
    return ""
