"""Checks of diagrams: lint and verification of each that ships, of chains of steps, and in the process with limits."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.bpmn.parse import parse_diagram
from app.diagrams.checking import check_diagram
from app.diagrams.limited_check import check_diagram_with_limits, stop_checking_process
from app.diagrams.lint import lint_diagram
from app.diagrams.verify import verify_diagram
from app.diagrams.versions import read_shipped_diagrams
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR
from tests.support.drawing import choice_form, drawing
from tools.bench.table import Figure, figure

CHAINS = (10, 20, 40)
"""User tasks of the chains: every second one is the deputy of the one before, after its deadline."""


def measure(figures: list[Figure], rounds: int) -> None:
    """Every figure about diagrams, without a database."""
    for diagram in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR):
        _measure_diagram(figures, diagram.key, diagram.xml.encode(), dict(diagram.forms), rounds)
    for tasks in CHAINS:
        forms = {"decide": choice_form("approve", "return")}
        _measure_diagram(figures, f"chain_{tasks}", chain(tasks), forms, rounds)
    late = next(
        one
        for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR)
        if one.key == "late_correction"
    )
    stop_checking_process()
    began = time.perf_counter()
    check_diagram_with_limits(late.xml.encode(), late.forms)
    figures.append(figure("check.limited.first", [time.perf_counter() - began], "starts the process"))
    edits = [f"{late.xml}<!-- {number} -->".encode() for number in range(rounds)]
    each = iter(edits)
    seconds = _timed(lambda: check_diagram_with_limits(next(each), late.forms), rounds)
    figures.append(figure("check.limited.while_drawing", seconds, "each drawing is new: nothing is cached"))
    stop_checking_process()


def chain(tasks: int) -> bytes:
    """A chain of approvals with deputies that returns to its first step: so many user tasks."""
    steps = [f"t{number}" for number in range(tasks // 2)]
    flows, members, gates = ["begin > t0"], {}, []
    for number, step in enumerate(steps):
        following = steps[number + 1] if number + 1 < len(steps) else "over"
        members[step] = {"role": "directorate", "approves": "true", "rework": "true" if number == 0 else ""}
        members[f"{step}_deputy"] = {"role": "directorate", "approves": "true", "assign": "deputy"}
        gates.append(f"{step}_said")
        flows += [f"{step} > {step}_said", f"{step}_deputy > {step}_said", f"{step}_late > {step}_deputy"]
        approved = f"{step}.decision == 'approve' or {step}_deputy.decision == 'approve'"
        flows += [f"{step}_said > {following}: {approved}", f"{step}_said > t0"]
    return drawing(
        "\n".join(flows),
        tasks=members,
        timers={f"{step}_late": step for step in steps},
        exclusive=gates,
        defaults=dict.fromkeys(gates, "t0"),
    )


def _measure_diagram(
    figures: list[Figure], name: str, xml: bytes, forms: dict[str, str], rounds: int
) -> None:
    model = parse_diagram(xml)
    states = verify_diagram(model, forms).states
    figures.append(figure(f"{name}.lint", _timed(lambda: lint_diagram(model, forms), rounds)))
    seconds = _timed(lambda: verify_diagram(model, forms), rounds)
    figures.append(figure(f"{name}.verify", seconds, f"{states} states"))
    figures.append(figure(f"{name}.check", _timed(lambda: check_diagram(xml, forms), rounds)))


def _timed(deed: Callable[[], object], rounds: int) -> list[float]:
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        deed()
        seconds.append(time.perf_counter() - began)
    return seconds
