"""The mark a student disputes, as the form of the request shows it (P05)."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cases.queries.page import TaskView
from app.journal.queries import disputed
from app.journal.rules.facts import KINDS
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick
from app.kernel.ids import read_id
from app.web import journaltalk as talk
from app.web.due import due_view
from app.web.entrance import act
from app.web.speech import locale


def dispute_from(given: MultiDict[str, str]) -> dict[str, Any] | None:
    """The posted mark: `dispute` is lesson:kind:version; None when it was not drawn. Raises Invalid (`dispute`)."""
    name = given.get("dispute")
    if not name:
        return None
    pieces = name.split(":")
    if len(pieces) != 3 or not pieces[2].isdecimal() or len(pieces[2]) > 9:
        raise Invalid.field("dispute", "journal.entry.unreadable")
    asked: dict[str, Any] = {"lesson": pieces[0], "kind": pieces[1], "version": int(pieces[2])}
    return asked | ({"student": given["dispute_student"]} if given.get("dispute_student") else {})


def asked_dispute(address: Mapping[str, str], _typed: Any) -> SimpleNamespace:
    """The mark the address names, of oneself or of the student one asks for; raises Missing."""
    now = act()
    student = read_id(address["student"], "student") if address.get("student") else now.person
    kind = address.get("kind", "").upper()
    if student is None or kind not in KINDS:
        raise Missing
    found = disputed(read_id(address.get("lesson"), "lesson"), student, kind, now.at)
    cell, lesson = found.cell, found.cell.lesson
    if cell.value is None:
        raise Missing
    term = found.term
    return SimpleNamespace(
        name=f"{lesson.id}:{kind}:{cell.version}",
        student=str(student) if student != now.person else None,
        course=pick(found.offering.names, locale()),
        line=talk.lesson_line(lesson.starts_at, lesson.type),
        value=talk.value_word(kind, cell.reason or cell.value),
        due=due_view(term.moment, now.at, locale(), found.offering.department, term.as_json(), term.clause)
        if term
        else None,
    )


def again_dispute(_view: TaskView, _typed: Any) -> SimpleNamespace:
    """No task asks for another mark."""
    raise Invalid.field("dispute", "journal.entry.unreadable")
