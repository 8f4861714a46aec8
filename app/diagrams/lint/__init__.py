"""Checks of a parsed diagram: every name in it exists in the product. One rule a file.

`bpmn.parse` has refused files outside the profile; these rules compare with the menu, the forms, the
regulation and the roles. A diagram with a finding is not published: its first case would end in an error.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.bpmn.errors import DiagramFinding
from app.bpmn.model import ProcessModel
from app.diagrams.lint import clauses, forms, inputs, operations, policies, roles, starts, values, variables
from app.diagrams.lint.context import LintContext, LintRule

LINT_RULES: Mapping[str, LintRule] = {
    "starts": starts.find_unknown_start,
    "operations": operations.find_unknown_operations,
    "inputs": inputs.find_wrong_inputs,
    "forms": forms.find_form_problems,
    "variables": variables.find_unknown_variables,
    "values": values.find_impossible_values,
    "policies": policies.find_unknown_policies,
    "roles": roles.find_unknown_roles,
    "clauses": clauses.find_unknown_clauses,
}
"""Rules by the name of their file; each yields its findings about one diagram."""


def lint_diagram(model: ProcessModel, forms: Mapping[str, str]) -> list[DiagramFinding]:
    """Return a finding for every unknown name in a diagram and its forms (texts by name), in the order of the
    file.
    """
    return lint_in_context(LintContext(model, forms))


def lint_in_context(context: LintContext) -> list[DiagramFinding]:
    """Return the findings of every rule about the diagram of a context, in the order of the file."""
    found = [finding for rule in LINT_RULES.values() for finding in rule(context)]
    return sorted(found, key=lambda finding: finding.line)
