"""Lint rule: every deadline and timer names a policy of the regulation that is a length of time.

Otherwise its step cannot be opened: it would have no deadline.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext
from app.regulation.queries import duration_policy_keys, policy_keys_for_diagrams


def find_unknown_policies(context: LintContext) -> Iterator[DiagramFinding]:
    """Find policies that are unknown or not a length of time."""
    model = context.model
    named = [(task.id, task.deadline) for task in model.user_tasks.values() if task.deadline]
    named += [(timer.id, timer.policy) for timer in model.timers.values()]
    for element, name in named:
        if name not in policy_keys_for_diagrams():
            yield context.make_finding("diagrams.policy.unknown", element, name=name)
        elif name not in duration_policy_keys():
            yield context.make_finding("diagrams.policy.no_term", element, name=name)
