"""Checks of a parsed diagram against the menu, the forms, the regulation and the roles, and of what it says to readers.

One rule a file, one page a rule in `docs/lint/`. `bpmn.parse` has refused files outside the profile. With an error a
diagram is not published; `severity` lists the warnings.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.bpmn.errors import DiagramFinding
from app.bpmn.model import ProcessModel
from app.diagrams.lint import (
    clauses,
    deadlines,
    ends,
    fields,
    forms,
    gateways,
    ids,
    inputs,
    labels,
    layout,
    operations,
    policies,
    roles,
    starts,
    titles,
    values,
    variables,
)
from app.diagrams.lint.context import LintContext, LintRule

LINT_RULES: Mapping[str, LintRule] = {
    "starts": starts.find_start_problems,
    "operations": operations.find_unknown_operations,
    "inputs": inputs.find_wrong_operation_inputs,
    "forms": forms.find_form_problems,
    "fields": fields.find_unfinished_fields,
    "variables": variables.find_unknown_variables,
    "values": values.find_never_equal_comparisons,
    "gateways": gateways.find_gateway_problems,
    "policies": policies.find_unknown_policies,
    "deadlines": deadlines.find_missing_deadlines,
    "roles": roles.find_role_problems,
    "clauses": clauses.find_clause_problems,
    "ends": ends.find_end_problems,
    "titles": titles.find_missing_titles,
    "ids": ids.find_generated_ids,
    "layout": layout.find_undrawn_elements,
    "labels": labels.find_crossing_labels,
}
"""Rules by the name of their file; each yields its findings about one diagram."""


def lint_diagram(model: ProcessModel, forms: Mapping[str, str]) -> list[DiagramFinding]:
    """Return the findings of every rule about a diagram and its forms (texts by name), in the order of the file."""
    return lint_diagram_of_context(LintContext(model, forms))


def lint_diagram_of_context(context: LintContext) -> list[DiagramFinding]:
    """Return the findings of every rule about the diagram of a context, in the order of the file."""
    found = [finding for rule in LINT_RULES.values() for finding in rule(context)]
    return sorted(found, key=lambda finding: finding.line)
