"""On whose behalf somebody takes a step, asked anew in the transaction in which he takes it (3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.cases.case_record import HeldCase, HeldTask
from app.cases.models import Case, Task
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied
from app.people import queries as people


def in_whose_place(act: Act, case: Case | HeldCase, task: Task | HeldTask) -> Act:
    """The act as this task is taken by it: in the place of whom the task was meant for, of whom one acts for now, or of
    nobody. What one asked for oneself, for a student or for whom one acts, comes back to be done as it was asked. One
    statement, none when it is one's own.

    Raises Denied (`people.substitute.over`) once he is not named for it any more.
    """
    absent = task.on_behalf_of
    if task.assignee != act.person:
        absent = act.on_behalf_of
    elif case.requester == act.person and absent != act.on_behalf_of:
        absent = None
    act = replace(act, on_behalf_of=absent)
    must_stand_in(act, [task.role])
    return act


def place_refused(act: Act, case: Case, task: Task) -> Denied | None:
    """Why the person of the act does not take this task any more in the place of somebody else; None when he may."""
    try:
        in_whose_place(act, case, task)
    except Denied as refused:
        return refused
    return None


def must_stand_in(act: Act, roles: Iterable[str]) -> None:
    """Raises Denied (`people.substitute.over`) when the act's person is not named, today, to act in one of these roles
    for whom he acts. One statement, none for who acts for himself."""
    if act.person is None or act.on_behalf_of is None:
        return
    if not people.stands_in(act.person, act.on_behalf_of, roles, local_day(act.at)):
        raise Denied("people.substitute.over")
