"""Reading the answers that several processes share: the student meant, the lessons missed, lists of codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.journal.gradebook.access import can_write_lesson_journals
from app.kernel.act import Act
from app.kernel.errors import Refused


def requested_student_or_actor(act: Act, asked: Mapping[str, Any]) -> UUID:
    """Whose lessons are meant: the named student, or whoever asks for himself."""
    student = UUID(asked["student"]) if asked.get("student") else act.on_behalf_of or act.person
    if student is None:
        raise Refused("operations.input.missing", name="student")
    return student


def is_teacher_of_missed_lessons(act: Act, answers: Mapping[str, Any]) -> bool:
    """Whether the missed lessons of these answers are of a journal that the act's person teaches."""
    return can_write_lesson_journals(act, [UUID(lesson) for lesson in answers["makeup"]["lessons"]])


def parse_answered_codes(given: Any) -> tuple[str, ...]:
    """Read the codes that a form answered; none is as good as an empty list. Raises TypeError for anything else."""
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise TypeError("a list of codes is expected")
    return tuple(given)
