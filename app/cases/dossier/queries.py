"""Queries of the register of dossiers: those of a case, one of them, and the check of a printed one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, select, tuple_
from sqlalchemy import case as when

from app.audit.models import Erasure
from app.audit.words import unseal_text
from app.cases.access import can_see_case
from app.cases.dossier.codes import hash_dossier_code
from app.cases.dossier.seal import SealNote, find_seal_of_case
from app.cases.models import Case, Dossier, DossierRevocation, History, Task
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.ids import parse_id
from app.people import queries as people

DOSSIER_PAGE_SIZE = 20
DossierState = Literal["current", "outdated", "erased", "revoked"]


@dataclass(frozen=True, slots=True)
class DossierRow:
    """One dossier of the register as a list shows it."""

    id: UUID
    case_id: UUID
    code_ending: str
    locale: str
    pages: int
    pdf_sha256: str
    made_at: datetime
    made_by: str
    on_behalf_of: str
    state: DossierState


@dataclass(frozen=True, slots=True)
class DossierDetails:
    """One dossier with its case, and with its revocation: who, when and why; None and "" without one."""

    record: Dossier
    row: DossierRow
    case: Case
    revoked_by: str
    revoked_at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class DossierCheck:
    """What anybody who holds the paper is told: nothing that the paper does not say, and whether it still holds."""

    number: str
    made_at: datetime
    locale: str
    pages: int
    pdf_sha256: str
    state: DossierState
    seal: SealNote | None


def _select_dossiers() -> Select[Dossier, str, bool, bool, bool]:
    """Return the query of dossiers with the number of their case and with what has become of them."""
    revoked = exists().where(DossierRevocation.dossier_id == Dossier.id)
    erased = exists().where(Erasure.person == func.any(Dossier.persons), Erasure.erased_at > Dossier.made_at)
    outdated = exists().where(History.case_id == Dossier.case_id, History.id > Dossier.last_entry)
    return select(Dossier, Case.number, revoked, erased, outdated).join(Case, Case.id == Dossier.case_id)


def _state_of_row(row: Row[Dossier, str, bool, bool, bool]) -> DossierState:
    """Return the state of a dossier: revoked before erased, erased before outdated."""
    _dossier, _number, revoked, erased, outdated = row
    return "revoked" if revoked else "erased" if erased else "outdated" if outdated else "current"


def load_dossiers_of_case(
    case_id: UUID, after: str = "", limit: int = DOSSIER_PAGE_SIZE
) -> tuple[list[DossierRow], str | None]:
    """Return the dossiers of a case, newest first, and the key of the page that follows; two statements.

    `after` is the id of the last row of the page before. Raises Invalid when it is no id.
    """
    statement = _select_dossiers().where(Dossier.case_id == case_id)
    if after:
        last = parse_id(after, "after")
        at = select(Dossier.made_at).where(Dossier.id == last, Dossier.case_id == case_id).scalar_subquery()
        statement = statement.where(tuple_(Dossier.made_at, Dossier.id) < tuple_(at, last))
    statement = statement.order_by(Dossier.made_at.desc(), Dossier.id.desc()).limit(limit + 1)
    found = db.session.execute(statement).all()
    rows = _dossier_rows(found[:limit])
    return rows, str(rows[-1].id) if len(found) > limit else None


def _dossier_rows(found: Sequence[Row[Dossier, str, bool, bool, bool]]) -> list[DossierRow]:
    """Return the rows with the names of persons; one statement."""
    dossiers = [row[0] for row in found]
    names = people.load_names(
        person for one in dossiers for person in (one.made_by, one.on_behalf_of) if person
    )
    return [
        DossierRow(
            id=one.id,
            case_id=one.case_id,
            code_ending=one.code_ending,
            locale=one.locale,
            pages=one.pages,
            pdf_sha256=one.pdf_sha256,
            made_at=one.made_at,
            made_by=names[one.made_by].short if one.made_by in names else "",
            on_behalf_of=names[one.on_behalf_of].short if one.on_behalf_of in names else "",
            state=_state_of_row(row),
        )
        for one, row in zip(dossiers, found, strict=True)
    ]


def load_dossier_details(act: Act, dossier_id: UUID) -> DossierDetails:
    """Return one dossier. Raises Missing for one of a case that this person may not see."""
    found = db.session.execute(_select_dossiers().where(Dossier.id == dossier_id)).one_or_none()
    case = db.session.get(Case, found[0].case_id) if found else None
    if found is None or case is None or act.person is None or not can_see_case(act, case):
        raise Missing
    (row,) = _dossier_rows([found])
    end = db.session.get(DossierRevocation, dossier_id)
    return DossierDetails(
        found[0],
        row,
        case,
        people.load_names([end.revoked_by])[end.revoked_by].short if end else "",
        end.revoked_at if end else None,
        unseal_text(end.revoked_by, end.words) if end else "",
    )


def find_dossier_by_code(code: str) -> DossierCheck | None:
    """Return the check of the dossier with this code; None for an unknown one. At most four statements."""
    if not code:
        return None
    row = db.session.execute(
        _select_dossiers().where(Dossier.code_hash == hash_dossier_code(code))
    ).one_or_none()
    if row is None:
        return None
    one = row[0]
    return DossierCheck(
        row[1],
        one.made_at,
        one.locale,
        one.pages,
        one.pdf_sha256,
        _state_of_row(row),
        find_seal_of_case(one.case_id, one.made_at),
    )


def find_newest_history_entry(case_id: UUID) -> tuple[int, int]:
    """Return the id of the newest history entry of a case and the number of its entries; one statement."""
    row = db.session.execute(
        select(func.coalesce(func.max(History.id), 0), func.count()).where(History.case_id == case_id)
    ).one()
    return row[0], row[1]


def load_persons_of_case(case: Case, until: datetime | None = None) -> frozenset[UUID]:
    """Return every person that the record of a case names: concerned, acting, acted for; those who acted before a
    moment. Two statements."""
    in_history, in_tasks = [History.case_id == case.id], [Task.case_id == case.id]
    if until is not None:
        in_history.append(History.at < until)
        in_tasks.append(Task.opened_at < until)
    acted = db.session.execute(select(History.person, History.on_behalf_of).where(*in_history).distinct())
    by: Any = Task.closed_by if until is None else when((Task.closed_at < until, Task.closed_by))
    held = db.session.execute(select(Task.assignee, by).where(*in_tasks).distinct())
    found = {person for row in (*acted, *held) for person in row}
    return frozenset(
        person for person in {*found, *case.about, case.requester, case.on_behalf_of} if person is not None
    )


def load_erased_persons(persons: Collection[UUID]) -> frozenset[UUID]:
    """Return which of these persons were erased by a decision (7.5); one statement, none for no persons."""
    if not persons:
        return frozenset()
    return frozenset(db.session.scalars(select(Erasure.person).where(Erasure.person.in_(list(persons)))))
