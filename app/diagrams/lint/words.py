"""Texts of the findings of the lint rules, for the command line. Findings of the parser keep their codes."""

from __future__ import annotations

from app.bpmn.errors import Finding
from app.diagrams.lint import clauses, facts, forms, inputs, operations, policies, roles, starts, values

SAYS: dict[str, str] = {
    code: sentence
    for module in (clauses, facts, forms, inputs, operations, policies, roles, starts, values)
    for code, sentence in module.SAYS.items()
} | {"diagrams.key.twice": "another file draws the process {name!r} too"}


def sentence(finding: Finding) -> str:
    """Return one finding as `line, element: text (code)`."""
    if finding.code not in SAYS:
        return str(finding)
    where = f"line {finding.line}, {finding.element}" if finding.line else finding.element
    return f"{where}: {SAYS[finding.code].format(**finding.params)} ({finding.code})"
