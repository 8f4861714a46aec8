"""The severity of every finding about a diagram: an error keeps it from being published, a warning does not."""

from __future__ import annotations

from app.bpmn.errors import ERROR, WARNING, Severity

WARNING_CODES: frozenset[str] = frozenset(
    {
        "diagrams.gateway.overlap",
        "diagrams.gateway.not_explored",
        "diagrams.id.unreadable",
        "diagrams.end.result_missing",
        "diagrams.layout.none",
        "diagrams.layout.missing",
        "diagrams.label.crosses",
    }
)
"""Codes of the findings after which a diagram still does what it says."""


def severity_of_finding_code(code: str) -> Severity:
    """Return the severity of a code; one that is not listed is an error."""
    return WARNING if code in WARNING_CODES else ERROR
