"""Who may look into the journal of an offering. Knows the scope, leaves the deciding to `people.rules`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.load import OfferingFacts
from app.journal.tables import Lesson
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people.rules import Scope, may


def persons_of(act: Act) -> frozenset[UUID]:
    """Who acts, and for whom."""
    return frozenset(person for person in (act.person, act.on_behalf_of) if person)


def teachers_of(act: Act) -> frozenset[UUID]:
    """As whom the act's person may teach: himself, and whom he acts for only while he acts in the role of a teacher.

    A substitute named for another role of a colleague fills none of his journals (3.2).
    """
    if any(hat.role == "teacher" for hat in act.hats):
        return persons_of(act)
    return frozenset({act.person} if act.person else ())


def scope_of_offering(offering: OfferingFacts, students: Iterable[UUID] = ()) -> Scope:
    """The discipline's department and the institute above it, the group's institute and its curator, those who
    teach."""
    return Scope(
        units=offering.units,
        teachers=frozenset(part.person for part in offering.teachers),
        curators=frozenset({offering.curator} if offering.curator else ()),
        persons=frozenset(students),
    )


def may_see(act: Act, offering: OfferingFacts) -> bool:
    """Whether the act's hats reach this journal: as one of its teachers, as the curator of its group, for one of its
    units, for the university."""
    return may(act.hats, "journal.read", scope_of_offering(offering), persons_of(act))


def see(act: Act, offering_id: UUID) -> OfferingFacts:
    """The offering, for who may look into it; raises Missing for everybody else, as if it did not exist."""
    offering = load_gradebook.offering_facts([offering_id]).get(offering_id)
    if offering is None or not may_see(act, offering):
        raise Missing
    return offering


def teaches_at(act: Act, lessons: Iterable[UUID]) -> bool:
    """Whether the act's person fills the journals of these lessons; two statements."""
    offerings = set(db.session.scalars(select(Lesson.offering_id).where(Lesson.id.in_(list(lessons)))))
    found = load_gradebook.offering_facts(offerings)
    return bool(found) and all(
        may(act.hats, "journal.write", scope_of_offering(one), persons_of(act)) for one in found.values()
    )
