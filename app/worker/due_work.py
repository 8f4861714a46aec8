"""The work of a wake-up: timers, outbox, reminders, deletions. Runs in an rq worker or in the clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from flask import Flask

from app.audit.exports import end_old_exports
from app.cases.incidents import record_message_incident, resolve_message_incident
from app.cases.migration.worker import migrate_waiting_cases
from app.cases.queries.requests import load_cells_of_open_makeup_cases
from app.cases.timers import fire_due_timers
from app.diagrams.drafts import delete_old_revisions
from app.diagrams.proposals import publish_due_versions
from app.exchange.planning import drop_old_plans
from app.files.store import FileStore
from app.journal.acknowledgements.commands import remind_of_acknowledgements
from app.journal.excuses.issuer_marks import mark_issuers_of_earlier_excuses
from app.journal.grade_sheets.entry_commands import MAX_SHEETS_PER_RUN, create_due_sheets
from app.journal.reminders.commands import (
    LessonPosition,
    delete_old_reminders,
    remind_of_makeups_and_documents,
    remind_of_missing_grades,
    remind_of_missing_rolls,
)
from app.journal.requests.commands import delete_expired_notes
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.migrations.year_partitions import create_due_year_partitions
from app.kernel.settings import Settings
from app.notices.commands import delete_sent_letters
from app.outbox.dead_letters import delete_delivered_messages
from app.outbox.dispatch import DeliveryObserver, deliver_due_messages
from app.people.commands.access_reviews import (
    close_due_access_review,
    open_due_access_review,
    remind_of_open_access_review,
)
from app.plays.scenarios import rerun_scenarios_of_due_proposals
from app.worker.clock_check import agrees_with_database_clock
from app.worker.event_handlers import event_handlers_by_type
from app.worker.scheduled_backups import begin_quarterly_drill, start_due_backup
from app.worker.seal_watch import report_seal_findings, start_due_night_check
from app.worker.wakeup import cached_wakeup_queue

log = structlog.get_logger(__name__)

BATCH_SIZE = 100
MAX_ROUNDS_PER_JOB = 10
MIGRATION_BATCH = 25
"""Cases moved in one batch: letters and timers wait no longer than ten of these."""
MESSAGE_RETENTION = timedelta(days=30)
"""How long delivered messages and sent letters are kept."""

REMINDER_RETENTION = timedelta(days=400)
"""How long the record of a sent reminder is kept."""

DRAFT_RETENTION = timedelta(days=30)
"""How long the earlier states of a draft of a diagram are kept."""

INCIDENT_OBSERVER = DeliveryObserver(record_message_incident, resolve_message_incident)
"""Records an incident for each dead letter, and solves it when the message is delivered after all."""

DueJob = Callable[[Settings, datetime], bool]
"""Runs one batch of due work; returns True when there may be more. Safe to repeat and to run concurrently."""

_installed_app: list[Flask] = []


def install_application(app: Flask) -> None:
    """Set the application in which the jobs of this process run."""
    _installed_app[:] = [app]


def installed_or_new_application() -> Flask:
    """Return the application of this process; create it from the environment when none is installed."""
    if not _installed_app:
        from app import create_app

        install_application(create_app(Settings.from_env(os.environ)))
    return _installed_app[0]


def wake() -> None:
    """Run the rq job of a wake-up."""
    app = installed_or_new_application()
    # A wake-up that is not answered is done by the clock of another worker.
    if not agrees_with_database_clock(app):
        return
    # Before the work: whatever is committed from now on may send the next wake-up.
    cached_wakeup_queue(app.extensions["depter"].settings.redis_url).clear_pending_wakeup()
    run_due_work(app)


def run_due_work(app: Flask) -> None:
    """Run everything that is due now, several rounds if there is much."""
    _run_jobs(app, WAKEUP_JOBS)


def run_journal_reminders(app: Flask) -> None:
    """Send the reminders that belong to no task of a case.

    Roll reminders run each time. The others go through all lessons and students once a day, in batches; a run
    after the last batch costs one row.
    """
    _run_jobs(app, REMINDER_JOBS)


def run_hourly_jobs(app: Flask) -> None:
    """Create the grade sheets of the day and delete rows that are not needed any more."""
    _run_jobs(app, HOURLY_JOBS)


def _run_jobs(app: Flask, jobs: tuple[DueJob, ...]) -> None:
    """Run each job up to `MAX_ROUNDS_PER_JOB` times while it returns True; log errors and go on with the next job."""
    services = app.extensions["depter"]
    for job in jobs:
        for _ in range(MAX_ROUNDS_PER_JOB):
            try:
                with app.app_context():
                    more = job(services.settings, services.clock())
            except Exception:
                log.exception("job.failed", job=job.__name__)
                break
            if not more:
                break


def publish_due_diagram_versions(settings: Settings, now: datetime) -> bool:
    """Bring approved versions of diagrams into force whose moment has come."""
    rerun_scenarios_of_due_proposals(door.write, now)
    with door.write(Act.by_system(now)):
        return publish_due_versions(Act.by_system(now), 1) > 0


def fire_timer_batch(settings: Settings, now: datetime) -> bool:
    """Fire one batch of due reminders and timers of cases."""
    report = fire_due_timers(door.write, now, BATCH_SIZE)
    return report.reminded == BATCH_SIZE or report.advanced + report.failed == BATCH_SIZE


def deliver_event_batch(settings: Settings, now: datetime) -> bool:
    """Deliver one batch of the outbox."""
    return (
        deliver_due_messages(event_handlers_by_type(settings), now, BATCH_SIZE, INCIDENT_OBSERVER).total
        == BATCH_SIZE
    )


def migrate_case_batch(settings: Settings, now: datetime) -> bool:
    """Move one batch of the cases of migrations under way."""
    return migrate_waiting_cases(door.write, now, MIGRATION_BATCH) == MIGRATION_BATCH


def run_roll_reminder_batches(settings: Settings, now: datetime) -> bool:
    """Remind of every lesson whose roll was not called, in batches."""
    next_place: LessonPosition | None = None
    for _ in range(MAX_ROUNDS_PER_JOB * MAX_ROUNDS_PER_JOB):
        with door.write(Act.by_system(now)):
            next_place = remind_of_missing_rolls(Act.by_system(now), next_place, BATCH_SIZE)
        if next_place is None:
            break
    return False


def run_grade_reminder_batch(settings: Settings, now: datetime) -> bool:
    """Run one batch of the daily run through lessons that wait for grades."""
    with door.write(Act.by_system(now)):
        return remind_of_missing_grades(Act.by_system(now), BATCH_SIZE)


def run_absence_reminder_batch(settings: Settings, now: datetime) -> bool:
    """Run one batch of the daily run through students with absences."""
    with door.write(Act.by_system(now)):
        return remind_of_makeups_and_documents(
            Act.by_system(now), BATCH_SIZE, load_cells_of_open_makeup_cases
        )


def run_acknowledgement_reminder_batch(settings: Settings, now: datetime) -> bool:
    """Run one batch of the daily run through groups whose students acknowledge the regulation (8.7)."""
    with door.write(Act.by_system(now)):
        return remind_of_acknowledgements(Act.by_system(now), BATCH_SIZE)


def delete_old_reminder_records(settings: Settings, now: datetime) -> bool:
    """Delete records of reminders older than `REMINDER_RETENTION`."""
    with door.write(Act.by_system(now)):
        return delete_old_reminders(now - REMINDER_RETENTION) > 0


def delete_old_messages_and_letters(settings: Settings, now: datetime) -> bool:
    """Delete delivered messages and sent letters older than `MESSAGE_RETENTION`."""
    with door.write(Act.by_system(now)):
        return (
            delete_delivered_messages(now - MESSAGE_RETENTION) + delete_sent_letters(now - MESSAGE_RETENTION)
            > 0
        )


def delete_old_draft_revisions(settings: Settings, now: datetime) -> bool:
    """Delete states of drafts older than `DRAFT_RETENTION`."""
    with door.write(Act.by_system(now)):
        return delete_old_revisions(now - DRAFT_RETENTION) > 0


def delete_expired_request_notes(settings: Settings, now: datetime) -> bool:
    """Delete the notes of general requests whose last day has passed."""
    with door.write(Act.by_system(now)):
        return delete_expired_notes(local_day(now)) > 0


def create_grade_sheets_of_day(settings: Settings, now: datetime) -> bool:
    """Create the grade sheets whose week or day has come (1.4.2)."""
    act = Act.by_system(now)
    with door.write(act):
        return create_due_sheets(act) == MAX_SHEETS_PER_RUN


def delete_orphan_files(settings: Settings, now: datetime) -> bool:
    """Delete encrypted files whose row was never committed."""
    with door.write(Act.by_system(now)):
        FileStore(settings.data_dir).remove_orphaned_content(now)
    return False


def drop_old_import_plans(settings: Settings, now: datetime) -> bool:
    """Delete the plans of imports that nobody agreed to in time."""
    with door.write(Act.by_system(now)):
        return drop_old_plans(now, BATCH_SIZE) == BATCH_SIZE


def mark_issuers_of_documents(settings: Settings, now: datetime) -> bool:
    """Mark the issuers of documents that were submitted before their marks were kept."""
    act = Act.by_system(now)
    with door.write(act):
        return mark_issuers_of_earlier_excuses(act, BATCH_SIZE) == BATCH_SIZE


def create_partitions_of_next_year(settings: Settings, now: datetime) -> bool:
    """Make the partitions of the next year in good time; one row when they are there."""
    with door.write(Act.by_system(now)):
        create_due_year_partitions(db.session.connection())
    return False


def end_old_audit_exports(settings: Settings, now: datetime) -> bool:
    """Delete the files of exports of the audit whose day is over."""
    with door.write(Act.by_system(now)):
        return end_old_exports(now, BATCH_SIZE) == BATCH_SIZE


def open_access_review_of_quarter(settings: Settings, now: datetime) -> bool:
    """Open the review of the roles of this quarter, and remind the chiefs who have not finished it."""
    act = Act.by_system(now)
    with door.write(act):
        open_due_access_review(act)
        remind_of_open_access_review(act)
    return False


def end_unconfirmed_roles(settings: Settings, now: datetime) -> bool:
    """End one batch of the roles that nobody confirmed in time."""
    act = Act.by_system(now)
    with door.write(act):
        return close_due_access_review(act, BATCH_SIZE)


WAKEUP_JOBS: tuple[DueJob, ...] = (
    publish_due_diagram_versions,
    fire_timer_batch,
    deliver_event_batch,
    migrate_case_batch,
)
REMINDER_JOBS: tuple[DueJob, ...] = (
    run_roll_reminder_batches,
    run_grade_reminder_batch,
    run_absence_reminder_batch,
    run_acknowledgement_reminder_batch,
    start_due_backup,
    report_seal_findings,
    start_due_night_check,
)
HOURLY_JOBS: tuple[DueJob, ...] = (
    create_grade_sheets_of_day,
    open_access_review_of_quarter,
    end_unconfirmed_roles,
    delete_old_messages_and_letters,
    delete_old_draft_revisions,
    delete_expired_request_notes,
    delete_old_reminder_records,
    delete_orphan_files,
    drop_old_import_plans,
    mark_issuers_of_documents,
    create_partitions_of_next_year,
    end_old_audit_exports,
    begin_quarterly_drill,
)
