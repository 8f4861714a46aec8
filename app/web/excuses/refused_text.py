"""Words about lessons that the directorate did not confirm."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from app.journal.excuses.refused_lessons import (
    LessonPlace,
    RefusedLesson,
    load_lesson_day_type_and_course,
    load_refused_lessons_of_excuses,
)
from app.kernel.i18n import day_text, pick_text
from app.people import queries as people
from app.texts.subject_line import LESSON_TYPE_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale


def refused_lesson_text(refused: RefusedLesson) -> str:
    """Return that the directorate did not confirm a reason for the lesson, and why if that was not erased."""
    if not refused.reason:
        return _("The directorate did not confirm a reason for this lesson.")
    return _("The directorate did not confirm a reason for this lesson: %(reason)s") % {
        "reason": refused.reason
    }


def lesson_day_course_and_type_text(place: LessonPlace) -> str:
    """Return "Mon 12 Oct, Calculus I, lecture"."""
    parts = (
        day_text(place.day, locale()),
        pick_text(place.names, locale()),
        _(LESSON_TYPE_LABELS[place.type]),
    )
    return ", ".join(parts)


def refused_lessons_panel(subject: Mapping[str, Any]) -> list[SimpleNamespace]:
    """Return the lessons that a confirmed excuse does not cover, for the page of its case; [] for other subjects.

    With several students each line names its student.
    """
    if subject.get("kind") != "excuse" or not subject.get("excuse"):
        return []
    found = load_refused_lessons_of_excuses([UUID(subject["excuse"])])
    places = load_lesson_day_type_and_course({one.lesson for one in found})
    students = {one.student for one in found}
    names = people.load_names(students) if len(students) > 1 else {}
    return [
        SimpleNamespace(
            lesson=", ".join(
                [
                    *([names[one.student].short] if one.student in names else []),
                    lesson_day_course_and_type_text(places[one.lesson]),
                ]
            ),
            reason=one.reason,
        )
        for one in sorted(found, key=lambda one: (places[one.lesson].day, one.lesson, one.student))
    ]
