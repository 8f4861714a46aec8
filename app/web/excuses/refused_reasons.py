"""Whether the reason of an absence is not confirmed yet or was refused: the mark is НБ for both (4.2.4, 7.7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.journal.excuses.refused_lessons import load_refused_lessons, load_revoked_excuses
from app.texts.translate import gettext as _


@dataclass(frozen=True, slots=True)
class RefusedReasons:
    """What was decided against reasons of some students: (lesson, student) alone, and (student, first, last day)."""

    lessons: frozenset[tuple[UUID, UUID]]
    periods: frozenset[tuple[UUID, date, date]]

    def is_refused(self, lesson: UUID, student: UUID, day: date) -> bool:
        """Return whether a reason was refused or revoked for this lesson. A reason confirmed later is in the mark."""
        return (lesson, student) in self.lessons or any(
            one == student and first <= day <= last for one, first, last in self.periods
        )


def load_refused_reasons(students: Collection[UUID]) -> RefusedReasons:
    """Return what was refused or revoked for these students: lessons of documents that were refused or confirmed in
    part, and confirmed excuses that were revoked (P26); up to three statements."""
    wanted = list(students)
    revoked = load_revoked_excuses(wanted)
    lessons = {*load_refused_lessons(wanted)}
    lessons |= {(lesson, one.student) for one in revoked for lesson in one.lessons}
    periods = {(one.student, one.starts_on, one.ends_on) for one in revoked if not one.lessons}
    return RefusedReasons(frozenset(lessons), frozenset(periods))


def unconfirmed_reason_text(refused: bool) -> str:
    """Return what is known about the reason of an absence without a confirmed one."""
    return _("the directorate did not confirm the reason") if refused else _("reason not confirmed yet")
