"""Errors and findings of the engine: codes and places in a diagram, without sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from app.kernel.errors import DepterError, Stale

Severity = Literal["error", "warning"]
ERROR: Severity = "error"
WARNING: Severity = "warning"


@dataclass(frozen=True, slots=True)
class DiagramFinding:
    """One problem of a diagram: a dotted code, the line of the file (1-based, 0 for the whole file), the id
    of the element (or its name where it has no id) and the parameters of its message.

    With an error a diagram is not published; a warning is only shown.
    """

    code: str
    line: int = 0
    element: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = ERROR

    def __str__(self) -> str:
        details = "".join(f" {name}={value!r}" for name, value in self.params.items())
        return f"line {self.line}, {self.element or 'file'}: {self.code}{details}"


class DiagramError(DepterError):
    """422: the file is no diagram of our profile. `findings` lists every problem, in file order."""

    status = 422

    def __init__(self, findings: Sequence[DiagramFinding]) -> None:
        super().__init__("bpmn.diagram.refused", count=len(findings))
        self.findings: tuple[DiagramFinding, ...] = tuple(findings)

    def __str__(self) -> str:
        return "; ".join(str(finding) for finding in self.findings[:20])


class ExpressionError(DepterError):
    """422: a condition cannot be read, or its values cannot be compared."""

    status = 422


class StateDamaged(DepterError):
    """500: the stored state of a case is not what the engine wrote for this diagram.

    The case needs a person.
    """

    def __init__(self, why: str) -> None:
        super().__init__("bpmn.state.damaged", why=why)


class CaseStalled(DepterError):
    """500: the case cannot go on: nothing is open and no end was reached, or automatic elements loop.

    `why` is `nothing_open`, `no_branch` (a gateway without a matching flow) or `endless`.
    """

    def __init__(self, why: str, element: str = "") -> None:
        super().__init__("bpmn.case.stalled", why=why, element=element)


class InvalidVariable(DepterError):
    """500: a process variable is not a JSON scalar or a list of them. This is a bug in the caller."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__("bpmn.variables.not_plain", name=name, kind=kind)


class TaskNotOpen(Stale):
    """409: the task or timer is not open in this state; it was finished meanwhile."""

    def __init__(self, key: str) -> None:
        super().__init__("bpmn.task.not_open", key=key)
