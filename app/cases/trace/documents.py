"""What the traces of documents read: drafts of an order, where a file was used, cases of a version, settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, any_, func, literal, or_, select, tuple_

from app.audit.words import unseal_text
from app.cases.access import is_case_content_hidden_for, visible_cases_condition
from app.cases.models import Attachment, Case, MovedDeadline
from app.diagrams.models import DiagramVersion
from app.exchange.models import RosterImport
from app.files.models import Blob, File
from app.journal.tables import GradeSheet, SheetSigning, SyllabusGrading
from app.kernel.act import Act
from app.kernel.db import db
from app.people.models import LoginSession
from app.people.order_models import ContingentOrder, ContingentOrderEnd
from app.regulation.models import PolicyRow

MAX_DRAFTS = 50
MAX_USES = 100
MAX_SESSIONS = 50


def load_case_number_or_none(case_id: UUID | None) -> str | None:
    """Return the number of a case; None for none. One statement, none without a case."""
    return db.session.scalar(select(Case.number).where(Case.id == case_id)) if case_id else None


def load_drafts_of_order(
    case_id: UUID | None, order_id: UUID
) -> Sequence[Row[ContingentOrder, str | None, datetime | None]]:
    """Return every draft of the case of an order, oldest first, with how it ended and when; one statement."""
    mine = ContingentOrder.id == order_id
    return db.session.execute(
        select(ContingentOrder, ContingentOrderEnd.how, ContingentOrderEnd.at)
        .outerjoin(ContingentOrderEnd, ContingentOrderEnd.order_id == ContingentOrder.id)
        .where(or_(mine, ContingentOrder.case_id == case_id) if case_id else mine)
        .order_by(ContingentOrder.made_at, ContingentOrder.id)
        .limit(MAX_DRAFTS)
    ).all()


@dataclass(frozen=True, slots=True)
class UsedFile:
    """An upload with its content. `cases` are those it belongs to, with the moment it was attached; `orders` and
    `rosters` those that name it; `twins` are other uploads of the same content. `hidden`: its name and content are not
    for the reader (7.1)."""

    file: File
    media_type: str
    size: int
    name: str
    hidden: bool
    cases: Sequence[tuple[Case, datetime]]
    orders: Sequence[ContingentOrder]
    rosters: Sequence[UUID]
    twins: Sequence[File]


def find_used_file(act: Act, file_id: UUID) -> UsedFile | None:
    """Return an upload with where it is used, or None; at most eight statements."""
    found = db.session.execute(
        select(File, Blob.media_type, Blob.size)
        .join(Blob, Blob.address == File.address)
        .where(File.id == file_id)
    ).one_or_none()
    if found is None:
        return None
    file, media_type, size = found
    cases = db.session.execute(
        select(Case, Attachment.at)
        .join(Attachment, Attachment.case_id == Case.id)
        .where(Attachment.id == file_id)
    ).all()
    orders = db.session.scalars(
        select(ContingentOrder).where(literal(file_id) == any_(ContingentOrder.files)).limit(MAX_USES)
    ).all()
    rosters = db.session.scalars(select(RosterImport.id).where(RosterImport.id == file_id)).all()
    twins = db.session.scalars(
        select(File)
        .where(File.address == file.address, File.id != file_id)
        .order_by(File.uploaded_at)
        .limit(MAX_USES)
    ).all()
    hidden = any(is_case_content_hidden_for(act, case) for case, _at in cases)
    name = "" if hidden else unseal_text(file.uploaded_by, file.name)
    return UsedFile(
        file,
        media_type,
        size,
        name,
        hidden,
        [(case, at) for case, at in cases],
        orders,
        rosters,
        twins,
    )


@dataclass(frozen=True, slots=True)
class CaseOfVersion:
    """A case as the trace of its version lists it."""

    id: UUID
    number: str
    status: str
    outcome: str | None
    opened_at: datetime
    closed_at: datetime | None


def load_cases_of_version(
    act: Act, key: str, version_id: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> list[CaseOfVersion]:
    """Return the newest cases of a version that the person may open, after a key; one statement."""
    columns = (Case.id, Case.number, Case.status, Case.outcome, Case.opened_at, Case.closed_at)
    statement = select(*columns).where(
        Case.diagram == key, Case.version_id == version_id, visible_cases_condition(act)
    )
    if after is not None:
        last = tuple_(literal(after[0], Case.opened_at.type), literal(after[1], Case.id.type))
        statement = statement.where(tuple_(Case.opened_at, Case.id) < last)
    rows = db.session.execute(statement.order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit))
    return [CaseOfVersion(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class FormOfVersion:
    """The text of one form in a version of a diagram; None where the version has no such form."""

    id: UUID
    number: int
    made_at: datetime
    made_by: UUID | None
    published_at: datetime | None
    published_by: UUID | None
    text: str | None


def load_form_of_versions(key: str, form: str) -> list[FormOfVersion]:
    """Return a form in every version of a process, the oldest first; one statement."""
    rows = db.session.execute(
        select(
            DiagramVersion.id,
            DiagramVersion.number,
            DiagramVersion.made_at,
            DiagramVersion.made_by,
            DiagramVersion.published_at,
            DiagramVersion.published_by,
            DiagramVersion.forms[form].astext,
        )
        .where(DiagramVersion.key == key)
        .order_by(DiagramVersion.number)
    )
    return [FormOfVersion(*row) for row in rows]


def find_diagram_key_and_number(version_id: UUID) -> tuple[str, int] | None:
    """Return process and number of a version, or None; one statement."""
    row = db.session.execute(
        select(DiagramVersion.key, DiagramVersion.number).where(DiagramVersion.id == version_id)
    ).one_or_none()
    return (row.key, row.number) if row else None


@dataclass(frozen=True, slots=True)
class SettingValue:
    """A dated value of a setting, of the university (`unit` None) or of a unit."""

    value: str
    source: str
    document: str
    effective_from: date
    unit: UUID | None
    change: UUID | None


def load_values_of_setting(key: str) -> list[SettingValue]:
    """Return every dated value of a setting, newest first, those of units too; one statement."""
    columns = (
        PolicyRow.value,
        PolicyRow.source,
        PolicyRow.document,
        PolicyRow.effective_from,
        PolicyRow.unit_id,
        PolicyRow.change_id,
    )
    rows = db.session.execute(
        select(*columns).where(PolicyRow.key == key).order_by(PolicyRow.effective_from.desc(), PolicyRow.id)
    )
    return [SettingValue(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class MovedDeadlineOfChange:
    """One deadline that a change of a setting or of the calendar moved."""

    change: UUID
    number: str
    version: UUID
    element: str
    before: datetime
    after: datetime


def load_deadlines_moved_by(act: Act, changes: Collection[UUID], limit: int) -> list[MovedDeadlineOfChange]:
    """Return the deadlines that these changes moved in cases that the person may open; one statement, none without."""
    if not changes:
        return []
    rows = db.session.execute(
        select(
            MovedDeadline.change_id,
            Case.number,
            Case.version_id,
            MovedDeadline.element,
            MovedDeadline.due_before,
            MovedDeadline.due_after,
        )
        .join(Case, Case.id == MovedDeadline.case_id)
        .where(MovedDeadline.change_id.in_(list(changes)), visible_cases_condition(act))
        .order_by(MovedDeadline.at.desc(), MovedDeadline.id)
        .limit(limit)
    )
    return [MovedDeadlineOfChange(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SchemeUses:
    """How many journals name a scheme in their criteria, and how many signatures rest on it."""

    syllabi: int
    signings: int


def count_uses_of_scheme(scheme: UUID) -> SchemeUses:
    """Count the journals and signatures that use a version of a scheme; one statement."""
    row = db.session.execute(
        select(
            select(func.count(func.distinct(SyllabusGrading.offering_id)))
            .where(SyllabusGrading.scheme_id == scheme)
            .scalar_subquery()
            .label("syllabi"),
            select(func.count())
            .select_from(GradeSheet)
            .join(SheetSigning, SheetSigning.id == GradeSheet.signing_id)
            .where(SheetSigning.scheme_id == scheme)
            .scalar_subquery()
            .label("signings"),
        )
    ).one()
    return SchemeUses(row.syllabi, row.signings)


def load_latest_sessions(person: UUID) -> Sequence[LoginSession]:
    """Return the latest sign-ins of a person, newest first; one statement."""
    return db.session.scalars(
        select(LoginSession)
        .where(LoginSession.person_id == person)
        .order_by(LoginSession.created_at.desc(), LoginSession.id)
        .limit(MAX_SESSIONS)
    ).all()
