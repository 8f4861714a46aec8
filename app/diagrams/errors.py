"""Error of diagrams that are to be published, with every finding of every file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.bpmn.errors import DiagramFinding
from app.kernel.errors import DepterError


class DiagramsRefused(DepterError):
    """422: nothing is published. `findings` maps each diagram key, or file, to its findings, by line."""

    status = 422

    def __init__(self, findings: Mapping[str, Sequence[DiagramFinding]]) -> None:
        super().__init__("diagrams.sync.refused", count=sum(map(len, findings.values())))
        self.findings: dict[str, tuple[DiagramFinding, ...]] = {
            key: tuple(sorted(found, key=lambda finding: finding.line)) for key, found in findings.items()
        }

    def __str__(self) -> str:
        return "\n".join(f"{key}: {finding}" for key, found in self.findings.items() for finding in found)
