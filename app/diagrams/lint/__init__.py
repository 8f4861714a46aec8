"""Checks of a parsed diagram: every name in it exists in the product. One rule a file.

`bpmn.parse` has refused files outside the profile; these rules compare with the menu, the forms, the
regulation and the roles. A diagram with a finding is not published: its first case would end in an error.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.bpmn.errors import Finding
from app.bpmn.model import Model
from app.diagrams.lint import (
    clauses,
    facts,
    forms,
    inputs,
    operations,
    policies,
    roles,
    starts,
    values,
)
from app.diagrams.lint.drawing import Drawing, Rule

RULES: Mapping[str, Rule] = {
    "starts": starts.check,
    "operations": operations.check,
    "inputs": inputs.check,
    "forms": forms.check,
    "facts": facts.check,
    "values": values.check,
    "policies": policies.check,
    "roles": roles.check,
    "clauses": clauses.check,
}
"""Rules by the name of their file; each yields its findings about one diagram."""


def check(model: Model, forms: Mapping[str, str]) -> list[Finding]:
    """Return a finding for every unknown name in a diagram and its forms (texts by name), in the order of the
    file.
    """
    context = Drawing(model, forms)
    found = [finding for rule in RULES.values() for finding in rule(context)]
    return sorted(found, key=lambda finding: finding.line)
