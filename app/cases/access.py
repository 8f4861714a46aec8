"""Who may look at a case, who may write in it, and who may read its papers and the words about them.

Reading is not writing: heads, offices and auditors look into cases that are none of theirs; comments and files come
from who asked, who has or had a step, and whom the case is about. A substitute reaches what belongs to the role he
acts in, not everything that belongs to the person he acts for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_, cast, exists, false, func, or_, select, true

from app import operations
from app.cases.case_record import HeldCase
from app.cases.models import Case, History, Task
from app.kernel.act import Act, Hat
from app.kernel.clock import ZONE, local_day
from app.kernel.db import db
from app.kernel.errors import Denied
from app.people import queries as people

_UNIT_ROLES = frozenset({"department_head", "programme_head", "directorate"})
_WIDE_ROLES = frozenset({"academic_office", "it_admin", "auditor"})
_CURATOR = "curator"
_TOOK = ("started", "claimed")
"""Steps of the history that make somebody a participant though no task names him; what he completed, a task does."""


def may_see(act: Act, case: Case | HeldCase) -> bool:
    """Whether the person of the act may open this case: what `seen_by` says; at most one statement."""
    if act.person is None or any(_reaches(hat, case.units) for hat in act.hats):
        return True
    if _asked_or_about(act, case):
        return True
    return _holds_of(case.id, or_(_looked_after(act), took_part(act, Case.id)))


def seen_by(act: Act) -> ColumnElement[bool]:
    """The cases that the person of the act may open, as a condition: what `may_see` says of each."""
    if act.person is None or any(hat.role in _WIDE_ROLES and hat.unit is None for hat in act.hats):
        return true()
    units = [hat.unit for hat in act.hats if hat.role in _UNIT_ROLES and hat.unit]
    case: Any = Case.id
    mine = [Case.requester == act.person, Case.about.contains([act.person])]
    if act.on_behalf_of is not None:
        mine.append(and_(Case.requester == act.on_behalf_of, Case.diagram.in_(_asked_in(act))))
    return or_(*mine, Case.units.overlap(units), _looked_after(act), took_part(act, case))


def may_write(act: Act, case: Case | HeldCase) -> bool:
    """Whether the person of the act may add words and files to a case: who asked, whom it is about, who has or had a
    step of it or could take one from its pool; at most one statement."""
    if act.person is None or _asked_or_about(act, case):
        return True
    return _holds_of(case.id, or_(took_part(act, Case.id), _in_pool(act)))


def must_write(act: Act, case: Case | HeldCase) -> None:
    """Raises Denied (`cases.case.only_read`) for who may see the case and not write in it; at most one statement."""
    if not may_write(act, case):
        raise Denied("cases.case.only_read")


def keeps_papers(diagram: str) -> bool:
    """Whether the files and words of these cases are only for some of those who may see the case (7.1)."""
    return _kept(diagram) is not None


def may_open_papers(act: Act, case: Case | HeldCase) -> bool:
    """Whether the person of the act may open the files of a case and read the words about them: who may see it, unless
    the start of the case keeps them for some roles of its units and for the persons it is about (7.1)."""
    return may_see(act, case) if _kept(case.diagram) is None else not keeps_from(act, case)


def keeps_from(act: Act, case: Any) -> bool:
    """Whether words, files and ground of this case are kept from somebody who may see it (7.1); no statement. `case`
    has `diagram`, `requester`, `about` and `units`."""
    start = _kept(case.diagram)
    if start is None or act.person is None or _asked_or_about(act, case):
        return False
    return not any(hat.role in start.papers_for and hat.unit in case.units for hat in act.hats)


def subject_for(act: Act, case: Any) -> dict[str, Any]:
    """What a case is about, without what is kept from the person of the act; no statement."""
    return open_subject(case.diagram, case.subject) if keeps_from(act, case) else dict(case.subject)


def open_subject(diagram: str, subject: Mapping[str, Any]) -> dict[str, Any]:
    """What everybody who may see such a case knows of its subject."""
    start = _kept(diagram)
    return {name: part for name, part in subject.items() if start is None or name not in start.kept}


def opened_by(act: Act, cases: Collection[UUID]) -> frozenset[UUID]:
    """Those of these cases that the person of the act may open; one statement."""
    if not cases:
        return frozenset()
    return frozenset(db.session.scalars(select(Case.id).where(Case.id.in_(list(cases)), seen_by(act))))


def took_part(act: Act, case_id: Any) -> ColumnElement[bool]:
    """Whether the person of the act has or finished a step of the case, or began it for somebody; or whom he acts for
    has or finished one in a role he acts in. A comment makes nobody a participant."""
    mine: ColumnElement[bool] = or_(Task.assignee == act.person, Task.closed_by == act.person)
    if act.on_behalf_of is not None:
        theirs = or_(Task.assignee == act.on_behalf_of, Task.closed_by == act.on_behalf_of)
        mine = or_(mine, and_(theirs, Task.role.in_(_roles(act))))
    began = exists().where(History.case_id == case_id, History.person == act.person, History.kind.in_(_TOOK))
    return or_(exists().where(Task.case_id == case_id, mine).correlate(Case), began.correlate(Case))


def _holds_of(case_id: UUID, condition: ColumnElement[bool]) -> bool:
    return db.session.scalar(select(Case.id).where(Case.id == case_id, condition)) is not None


def _reaches(hat: Hat, units: Collection[UUID]) -> bool:
    """Whether the hat opens every case of one of these units."""
    if hat.role in _WIDE_ROLES and hat.unit is None:
        return True
    return hat.role in _UNIT_ROLES and hat.unit in units


def _asked_or_about(act: Act, case: Any) -> bool:
    if case.requester == act.person or act.person in case.about:
        return True
    return (
        act.on_behalf_of is not None and case.requester == act.on_behalf_of and case.diagram in _asked_in(act)
    )


def _looked_after(act: Act) -> ColumnElement[bool]:
    """Whether a case is about a student of a group whose curator acts: who was in the group when the case was opened,
    or came to it later (2.1b)."""
    if not any(hat.role == _CURATOR for hat in act.hats):
        return false()
    opened = cast(func.timezone(str(ZONE), Case.opened_at), Date)
    curator = act.on_behalf_of or act.person
    return people.curates(curator, Case.about, opened, local_day(act.at)) if curator else false()


def _in_pool(act: Act) -> ColumnElement[bool]:
    """Whether an open task of the case lies in a pool of the act's hats."""
    persons = [person for person in (act.person, act.on_behalf_of) if person]
    pools = [
        and_(Task.role == hat.role, Task.unit_id.is_not_distinct_from(hat.unit))
        for hat in dict.fromkeys(act.hats)
    ]
    open_there = exists().where(
        Task.case_id == Case.id,
        Task.closed_at.is_(None),
        Task.assignee.is_(None),
        ~Task.excluded.overlap(persons),
        or_(false(), *pools),
    )
    return open_there.correlate(Case)


def _roles(act: Act) -> list[str]:
    return sorted({hat.role for hat in act.hats})


def _asked_in(act: Act) -> list[str]:
    """The diagrams whose cases are asked for in one of the roles of the act."""
    worn = set(_roles(act))
    return sorted(
        {
            start.diagram
            for start in operations.STARTS.values()
            if worn & {*start.roles, *start.for_others, *start.offers}
        }
    )


def _kept(diagram: str) -> operations.Start | None:
    """The start that keeps papers of such cases for few; None where nothing is kept."""
    return next(
        (one for one in operations.STARTS.values() if one.diagram == diagram and one.papers_for), None
    )
