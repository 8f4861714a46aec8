"""Options of a student for many results at once: appeal, dispute, or the reason against it (6.2, 6.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select, tuple_

from app.journal.appeals.result_dispute_rules import refusal_to_dispute_result, result_dispute_deadline
from app.journal.appeals.rules import (
    ResultAppealState,
    ResultDisputeState,
    appeal_deadline,
    refusal_to_appeal_against_result,
)
from app.journal.grade_sheets.result_queries import StudentResult, load_current_results_of_student
from app.journal.gradebook import load as load_gradebook
from app.journal.tables import Appeal, AppealEnd, Dispute, Protocol, Result, ResultDisputeEnd
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid
from app.regulation.rules import Deadline, DeadlineCalendar


@dataclass(frozen=True, slots=True)
class ResultChallengeOption:
    """One option: its deadline, whether an explanation is required, and the refusal.

    `late`: the deadline has passed and an explanation is required. `refusal` is
    None while the option is open.
    """

    deadline: Deadline
    late: bool
    refusal: DepterError | None


@dataclass(frozen=True, slots=True)
class ResultChallengeOptions:
    """Both options for one result. `open_dispute` is the dispute without an answer."""

    appeal: ResultChallengeOption
    dispute: ResultChallengeOption
    open_dispute: UUID | None
    was_ever_disputed: bool


def load_result_appeal_states(results: Sequence[Result]) -> dict[UUID, ResultAppealState]:
    """Load the rule input of appeals for each of these versions, by result id.

    A version made by the protocol of an appeal counts as decided by its commission. Three statements, a
    fourth when some versions rest on a protocol.
    """
    ids = [row.id for row in results]
    current = _load_current_version_numbers(results)
    disputes: dict[UUID | None, list[ResultDisputeState]] = defaultdict(list)
    ended: dict[UUID | None, list[str | None]] = defaultdict(list)
    for result, made_at, answered_at, how in db.session.execute(
        select(Dispute.result_id, Dispute.made_at, ResultDisputeEnd.at, ResultDisputeEnd.how)
        .outerjoin(ResultDisputeEnd, ResultDisputeEnd.dispute_id == Dispute.id)
        .where(Dispute.result_id.in_(ids))
    ):
        disputes[result].append(ResultDisputeState(made_at, answered_at, how or ""))
    for appealed, outcome in db.session.execute(
        select(Appeal.result_id, AppealEnd.outcome)
        .outerjoin(AppealEnd, AppealEnd.appeal_id == Appeal.id)
        .where(Appeal.result_id.in_(ids), Appeal.kind == "APPEAL")
    ):
        ended[appealed].append(outcome)
    for result, outcome in _load_appealed_results_with_outcome(results):
        ended[result].append(outcome)
    return {
        row.id: ResultAppealState(
            version=row.version,
            current_version=current.get((row.sheet_id, row.student_id), row.version),
            published_at=row.published_at,
            disputes=disputes[row.id],
            appeal_outcomes=ended[row.id],
        )
        for row in results
    }


def _load_appealed_results_with_outcome(results: Sequence[Result]) -> list[tuple[UUID, str]]:
    """Return those of these versions that the protocol of an appeal produced,
    with the outcome of that appeal."""
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


def _load_current_version_numbers(results: Sequence[Result]) -> dict[tuple[UUID, UUID], int]:
    """Return the current version number by (sheet, student)."""
    places = {(row.sheet_id, row.student_id) for row in results}
    found = db.session.execute(
        select(Result.sheet_id, Result.student_id, func.max(Result.version))
        .where(tuple_(Result.sheet_id, Result.student_id).in_(places))
        .group_by(Result.sheet_id, Result.student_id)
    )
    return {(row[0], row[1]): row[2] for row in found}


def build_appeal_option(
    state: ResultAppealState, calendar: DeadlineCalendar, act: Act
) -> ResultChallengeOption:
    """Return the option to appeal now."""
    refusal = refusal_to_appeal_against_result(state, "", calendar, act.at)
    return _build_challenge_option(appeal_deadline(state, calendar, act.at), refusal)


def load_result_challenge_options(
    act: Act, results: Iterable[tuple[Result, DeadlineCalendar]]
) -> dict[UUID, ResultChallengeOptions]:
    """Return both options for each of these results, with the calendar of its department,
    by result id; four statements.

    Access is not checked: the caller shows the options only to the student or to
    persons responsible for the student.
    """
    wanted = list(results)
    if not wanted:
        return {}
    states = load_result_appeal_states([row for row, _terms in wanted])
    unanswered = _load_unanswered_dispute_ids([row.id for row, _terms in wanted])
    options = {}
    for row, calendar in wanted:
        state = states[row.id]
        refusal = refusal_to_dispute_result(state, "", calendar, act.at)
        options[row.id] = ResultChallengeOptions(
            appeal=build_appeal_option(state, calendar, act),
            dispute=_build_challenge_option(result_dispute_deadline(state, calendar), refusal),
            open_dispute=unanswered.get(row.id),
            was_ever_disputed=bool(state.disputes),
        )
    return options


@dataclass(frozen=True, slots=True)
class AppealableResult:
    """A result that its student may still appeal against in time, with the deadline and the department."""

    student_result: StudentResult
    deadline: Deadline
    department: UUID


def load_appealable_results(act: Act, student: UUID) -> list[AppealableResult]:
    """Return the results with a running appeal deadline (6.3), without those
    already disputed or appealed against.

    A fixed number of statements, and one for the calendar of each department. Access is not checked.
    """
    results = load_current_results_of_student(student)
    if not results:
        return []
    units = load_gradebook.load_offerings({one.offering for one in results})
    calendars = {
        offering: load_gradebook.load_deadline_calendar(unit, act.at) for offering, unit in units.items()
    }
    options = load_result_challenge_options(act, [(one.result, calendars[one.offering]) for one in results])
    return [
        AppealableResult(one, options[one.result.id].appeal.deadline, units[one.offering].department)
        for one in results
        if _is_in_time_and_undisputed(options[one.result.id])
    ]


def _is_in_time_and_undisputed(options: ResultChallengeOptions) -> bool:
    """Return whether the appeal deadline runs and the result is not disputed."""
    return options.appeal.refusal is None and not options.appeal.late and not options.was_ever_disputed


def _build_challenge_option(due: Deadline, refusal: DepterError | None) -> ResultChallengeOption:
    """Return an option from its deadline and the refusal of its rule; Invalid means that
    only an explanation is missing."""
    # Rules return Invalid only for a missing explanation, which the form asks for.
    late = isinstance(refusal, Invalid)
    return ResultChallengeOption(due, late, None if late else refusal)


def _load_unanswered_dispute_ids(results: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the dispute without an answer, by result id."""
    found = db.session.execute(
        select(Dispute.result_id, Dispute.id)
        .outerjoin(ResultDisputeEnd, ResultDisputeEnd.dispute_id == Dispute.id)
        .where(Dispute.result_id.in_(results), ResultDisputeEnd.dispute_id.is_(None))
    )
    return {result: dispute for result, dispute in found if result is not None}


@dataclass(frozen=True, slots=True)
class OpenMattersOfResult:
    """Open matters of a result before a commission: the appeal, and proposals of points of make-up work."""

    appeal: UUID | None = None
    proposals: tuple[UUID, ...] = ()


def load_open_matters_of_results(sheets: Iterable[UUID]) -> dict[tuple[UUID, UUID], OpenMattersOfResult]:
    """Return the open matters about results of these sheets, by (sheet, student); one statement."""
    rows = db.session.execute(
        select(Appeal.sheet_id, Appeal.student_id, Appeal.kind, Appeal.id)
        .outerjoin(AppealEnd, AppealEnd.appeal_id == Appeal.id)
        .where(Appeal.sheet_id.in_(list(sheets)), AppealEnd.appeal_id.is_(None))
        .order_by(Appeal.made_at, Appeal.id)
    )
    found: dict[tuple[UUID, UUID], OpenMattersOfResult] = defaultdict(OpenMattersOfResult)
    for sheet, student, kind, id in rows:
        if sheet is None:
            continue
        so_far = found[sheet, student]
        if kind == "APPEAL":
            found[sheet, student] = replace(so_far, appeal=id)
        else:
            found[sheet, student] = replace(so_far, proposals=(*so_far.proposals, id))
    return dict(found)
