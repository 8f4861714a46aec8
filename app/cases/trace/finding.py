"""What an auditor finds by an exact number, code or id, as rows that pages word and link; each within his limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, union
from sqlalchemy.orm import InstrumentedAttribute

from app.audit.models import AuditRecord
from app.audit.words import unseal_texts
from app.cases.access import is_case_content_hidden_for, visible_cases_condition
from app.cases.models import Attachment, Case
from app.diagrams.models import DiagramVersion
from app.files.models import File
from app.journal.tables import Cell, Course, GradeSheet, GradingScheme, Offering, Result
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.search_text import has_every_word
from app.people.models import Person, Programme, StudyGroup, Unit
from app.people.order_models import ContingentOrder
from app.people.queries.audit_reach import audited_rows_condition
from app.sealer.models import SealedCheckpoint

MAX_FOUND = 20
MAX_NAMED_FILES = 1000
"""Files whose names are opened for one search, the latest ones: names are sealed and no index finds them."""
YEARS_BACK = 3

_STORED_KINDS: Mapping[str, InstrumentedAttribute[UUID]] = {
    "cases.case": Case.id,
    "diagrams.version": DiagramVersion.id,
    "files.file": File.id,
    "journal.cell": Cell.id,
    "journal.course": Course.id,
    "journal.grade_sheet": GradeSheet.id,
    "journal.grading_scheme": GradingScheme.id,
    "journal.offering": Offering.id,
    "journal.result": Result.id,
    "people.contingent_order": ContingentOrder.id,
    "people.group": StudyGroup.id,
    "people.person": Person.id,
    "people.programme": Programme.id,
    "people.unit": Unit.id,
}
"""Kinds of objects that exist without a record of the audit, as what the university began with."""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: its id and its text as it is stored."""

    id: UUID
    text: str


def find_cases_by_number(act: Act, typed: str) -> list[Found]:
    """Return the case with this number; of digits alone those of the last years that end in them. One statement."""
    numbers = [typed]
    if typed.isascii() and typed.isdigit() and len(typed) <= 6:
        numbers += [f"{local_day(act.at).year - back}-{int(typed):06d}" for back in range(YEARS_BACK)]
    rows = db.session.execute(
        select(Case.id, Case.number)
        .where(Case.number.in_(numbers), visible_cases_condition(act))
        .order_by(Case.number.desc())
    )
    return [Found(row.id, row.number) for row in rows]


def find_orders_by_number(act: Act, typed: str) -> list[Found]:
    """Return the orders with this number, the latest first; one statement."""
    statement = select(ContingentOrder.id, ContingentOrder.number).where(
        func.upper(ContingentOrder.number) == typed.upper().removeprefix("№").strip()
    )
    audited = audited_rows_condition(
        act.assignments,
        "orders.read",
        (ContingentOrder.unit_id,),
        (ContingentOrder.ordered_on, ContingentOrder.ordered_on),
    )
    if audited is not None:
        statement = statement.where(audited)
    rows = db.session.execute(statement.order_by(ContingentOrder.ordered_on.desc()).limit(MAX_FOUND))
    return [Found(row.id, row.number) for row in rows]


def find_sheets_by_number(act: Act, typed: str) -> list[Found]:
    """Return the grade sheet with this number; one statement."""
    statement = (
        select(GradeSheet.id, GradeSheet.number)
        .join(Offering, Offering.id == GradeSheet.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(GradeSheet.number == typed)
    )
    days = (GradeSheet.covers_until, GradeSheet.covers_until)
    audited = audited_rows_condition(
        act.assignments, "journal.read", (Course.department_id, StudyGroup.unit_id), days
    )
    if audited is not None:
        statement = statement.where(audited)
    return [Found(row.id, row.number) for row in db.session.execute(statement.limit(MAX_FOUND))]


def find_files(act: Act, typed: str) -> list[Found]:
    """Return the files whose content has an address that begins like this, else those of this name among the latest
    ones that the reader may open; two statements. A name that is kept (7.1) finds nothing.
    """
    is_address = len(typed) >= 8 and all(sign in "0123456789abcdef" for sign in typed.lower())
    statement = (
        select(File.id, File.name, File.uploaded_by, Case)
        .join(Attachment, Attachment.id == File.id)
        .join(Case, Case.id == Attachment.case_id)
        .where(visible_cases_condition(act))
        .order_by(File.uploaded_at.desc(), File.id)
    )
    if is_address:
        rows = db.session.execute(
            # As a range, which the index answers: an address is hexadecimal, so "z" comes after all that go on.
            statement.where(File.address.between(typed.lower(), f"{typed.lower()}z")).limit(MAX_FOUND)
        )
        return [Found(row.id, "") for row in rows]
    open_rows = [
        row
        for row in db.session.execute(statement.limit(MAX_NAMED_FILES))
        if not is_case_content_hidden_for(act, row.Case)
    ]
    names = unseal_texts((row.uploaded_by, row.name) for row in open_rows)
    found = [Found(row.id, name) for row, name in zip(open_rows, names, strict=True)]
    return [one for one in found if one.text and has_every_word(one.text, typed)][:MAX_FOUND]


def find_kinds_of_object(
    object_id: UUID, limits: Sequence[ColumnElement[bool]] | None = None
) -> Sequence[str]:
    """Return the kinds under which the audit has records of an object, and those of the tables that hold it; one
    statement. `limits` are conditions on the records of a limited reader, who finds an object by its records alone."""
    recorded = select(AuditRecord.object_kind.label("kind")).where(
        AuditRecord.object_id == object_id, *(limits or ())
    )
    stored = (
        select(literal(kind)).where(select(column).where(column == object_id).exists())
        for kind, column in (_STORED_KINDS.items() if limits is None else ())
    )
    found = union(recorded, *stored).subquery()
    return db.session.scalars(select(found.c.kind).order_by(found.c.kind).limit(MAX_FOUND)).all()


def is_checkpoint(number: int) -> bool:
    """Return whether there is a checkpoint with this number; one statement."""
    return db.session.get(SealedCheckpoint, number) is not None
