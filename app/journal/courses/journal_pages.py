"""Pages of the journals of a semester, by group and discipline, that go on after a journal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_

from app.journal.tables import Course, Offering
from app.people.models import StudyGroup

_PLACE = (StudyGroup.name, Course.code, Offering.id)


def select_page_of_journals(
    semester: UUID, most: int, *columns: Any, group: UUID | None = None, after: UUID | None = None
) -> Select[Any]:
    """Return the statement for these columns of the journals of a semester, by group and discipline.

    At most `most` after the journal `after`, and one more, which tells whether others follow.
    """
    wanted = (
        _join_names(select(*columns).select_from(Offering))
        .where(Offering.semester_id == semester)
        .order_by(*_PLACE)
        .limit(most + 1)
    )
    if group is not None:
        wanted = wanted.where(Offering.group_id == group)
    if after is not None:
        place = select(StudyGroup.name, Course.code, Offering.id).select_from(Offering)
        last = _join_names(place).where(Offering.id == after)
        wanted = wanted.where(tuple_(*_PLACE) > last.scalar_subquery())
    return wanted


def _join_names(statement: Any) -> Any:
    """Join discipline and group to journals."""
    return statement.join(Course, Course.id == Offering.course_id).join(
        StudyGroup, StudyGroup.id == Offering.group_id
    )
