"""Substitution for one task, checked again in the transaction that completes or claims it (3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.cases.case_record import CaseRecord, TaskRecord
from app.cases.models import Case, Task
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied
from app.people import queries as people


def act_with_task_substitution(act: Act, case: Case | CaseRecord, task: Task | TaskRecord) -> Act:
    """Return the act with the person whom its person substitutes for this task; at most one statement.

    This is the person for whom the task was meant, or the one substituted now, or nobody. A task that returns
    to its requester is done in the same capacity in which it was requested. Raises Denied
    (`people.substitute.over`) when the substitution has ended.
    """
    substituted = task.on_behalf_of
    if task.assignee != act.person:
        substituted = act.on_behalf_of
    elif case.requester == act.person and substituted != act.on_behalf_of:
        substituted = None
    act = replace(act, on_behalf_of=substituted)
    require_current_substitution(act, [task.role])
    return act


def refusal_to_take_task_as_substitute(act: Act, case: Case, task: Task) -> Denied | None:
    """Return why the act's person may not take this task as a substitute any more; None when he may."""
    try:
        act_with_task_substitution(act, case, task)
    except Denied as refused:
        return refused
    return None


def require_current_substitution(act: Act, roles: Iterable[str]) -> None:
    """Raise Denied (`people.substitute.over`) unless the person may substitute in one of these roles today.

    One statement; none for a person who acts for himself.
    """
    if act.person is None or act.on_behalf_of is None:
        return
    if not people.is_substitute(act.person, act.on_behalf_of, roles, local_day(act.at)):
        raise Denied("people.substitute.over")
