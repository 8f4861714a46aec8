"""Access to the journal of an offering: its scope and the permission checks of `people.rules` on it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.load import OfferingState
from app.journal.tables import Lesson
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people.rules import PermissionScope, is_permitted


def acting_and_represented_persons(act: Act) -> frozenset[UUID]:
    """Return the person who acts and the person who is acted for."""
    return frozenset(person for person in (act.person, act.on_behalf_of) if person)


def persons_act_may_teach_as(act: Act) -> frozenset[UUID]:
    """Return the persons as whom the act may teach.

    This is the acting person, and the person acted for only while the act is done in the role of a teacher: a
    substitute for another role of a colleague does not fill the colleague's journals (3.2).
    """
    if any(assignment.role == "teacher" for assignment in act.assignments):
        return acting_and_represented_persons(act)
    return frozenset({act.person} if act.person else ())


def offering_permission_scope(offering: OfferingState, students: Iterable[UUID] = ()) -> PermissionScope:
    """Return the scope of an offering: department of the discipline and its parent, institute and curator of
    the group, teachers, days of the semester."""
    return PermissionScope(
        units=offering.units,
        teachers=frozenset(part.person for part in offering.teachers),
        curators=frozenset({offering.curator} if offering.curator else ()),
        persons=frozenset(students),
        days=(offering.starts_on, offering.ends_on),
    )


def can_view_journal(act: Act, offering: OfferingState) -> bool:
    """Return whether the role assignments of the act allow reading this journal: as a teacher of it, as the
    curator of its group, for one of its units, for the university."""
    return is_permitted(
        act.assignments,
        "journal.read",
        offering_permission_scope(offering),
        acting_and_represented_persons(act),
    )


def require_readable_offering(act: Act, offering_id: UUID) -> OfferingState:
    """Return the offering if the act may read its journal.

    Raises Missing otherwise, as if the offering did not exist.
    """
    offering = load_gradebook.load_offerings([offering_id]).get(offering_id)
    if offering is None or not can_view_journal(act, offering):
        raise Missing
    return offering


def can_write_lesson_journals(act: Act, lessons: Iterable[UUID]) -> bool:
    """Return whether the act may fill the journals of all these lessons; two statements."""
    offerings = set(db.session.scalars(select(Lesson.offering_id).where(Lesson.id.in_(list(lessons)))))
    found = load_gradebook.load_offerings(offerings)
    return bool(found) and all(
        is_permitted(
            act.assignments,
            "journal.write",
            offering_permission_scope(one),
            acting_and_represented_persons(act),
        )
        for one in found.values()
    )
