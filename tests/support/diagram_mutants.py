"""Mutants of the shipped diagrams from a seed: each has a change, still parses, and lint finds no error in it."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from app.bpmn.errors import DiagramError
from app.bpmn.model import ProcessModel
from app.bpmn.parse import parse_diagram
from app.diagrams.lint import lint_diagram
from app.diagrams.lint.severity import ERROR
from app.diagrams.versions import ShippedDiagram, read_shipped_diagrams
from app.kernel.settings import PROJECT_DIR
from tests.support import mutants_of_marks as marks
from tests.support import mutants_of_ways as ways
from tests.support.diagram_edits import EditedDiagram, NotPossible

ERRORS_OF_MEANING = frozenset(
    {
        "diagrams.gateway.uncovered",
        "diagrams.deadline.missing",
        "diagrams.form.no_approval",
        "diagrams.role.person_needed",
    }
)
"""What lint finds in cases that the verifier can play all the same: more to compare the two explorers on."""
ATTEMPTS = 400
"""Attempts for one mutant before an operator is given up for this draw."""


OPERATORS: Mapping[str, Callable[[EditedDiagram], None]] = {
    operator.__name__: operator
    for operator in (
        ways.drop_task,
        ways.swap_tasks,
        ways.reroute_flow,
        ways.reroute_timer,
        ways.reroute_rework,
        ways.bypass_by_timer,
        ways.swap_gateway,
        ways.merge_in_parallel,
        ways.add_parallel_task,
        ways.add_parallel_way,
        ways.run_in_parallel,
        ways.repeat_service,
        marks.change_operator,
        marks.change_literal,
        marks.change_variable,
        marks.change_default,
        marks.move_lane,
        marks.change_role,
        marks.change_deadline,
        marks.flip_approval,
        marks.flip_rework,
        marks.flip_interrupting,
        marks.change_assignment,
        marks.change_inputs,
        marks.change_outcome,
    )
}
SEVERAL_CHANGES = "several_changes"


@dataclass(frozen=True)
class DiagramMutant:
    """One changed diagram: operator, name, text, model, whether lint finds no error in it, and the forms."""

    operator: str
    name: str
    xml: bytes
    model: ProcessModel
    is_clean: bool
    forms: Mapping[str, str]


class MutantGenerator:
    """Generator of mutants that are all different; the same seed gives the same ones."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.shipped, self.models = _shipped_diagrams()
        self.forms = {name: text for one in self.shipped for name, text in one.forms.items()}
        self._seen: set[str] = {_shape(model) for model in self.models.values()}
        self._number: Counter[str] = Counter()

    def mutants(self, operator: str) -> Iterator[DiagramMutant]:
        """Yield mutants of one operator until no new one is found."""
        while True:
            made = self._next(operator)
            if made is None:
                return
            yield made

    def _next(self, operator: str) -> DiagramMutant | None:
        for _ in range(ATTEMPTS):
            self._number[operator] += 1
            number = self._number[operator]
            chance = random.Random(f"{self.seed} {operator} {number}")
            one = chance.choice(self.shipped)
            made = self._changed(one, operator, chance)
            if made is not None and _shape(made[1]) not in self._seen:
                self._seen.add(_shape(made[1]))
                return DiagramMutant(operator, f"{one.key}-{operator}-{number}", *made, self.forms)
        return None

    def _changed(
        self, one: ShippedDiagram, operator: str, chance: random.Random
    ) -> tuple[bytes, ProcessModel, bool] | None:
        edited = EditedDiagram(one.xml.encode(), self.models[one.key], one.forms, chance)
        try:
            if operator == SEVERAL_CHANGES:
                for name in chance.sample(sorted(OPERATORS), chance.randint(2, 4)):
                    OPERATORS[name](edited)
            else:
                OPERATORS[operator](edited)
            edited.prune()
            xml = edited.xml()
            model = parse_diagram(xml)
        except (NotPossible, DiagramError):
            return None
        errors = {one.code for one in lint_diagram(model, self.forms) if one.severity == ERROR}
        return (xml, model, not errors) if errors <= ERRORS_OF_MEANING else None


@cache
def _shipped_diagrams() -> tuple[Sequence[ShippedDiagram], Mapping[str, ProcessModel]]:
    shipped = read_shipped_diagrams(PROJECT_DIR / "workflows", PROJECT_DIR / "forms")
    return shipped, {one.key: parse_diagram(one.xml.encode()) for one in shipped}


def _shape(model: ProcessModel) -> str:
    """Return a fingerprint of what a model means: lines and titles are left out."""
    parts = [
        model.key,
        sorted((lane.id, lane.role, lane.scope) for lane in model.lanes.values()),
        [
            (t.id, t.form, t.deadline, t.approves, t.lane, t.assign, t.rework)
            for t in model.user_tasks.values()
        ],
        [(one.id, one.operation, sorted(one.inputs.items())) for one in model.services.values()],
        [(one.id, one.kind, one.default) for one in model.gateways.values()],
        [(one.id, one.attached_to, one.interrupting, one.policy) for one in model.timers.values()],
        [(f.source, f.target, f.condition.text if f.condition else "") for f in model.flows.values()],
        [(one.id, one.outcome) for one in model.ends.values()],
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()
