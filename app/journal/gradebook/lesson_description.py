"""The command that describes a lesson: topic, type, methods, task and hours (2.1, 4.1.1), each with a maximum
(4.1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.audit.record import record_audit_event
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import LESSON_TYPES
from app.journal.gradebook.entry_rules import refusal_of_journal_state, refusal_to_describe_lesson
from app.journal.tables import Lesson
from app.kernel.act import Act
from app.kernel.errors import FieldProblem, Invalid, Missing, Stale

LESSON_DESCRIBED = "journal.lesson.described"
MAX_DESCRIPTION_LENGTHS = {"topic": 200, "methods": 200, "task": 500}
MAX_LESSON_HOURS = 8
_DESCRIPTION_FIELDS = ("type", "topic", "methods", "task", "hours")


@dataclass(frozen=True, slots=True)
class LessonDescriptionEdit:
    """The new description of a lesson, and the version of the description that was seen. `hours` are academic
    hours."""

    lesson: UUID
    version: int
    type: str
    topic: str
    methods: str
    task: str
    hours: int


def write_lesson_description(act: Act, edit: LessonDescriptionEdit) -> int:
    """Write the description; return its version. A repeat with equal content returns the same as the first
    time.

    Raises Invalid (lengths, type, hours), Missing, Denied, Stale (`journal.lesson.changed`), Refused (4.1.1,
    7.6).
    """
    wanted = _parse_description_values(edit)
    lesson = load_gradebook.lock_and_load_lessons([edit.lesson]).get(edit.lesson)
    if lesson is None:
        raise Missing
    offering = require_readable_offering(act, lesson.offering_id)
    before = _stored_description_values(lesson)
    if before == wanted:
        return lesson.version
    if edit.version != lesson.version:
        raise Stale("journal.lesson.changed", current={**before, "version": lesson.version})
    # A lesson of a draft may be described ahead; one of a finished journal is not changed.
    finished = refusal_of_journal_state(offering.id, offering.state) if offering.state != "DRAFT" else None
    refusal = finished or refusal_to_describe_lesson(
        load_gradebook.build_lesson_state(lesson, offering),
        str(wanted["type"]),
        persons_act_may_teach_as(act),
        offering.teachers,
        load_gradebook.load_deadline_calendar(offering, act.at),
        act.at,
    )
    if refusal is not None:
        raise refusal
    for name, value in wanted.items():
        setattr(lesson, name, value)
    lesson.version += 1
    changed = [name for name in _DESCRIPTION_FIELDS if before[name] != wanted[name]]
    record_audit_event(
        act,
        LESSON_DESCRIBED,
        ("journal.lesson", lesson.id),
        {name: before[name] for name in changed},
        {name: wanted[name] for name in changed},
        "4.1.1",
        offering=lesson.offering_id,
    )
    return lesson.version


def _stored_description_values(lesson: Lesson) -> dict[str, str | int]:
    return {name: getattr(lesson, name) for name in _DESCRIPTION_FIELDS}


def _parse_description_values(edit: LessonDescriptionEdit) -> dict[str, str | int]:
    problems: dict[str, list[FieldProblem]] = {}
    wanted: dict[str, str | int] = {"type": edit.type, "hours": edit.hours}
    for name, max_length in MAX_DESCRIPTION_LENGTHS.items():
        text = " ".join(str(getattr(edit, name)).split()) if name != "task" else getattr(edit, name).strip()
        wanted[name] = text
        if len(text) > max_length:
            problems[name] = [FieldProblem("forms.field.too_long", {"max": max_length})]
    if edit.type not in LESSON_TYPES:
        problems["type"] = [FieldProblem("journal.lesson.unknown_type")]
    if not 1 <= edit.hours <= MAX_LESSON_HOURS:
        problems["hours"] = [FieldProblem("journal.lesson.hours", {"min": 1, "max": MAX_LESSON_HOURS})]
    if problems:
        raise Invalid(problems)
    return wanted
