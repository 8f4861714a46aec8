"""Which news a case and its operations tell, read from the sources: the event_type, the words, to whom."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache

from app.bpmn.model import ProcessModel
from app.cases.events import REQUESTER_ONLY_OUTCOMES
from app.notices.texts import NOTICE_EVENT_TYPES, TITLES
from app.operations import FOLLOW_UP_BY_EVENT_TYPE, OPERATIONS

_HELD = re.compile(r"%\((\w+)\)s")


@cache
def facts_of(operation: str) -> tuple[str, ...]:
    """The facts that an operation of the menu posts and somebody is told, or that begin another process."""
    if operation not in OPERATIONS:
        return ()
    command = inspect.unwrap(OPERATIONS[operation].command)
    module = sys.modules[command.__module__]
    functions = {
        node.name: node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.FunctionDef)
    }
    seen: set[str] = set()
    ahead, said = [command.__name__], set[str]()
    while ahead:
        name = ahead.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Name):
                ahead.append(node.id)
                named = getattr(module, node.id, None)
                said |= {named} if isinstance(named, str) else set()
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
    return tuple(
        sorted(
            event_type
            for event_type in said
            if event_type in NOTICE_EVENT_TYPES or event_type in FOLLOW_UP_BY_EVENT_TYPE
        )
    )


def notices(model: ProcessModel) -> Iterator[tuple[str, str, str]]:
    """Fact, words, to whom: everything a case of this diagram may tell."""
    yield _row("cases.task.opened", "whoever the step belongs to; `:pooled` to each of a role")
    yield _row("cases.task.reminded:reminder_50", "whoever has the task")
    yield _row("cases.task.reminded:reminder_90", "whoever has the task")
    yield _row("cases.task.reminded:overdue", "whoever has the task")
    if any(timer.attached_to and timer.interrupting for timer in model.timers.values()):
        yield _row("cases.task.escalated", "the one who let the term pass, and who asked")
    if any(task.rework for task in model.user_tasks.values()):
        yield _row("cases.case.returned", "the one who asked")
    for outcome in dict.fromkeys(end.outcome for end in model.ends.values() if end.outcome):
        named = f"cases.case.ended:{outcome}"
        whom = (
            "the one who asked"
            if outcome in REQUESTER_ONLY_OUTCOMES
            else "the one who asked, and whom it is about"
        )
        yield _row(named if named in TITLES else "cases.case.ended", whom)
    yield _row("cases.case.withdrawn", "whoever had the task")
    for service in model.services.values():
        for event_type in facts_of(service.operation):
            if event_type in NOTICE_EVENT_TYPES:
                yield _row(event_type, f"those whom `{service.operation}` concerns")


def _row(key: str, whom: str) -> tuple[str, str, str]:
    return f"`{key}`", _HELD.sub(lambda found: f"({found[1]})", TITLES[key]), whom
