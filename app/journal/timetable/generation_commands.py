"""Commands that generate lessons from the weekly timetable: of one journal at once, of a semester by the worker.

The worker takes the journals of a run in batches, each in the transaction of one message, which posts the next one. So
a run shows its progress, goes on after a crash, and holds the lock of the timetables for a second at a time.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select

from app.audit.record import record_audit_event, record_audit_events
from app.journal.semesters.queries import find_semester
from app.journal.tables import LessonPattern, Offering, TimetableRun
from app.journal.timetable.commands import (
    lock_timetable,
    require_arranged_journal,
    require_unchanged_timetable,
)
from app.journal.timetable.generate import plan_journals, write_lesson_plans
from app.journal.timetable.lesson_change_notices import post_generated_changes
from app.journal.timetable.lesson_plan import LessonPlan
from app.journal.timetable.queries import load_timetabled_journals
from app.journal.timetable.rules import generation_day_problem, refusal_to_arrange_timetable
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing, Refused
from app.outbox.post import post_event
from app.people.models import StudyGroup
from app.people.queries.acting import load_acting_roles
from app.people.rules import is_permitted
from app.regulation.queries import load_regulation_snapshot

RUN_CONTINUED_EVENT = "journal.timetable.run_continued"
RUN_FINISHED_EVENT = "journal.timetable.run_finished"
RUN_STARTED, RUN_CANCELLED = "journal.timetable.run_started", "journal.timetable.run_cancelled"
JOURNALS_PER_BATCH = 100


def generate_lessons(act: Act, offering_id: UUID, seen: int, since: date) -> LessonPlan:
    """Generate the lessons of one journal from the day `since` on; return what was written. A repeat writes nothing.

    Raises Missing, Denied, Invalid on `since`, Stale when somebody changed the timetable after version `seen`.
    """
    lock_timetable()
    journal = require_arranged_journal(act, offering_id)
    problem = generation_day_problem(since, journal.dates)
    if problem is not None:
        raise problem
    require_unchanged_timetable(journal, seen)
    plans = plan_journals([journal], act.at, since)
    record_audit_events(act, write_lesson_plans(act.at, [journal], plans))
    post_generated_changes(act, journal, plans[offering_id])
    return plans[offering_id]


def start_timetable_run(act: Act, run_id: UUID, semester_id: UUID, unit: UUID | None, since: date) -> None:
    """Let the worker generate the lessons of a semester from a day on: of the groups of a unit and of those below
    it, or (None) of the university. A repeat has no effect.

    Raises Missing, Denied, Invalid on `since`, Refused while another run of the semester goes on.
    """
    known = db.session.get(TimetableRun, run_id)
    if known is not None:
        return
    semester, snapshot = find_semester(semester_id), load_regulation_snapshot(db.session)
    if semester is None or (unit is not None and unit not in snapshot.units_upwards):
        raise Missing
    refusal = refusal_to_arrange_timetable(act.assignments, *(snapshot.units_upwards[unit] if unit else ()))
    if refusal is not None:
        raise refusal
    problem = generation_day_problem(since, semester.dates)
    if problem is not None:
        raise problem
    lock_timetable()
    running = select(TimetableRun.asked_at).where(
        TimetableRun.semester_id == semester_id, TimetableRun.state == "RUNNING"
    )
    begun = db.session.scalar(running)
    if begun is not None:
        raise Refused("journal.timetable.run_going_on", at=begun)
    condition = _journals_condition(semester_id, unit)
    count = db.session.scalar(select(func.count()).select_from(Offering).where(condition)) or 0
    db.session.add(
        TimetableRun(
            id=run_id,
            semester_id=semester_id,
            unit_id=unit,
            since=since,
            asked_by=act.person,
            asked_for=act.on_behalf_of,
            asked_at=act.at,
            journals=count,
        )
    )
    db.session.flush()
    after = {"semester": semester_id, "unit": unit, "since": since, "journals": count}
    record_audit_event(act, RUN_STARTED, ("journal.timetable_run", run_id), None, after, "2.1")
    post_event(act, RUN_CONTINUED_EVENT, {"run": str(run_id)})


def _journals_condition(semester: UUID, unit: UUID | None) -> ColumnElement[bool]:
    """Return the SQL condition of the journals of a run: those of the semester that have weekly lessons."""
    condition = (Offering.semester_id == semester) & exists().where(LessonPattern.offering_id == Offering.id)
    if unit is None:
        return condition
    units = load_regulation_snapshot(db.session).unit_and_descendants(unit)
    groups = select(StudyGroup.id).where(StudyGroup.unit_id.in_(list(units)))
    return condition & Offering.group_id.in_(groups)


def continue_timetable_run(act: Act, run_id: UUID) -> None:
    """Generate the lessons of the next batch of a run, in the name of the person who asked for it, and post its
    continuation, or at its end a notice. Harmless to repeat; a cancelled run does nothing."""
    lock_timetable()
    run = db.session.scalar(
        select(TimetableRun)
        .where(TimetableRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if run is None or run.state != "RUNNING":
        return
    roles = load_acting_roles(run.asked_by, run.asked_for, local_day(act.at))
    asker = Act(run.asked_by, run.asked_for, act.at, roles, locale=act.locale)
    wanted = select(Offering.id).where(_journals_condition(run.semester_id, run.unit_id))
    if run.after is not None:
        wanted = wanted.where(Offering.id > run.after)
    ids = db.session.scalars(wanted.order_by(Offering.id).limit(JOURNALS_PER_BATCH)).all()
    journals = list(load_timetabled_journals(ids).values())
    plans = plan_journals(journals, act.at, run.since)
    record_audit_events(asker, write_lesson_plans(act.at, journals, plans))
    for journal in journals:
        post_generated_changes(asker, journal, plans[journal.id])
    run.done += len(ids)
    run.inserted += sum(len(plan.new) for plan in plans.values())
    run.moved += sum(len(plan.changed) for plan in plans.values())
    run.removed += sum(len(plan.removed) for plan in plans.values())
    run.left += sum(plan.left > 0 for plan in plans.values())
    if len(ids) == JOURNALS_PER_BATCH:
        run.after = ids[-1]
        db.session.flush()
        post_event(act, RUN_CONTINUED_EVENT, {"run": str(run_id)})
        return
    run.state, run.ended_at = "FINISHED", act.at
    db.session.flush()
    payload = {
        "recipients": [str(run.asked_by)],
        "url": f"/timetable?semester={run.semester_id}",
        "inserted": run.inserted,
        "journals": run.done,
    }
    post_event(asker, RUN_FINISHED_EVENT, payload)


def cancel_timetable_run(act: Act, run_id: UUID) -> None:
    """Stop a run after its present batch; lessons that were generated stay. A repeat has no effect. Raises Missing,
    also for a run that somebody else asked for, unless the act is of the academic office."""
    run = db.session.scalar(
        select(TimetableRun)
        .where(TimetableRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if run is None or not (run.asked_by == act.person or is_permitted(act.assignments, "bells.manage")):
        raise Missing
    if run.state != "RUNNING":
        return
    run.state, run.ended_at = "CANCELLED", act.at
    db.session.flush()
    record_audit_event(act, RUN_CANCELLED, ("journal.timetable_run", run_id), None, {"done": run.done}, "2.1")
