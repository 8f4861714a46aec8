"""THE MENU: everything a diagram may name, and nothing else. Four kinds of entry:

operation   a command a service task calls, with the approvals it demands and the outcomes it may end in
start       how a case begins: what it is about, in whose scope, with which facts
subject     how a form field that describes a change becomes an immutable thing with a hash
choices     the values a form field offers to this person in this case

A demand stands here, beside its clause, and is checked at run time before the command runs; no diagram can
weaken it. `cases` asks the menu, the menu asks the rooms below, never the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Refused
from app.operations.commands import OPERATIONS
from app.operations.registry_types import Follow, Operation, Start
from app.operations.starts import FOLLOWS, STARTS, SUBJECTS
from app.people.approvals import Ground, missing_approval

__all__ = [
    "FOLLOWS",
    "OPERATIONS",
    "STARTS",
    "SUBJECTS",
    "Follow",
    "Operation",
    "Start",
    "begun_by_news",
    "call",
]


def begun_by_news(diagram: str) -> bool:
    """Whether cases of this diagram are begun by nobody: the calendar or another process does it."""
    own = [start for start in STARTS.values() if start.diagram == diagram]
    return bool(own) and not any(start.roles for start in own)


def call(name: str, act: Act, inputs: Mapping[str, Any], ground: Ground) -> str:
    """Run an operation under its demands; answers the declared outcome it ended in.

    Every outcome but success undoes its writes (savepoint). Raises Refused `operations.approval.missing` when
    an approval is absent, `operations.approval.other_subject` when the diagram hands over something else than
    was approved, `operations.operation.unknown` and `operations.input.missing` for what a diagram should not
    ask; RuntimeError for an undeclared outcome: a defect of the command.
    """
    operation = OPERATIONS.get(name)
    if operation is None:
        raise Refused("operations.operation.unknown", name=name[:80])
    params = {key: _param(operation, key, inputs.get(key)) for key in operation.params}
    refusal = _not_approved(operation, params, ground)
    if refusal is not None:
        raise refusal
    try:
        with db.session.begin_nested():
            outcome = operation.command(act, **params)
            if outcome not in operation.outcomes:
                raise RuntimeError(f"{name} ended in {outcome!r}, which the menu does not declare")
            if outcome not in operation.success:
                raise _Undone
    except _Undone:
        pass
    return outcome


def _param(operation: Operation, key: str, given: Any) -> Any:
    try:
        return operation.params[key](given)
    except (TypeError, ValueError, AttributeError):
        raise Refused("operations.input.missing", clause=operation.clause, name=key) from None


def _not_approved(operation: Operation, params: Mapping[str, Any], ground: Ground) -> Refused | None:
    if operation.demands is None:
        return None
    refusal = missing_approval(operation.demands, ground)
    if refusal is not None or operation.fingerprint is None:
        return refusal
    if operation.fingerprint(params[operation.approved]) != ground.subject_hash:
        return Refused("operations.approval.other_subject", clause=operation.demands.clause)
    return None


class _Undone(Exception):
    """Leaves the savepoint of an operation that ended in an outcome other than success."""
