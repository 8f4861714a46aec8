"""What a student may do about his results now, for many at once: appeal, dispute, or why not (6.2, 6.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select, tuple_

from app.journal.appeals.result_dispute_rules import may_dispute_result, result_dispute_term
from app.journal.appeals.rules import AppealFacts, DisputeFacts, appeal_term, may_appeal
from app.journal.grade_sheets.result_queries import StudentResult, results_of_student
from app.journal.gradebook import load as load_gradebook
from app.journal.tables import Appeal, AppealEnd, Dispute, DisputeAnswer, Protocol, Result
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid
from app.regulation.rules import Deadline, Terms


@dataclass(frozen=True, slots=True)
class Chance:
    """Whether a way is open now, until when, and what stands against it.

    `late`: the term has passed and words are needed. `refusal` is None when it is open.
    """

    term: Deadline
    late: bool
    refusal: DepterError | None


@dataclass(frozen=True, slots=True)
class Ways:
    """Both ways of one result. `open_dispute` is the dispute nobody has answered yet."""

    appeal: Chance
    dispute: Chance
    open_dispute: UUID | None
    disputed: bool


def known_of(results: Sequence[Result]) -> dict[UUID, AppealFacts]:
    """What decides about an appeal against each of these versions, by result. What an appeal has changed was decided
    by its commission. Three statements, one more when some of the versions rest on a protocol."""
    ids = [row.id for row in results]
    current = _current_versions(results)
    disputes: dict[UUID | None, list[DisputeFacts]] = defaultdict(list)
    ended: dict[UUID | None, list[str | None]] = defaultdict(list)
    for result, made_at, answered_at, how in db.session.execute(
        select(Dispute.result_id, Dispute.made_at, DisputeAnswer.at, DisputeAnswer.how)
        .outerjoin(DisputeAnswer, DisputeAnswer.dispute_id == Dispute.id)
        .where(Dispute.result_id.in_(ids))
    ):
        disputes[result].append(DisputeFacts(made_at, answered_at, how or ""))
    for appealed, outcome in db.session.execute(
        select(Appeal.result_id, AppealEnd.outcome)
        .outerjoin(AppealEnd, AppealEnd.appeal_id == Appeal.id)
        .where(Appeal.result_id.in_(ids), Appeal.kind == "APPEAL")
    ):
        ended[appealed].append(outcome)
    for result, outcome in _protocol_outcomes(results):
        ended[result].append(outcome)
    return {
        row.id: AppealFacts(
            version=row.version,
            current=current.get((row.sheet_id, row.student_id), row.version),
            published_at=row.published_at,
            disputes=disputes[row.id],
            ended=ended[row.id],
        )
        for row in results
    }


def _protocol_outcomes(results: Sequence[Result]) -> list[tuple[UUID, str]]:
    """The versions among these that the protocol of an appeal has made, with how it ended."""
    made = {row.protocol_id: row.id for row in results if row.protocol_id}
    if not made:
        return []
    found = db.session.execute(
        select(Protocol.id, AppealEnd.outcome)
        .join(Appeal, Appeal.id == Protocol.appeal_id)
        .join(AppealEnd, AppealEnd.protocol_id == Protocol.id)
        .where(Protocol.id.in_(made), Appeal.kind == "APPEAL")
    )
    return [(made[protocol], outcome) for protocol, outcome in found]


def _current_versions(results: Sequence[Result]) -> dict[tuple[UUID, UUID], int]:
    """The version that holds at each place."""
    places = {(row.sheet_id, row.student_id) for row in results}
    found = db.session.execute(
        select(Result.sheet_id, Result.student_id, func.max(Result.version))
        .where(tuple_(Result.sheet_id, Result.student_id).in_(places))
        .group_by(Result.sheet_id, Result.student_id)
    )
    return {(row[0], row[1]): row[2] for row in found}


def chance_of(state: AppealFacts, calendar: Terms, act: Act) -> Chance:
    """Whether an appeal is open now."""
    refusal = may_appeal(state, "", calendar, act.at)
    return _option(appeal_term(state, calendar, act.at), refusal)


def ways_of(act: Act, results: Iterable[tuple[Result, Terms]]) -> dict[UUID, Ways]:
    """Both ways of each of these results, each with the terms of its unit, by result; four statements.

    Does not ask whose the results are: the caller shows them to their student or to who looks after him.
    """
    wanted = list(results)
    if not wanted:
        return {}
    states = known_of([row for row, _terms in wanted])
    unanswered = _unanswered_disputes([row.id for row, _terms in wanted])
    options = {}
    for row, calendar in wanted:
        state = states[row.id]
        refusal = may_dispute_result(state, "", calendar, act.at)
        options[row.id] = Ways(
            appeal=chance_of(state, calendar, act),
            dispute=_option(result_dispute_term(state, calendar), refusal),
            open_dispute=unanswered.get(row.id),
            disputed=bool(state.disputes),
        )
    return options


@dataclass(frozen=True, slots=True)
class RunningAppeal:
    """A result that its student may still appeal against in time, until when, and the department it is of."""

    of: StudentResult
    term: Deadline
    department: UUID


def running_appeals(act: Act, student: UUID) -> list[RunningAppeal]:
    """The terms of appeals that run (6.3), but for results the student disputed or appealed against already. A fixed
    number of statements, and one for the terms of each department. Asks nobody whose they are, as `ways_of`."""
    results = results_of_student(student)
    if not results:
        return []
    units = load_gradebook.offering_facts({one.offering for one in results})
    calendars = {offering: load_gradebook.terms_of(unit, act.at) for offering, unit in units.items()}
    options = ways_of(act, [(one.result, calendars[one.offering]) for one in results])
    return [
        RunningAppeal(one, options[one.result.id].appeal.term, units[one.offering].department)
        for one in results
        if _has_open_deadline(options[one.result.id])
    ]


def _has_open_deadline(options: Ways) -> bool:
    return options.appeal.refusal is None and not options.appeal.late and not options.disputed


def _option(due: Deadline, refusal: DepterError | None) -> Chance:
    late = isinstance(refusal, Invalid)
    return Chance(due, late, None if late else refusal)


def _unanswered_disputes(results: Sequence[UUID]) -> dict[UUID, UUID]:
    """The dispute of each result that nobody has answered."""
    found = db.session.execute(
        select(Dispute.result_id, Dispute.id)
        .outerjoin(DisputeAnswer, DisputeAnswer.dispute_id == Dispute.id)
        .where(Dispute.result_id.in_(results), DisputeAnswer.dispute_id.is_(None))
    )
    return {result: dispute for result, dispute in found if result is not None}


@dataclass(frozen=True, slots=True)
class Before:
    """What lies before a commission about the result of a student: his appeal, points of work-offs that wait."""

    appeal: UUID | None = None
    proposals: tuple[UUID, ...] = ()


def before_commissions(sheets: Iterable[UUID]) -> dict[tuple[UUID, UUID], Before]:
    """What is open about results of these sheets, by sheet and student; one statement."""
    rows = db.session.execute(
        select(Appeal.sheet_id, Appeal.student_id, Appeal.kind, Appeal.id)
        .outerjoin(AppealEnd, AppealEnd.appeal_id == Appeal.id)
        .where(Appeal.sheet_id.in_(list(sheets)), AppealEnd.appeal_id.is_(None))
        .order_by(Appeal.made_at, Appeal.id)
    )
    found: dict[tuple[UUID, UUID], Before] = defaultdict(Before)
    for sheet, student, kind, id in rows:
        so_far = found[sheet, student]
        if kind == "APPEAL":
            found[sheet, student] = replace(so_far, appeal=id)
        else:
            found[sheet, student] = replace(so_far, proposals=(*so_far.proposals, id))
    return dict(found)
