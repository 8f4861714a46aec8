"""One lesson with its grid of a single column, for roll call and description."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.entry_rules import refusal_to_describe_lesson
from app.journal.gradebook_views.grid import Grid, build_gradebook_grid
from app.journal.tables import Lesson
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing


@dataclass(frozen=True, slots=True)
class LessonPage:
    """A lesson for its page; `refusal` is why this viewer cannot describe it now, None if he can."""

    grid: Grid
    type: str
    topic: str
    methods: str
    task: str
    hours: int
    room: str
    state: str
    version: int
    refusal: DepterError | None


def load_lesson_page(viewer: Act, lesson_id: UUID) -> LessonPage:
    """Load the lesson for a viewer who may read its journal. Raises Missing."""
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None:
        raise Missing
    offering = require_readable_offering(viewer, lesson.offering_id)
    refusal = refusal_to_describe_lesson(
        load_gradebook.build_lesson_state(lesson, offering),
        lesson.type,
        persons_act_may_teach_as(viewer),
        offering.teachers,
        load_gradebook.load_deadline_calendar(offering, viewer.at),
        viewer.at,
    )
    return LessonPage(
        grid=build_gradebook_grid(offering, viewer, lesson_id),
        type=lesson.type,
        topic=lesson.topic,
        methods=lesson.methods,
        task=lesson.task,
        hours=lesson.hours,
        room=lesson.room,
        state=lesson.state,
        version=lesson.version,
        refusal=refusal,
    )
