"""Checks of a parsed diagram: every name in it is one that the product knows.

One rule a file; all of them pure.

`bpmn.parse` has refused what is no diagram of the profile; these rules ask the menu, the forms, the
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
"""By the name of their file; a rule answers its findings about one diagram."""


def check(model: Model, forms: Mapping[str, str]) -> list[Finding]:
    """Every name in a diagram and its forms (texts by name) that nobody knows, in the order of the file."""
    drawing = Drawing(model, forms)
    found = [finding for rule in RULES.values() for finding in rule(drawing)]
    return sorted(found, key=lambda finding: finding.line)
