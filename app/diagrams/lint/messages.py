"""Texts of the findings of the lint rules, for the command line. Findings of the parser keep their codes."""

from __future__ import annotations

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint import clauses, forms, inputs, operations, policies, roles, starts, values, variables

MESSAGES: dict[str, str] = {
    code: sentence
    for module in (clauses, variables, forms, inputs, operations, policies, roles, starts, values)
    for code, sentence in module.MESSAGES.items()
} | {"diagrams.key.twice": "another file draws the process {name!r} too"}


def finding_line_text(finding: DiagramFinding) -> str:
    """Return one finding as `line, element: text (code)`."""
    if finding.code not in MESSAGES:
        return str(finding)
    where = f"line {finding.line}, {finding.element}" if finding.line else finding.element
    return f"{where}: {MESSAGES[finding.code].format(**finding.params)} ({finding.code})"
