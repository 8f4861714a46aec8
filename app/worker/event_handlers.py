"""The event handlers: which outbox event types go to which handlers.

An event type that is not listed has no handler. A handler runs in the same act that marks its message as
delivered; it must be safe to run again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from smtplib import SMTPException
from uuid import UUID, uuid5

from app.audit.exports import EXPORT_CONTINUED_EVENT
from app.cases.audit_lists.exports import continue_list_export
from app.cases.commands.follow_enrolment import apply_enrolment_to_cases
from app.cases.commands.hand_back import reassign_substituted_tasks
from app.cases.commands.reschedule import RESCHEDULING_CONTINUED_EVENT, reschedule_deadline_batch
from app.cases.commands.revalidate import revalidate_student_cases
from app.cases.commands.start import start_follow_up_case_once
from app.cases.queries.task_status import load_closed_task_ids
from app.exchange import commands as imports
from app.exchange.account_commands import IMPORT_CONTINUED_EVENT, continue_account_import
from app.exchange.planning import IMPORT_PLANNING_EVENT, make_requested_plan
from app.exchange.structure_planning import (
    STRUCTURE_PLANNING_EVENT,
    STRUCTURE_QUEUED_EVENT,
    execute_queued_structure_import,
    make_structure_plan,
)
from app.files.store import FileStore
from app.journal.sheet_closing.archive_commands import ARCHIVING_CONTINUED_EVENT, archive_batch_of_year
from app.journal.takeover.commands import (
    TAKEOVER_CONTINUED_EVENT,
    TAKEOVER_PLANNING_EVENT,
    continue_takeover,
    make_takeover_plan,
)
from app.journal.timetable.generation_commands import RUN_CONTINUED_EVENT, continue_timetable_run
from app.journal.transfers.review_cases import post_review_cases
from app.journal.transfers.review_commands import post_marks_review_events
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.kernel.settings import Settings
from app.notices import commands as notices
from app.notices.link_letters import compose_link_letter_text
from app.notices.mail import MailSender
from app.notices.texts import NOTICE_EVENT_TYPES
from app.operations import FOLLOW_UP_BY_EVENT_TYPE, REVALIDATING_EVENT_TYPES
from app.outbox.dispatch import HandlersByEventType, MessageDelivery, MessageHandler
from app.people.commands import account_letters, groups, membership, order_effects, substitutes
from app.people.commands.leave_ends import LEAVE_DAY_EVENT, tell_of_leave_end
from app.people.commands.one_time_keys import PASSWORD_PURPOSE
from app.regulation.commands import CALENDAR_CHANGED_EVENT
from app.worker.recipients import find_recipient, resolve_recipients

ADDRESSING_KEYS = (
    "recipients",
    "addresses",
    "role",
    "roles",
    "except",
    "url",
    "by",
    "on_behalf_of",
    "person",
)
"""Parts of a payload that are no parameters of a notice.

They say who is notified and which page is linked; for ids of persons the notice keeps the names.
"""

FOLLOW_UP_CASE_ID_NAMESPACE = UUID("6f1d4a52-5a0e-5c1b-9b51-3d3f6f0a7c11")
"""Namespace of the ids of follow-up cases, which are derived from the message id."""

SLOW_MAIL_SECONDS = 3.0
MAIL_REST_SECONDS = 30.0
"""A failure slower than `SLOW_MAIL_SECONDS` stops letters for `MAIL_REST_SECONDS`; each letter tries again later."""


class MailSendingPaused(OSError):
    """The letter was not tried, because the mail server did not answer an earlier one in time."""


@cache
def event_handlers_by_type(settings: Settings) -> HandlersByEventType:
    """Return the handlers by event type, for these settings."""
    mailer = LetterMailer(MailSender(settings.mail_url, settings.mail_from, settings.public_url))
    notifications: HandlersByEventType = dict.fromkeys(NOTICE_EVENT_TYPES, (notify_event_recipients,))
    follow_ups: HandlersByEventType = dict.fromkeys(FOLLOW_UP_BY_EVENT_TYPE, (start_follow_up_case,))
    revalidations: HandlersByEventType = dict.fromkeys(REVALIDATING_EVENT_TYPES, (revalidate_cases,))
    letters: HandlersByEventType = {
        notices.LETTER_DUE_EVENT: (mailer,),
        notices.DIGEST_DUE_EVENT: (mailer.send_digest,),
        account_letters.LINK_LETTER_DUE_EVENT: (mailer.send_link_letter,),
    }
    roster: HandlersByEventType = {
        imports.IMPORT_QUEUED_EVENT: (ImportExecutor(FileStore(settings.data_dir)),),
        IMPORT_PLANNING_EVENT: (ImportPlanner(FileStore(settings.data_dir)),),
        STRUCTURE_PLANNING_EVENT: (StructurePlanner(FileStore(settings.data_dir)),),
        STRUCTURE_QUEUED_EVENT: (execute_structure_import,),
    }
    enrolment: HandlersByEventType = {
        order_effects.ORDER_DAY_EVENT: (carry_out_order,),
        LEAVE_DAY_EVENT: (tell_of_leave_end_of_order,),
        order_effects.ACCOUNT_DAY_EVENT: (close_accounts_after_order,),
        membership.MEMBERSHIP_CHANGED_EVENT: (apply_enrolment_order_to_cases,),
        substitutes.SUBSTITUTION_ENDED_EVENT: (return_substitute_tasks,),
        groups.CURATOR_DUE_EVENT: (set_due_curator,),
    }
    audit: HandlersByEventType = {EXPORT_CONTINUED_EVENT: (write_export_batch,)}
    accounts: HandlersByEventType = {IMPORT_CONTINUED_EVENT: (import_accounts_of_batch,)}
    timetable: HandlersByEventType = {RUN_CONTINUED_EVENT: (generate_lessons_of_batch,)}
    takeovers: HandlersByEventType = {
        TAKEOVER_PLANNING_EVENT: (TakeoverPlanner(FileStore(settings.data_dir)),),
        TAKEOVER_CONTINUED_EVENT: (write_takeover_batch,),
    }
    archive: HandlersByEventType = {ARCHIVING_CONTINUED_EVENT: (archive_batch,)}
    rescheduling: HandlersByEventType = dict.fromkeys(
        (CALENDAR_CHANGED_EVENT, RESCHEDULING_CONTINUED_EVENT), (reschedule_deadlines_of_batch,)
    )
    return merge_handler_maps(
        notifications,
        follow_ups,
        revalidations,
        enrolment,
        rescheduling,
        letters,
        roster,
        timetable,
        accounts,
        takeovers,
        archive,
        audit,
    )


def merge_handler_maps(*menus: HandlersByEventType) -> HandlersByEventType:
    """Return one map of several; an event type in two of them goes to the handlers of both."""
    merged: dict[str, tuple[MessageHandler, ...]] = {}
    for handler_map in menus:
        for event_type, its_handlers in handler_map.items():
            merged[event_type] = (*merged.get(event_type, ()), *its_handlers)
    return merged


def import_accounts_of_batch(act: Act, delivery: MessageDelivery) -> None:
    """Give user names and addresses to one batch of an import of accounts; the batch itself asks for the next."""
    continue_account_import(act, UUID(delivery.payload["import"]), int(delivery.payload["from"]))


def revalidate_cases(act: Act, delivery: MessageDelivery) -> None:
    """Revalidate the cases of these students after a change in the journal."""
    revalidate_student_cases(act, [UUID(student) for student in delivery.payload["students"]])


def notify_event_recipients(act: Act, delivery: MessageDelivery) -> None:
    """Notify the recipients of the event on the bell and by letter."""
    to = resolve_recipients(delivery.payload, act.at)
    params = {name: value for name, value in delivery.payload.items() if name not in ADDRESSING_KEYS}
    url = delivery.payload.get("url") or "/notices"
    news = notices.Notification(delivery.event_type, delivery.id, {**params, **to.names}, url)
    notices.add_bell_notices_and_queue_letters(act, news, to.recipients)


def start_follow_up_case(act: Act, delivery: MessageDelivery) -> None:
    """Start the follow-up case of this event; its id comes from the message, so a repeat starts nothing."""
    follow_up = FOLLOW_UP_BY_EVENT_TYPE[delivery.event_type]
    answers = {part: delivery.payload[part] for part in follow_up.payload_keys}
    case_id = uuid5(FOLLOW_UP_CASE_ID_NAMESPACE, f"{delivery.id}")
    start_follow_up_case_once(
        act, case_id, follow_up.start, answers, UUID(delivery.payload[follow_up.requester_key])
    )


def reschedule_deadlines_of_batch(act: Act, delivery: MessageDelivery) -> None:
    """Reschedule open deadlines of one batch of cases; the batch itself posts where to continue."""
    payload = delivery.payload
    opened_since = payload.get("opened_since")
    reschedule_deadline_batch(
        act,
        UUID(payload["change"]),
        datetime.fromisoformat(payload["since"]),
        after=UUID(payload["after"]) if payload.get("after") else None,
        opened_since=datetime.fromisoformat(opened_since) if opened_since else None,
        semester=UUID(payload["semester"]) if payload.get("semester") else None,
    )


def generate_lessons_of_batch(act: Act, delivery: MessageDelivery) -> None:
    """Generate the lessons of one batch of journals; the batch itself posts where to continue."""
    continue_timetable_run(act, UUID(delivery.payload["run"]))


def write_export_batch(act: Act, delivery: MessageDelivery) -> None:
    """Write one batch of an export of the audit; the batch itself asks for the next."""
    continue_list_export(act, UUID(delivery.payload["export"]))


def apply_enrolment_order_to_cases(act: Act, delivery: MessageDelivery) -> None:
    """Apply an order about students to their cases, and notify the teachers of marks to review."""
    apply_enrolment_to_cases(act, [UUID(student) for student in delivery.payload["students"]])
    post_marks_review_events(act, delivery.payload["spans"], delivery.payload["order"])
    if delivery.payload.get("order_id"):
        post_review_cases(act, delivery.payload["spans"], delivery.payload["order"], delivery.payload["by"])


def carry_out_order(act: Act, delivery: MessageDelivery) -> None:
    """Carry out on its day what an order says without dates."""
    order_effects.carry_out_order_day(act, UUID(delivery.payload["order"]))


def close_accounts_after_order(act: Act, delivery: MessageDelivery) -> None:
    """Close the accounts of students who left by an order, once the time to read their results is over."""
    order_effects.close_accounts_of_order(act, UUID(delivery.payload["order"]))


def tell_of_leave_end_of_order(act: Act, delivery: MessageDelivery) -> None:
    """Tell directorate and students that leaves of an order end, or are over."""
    sent = delivery.payload
    tell_of_leave_end(act, UUID(sent["order"]), date.fromisoformat(sent["until"]), over=sent["over"])


def return_substitute_tasks(act: Act, delivery: MessageDelivery) -> None:
    """Return the tasks of a substitute to the holders of the role when the substitution ends."""
    reassign_substituted_tasks(act, UUID(delivery.payload["absent"]), UUID(delivery.payload["substitute"]))


def set_due_curator(act: Act, delivery: MessageDelivery) -> None:
    """Set the curator of a group on the first day of the new one."""
    groups.set_curator_of_today(act, UUID(delivery.payload["group"]))


class LetterMailer:
    """Sends letters: called, one letter; `send_digest`, a daily letter; `send_link_letter`, one with a one-time link.

    After a slow failure no letter is tried for a while, so that bells do not wait for the mail server.
    """

    def __init__(self, post_office: MailSender, slow: float = SLOW_MAIL_SECONDS) -> None:
        self._post_office = post_office
        self._slow = slow
        self._rests_until = float("-inf")

    def __call__(self, act: Act, delivery: MessageDelivery) -> None:
        """Send the letter named by the message."""
        with self._pause_after_slow_mail_failure():
            notices.send_letter(act, UUID(delivery.payload["letter"]), self._post_office)

    def send_digest(self, act: Act, delivery: MessageDelivery) -> None:
        """Send a daily letter to the present address of its owner, without tasks that are closed."""
        due = notices.lock_due_digest(UUID(delivery.payload["digest"]))
        if due is not None:
            reader, settled = find_recipient(due.person), load_closed_task_ids(due.task_ids)
            with self._pause_after_slow_mail_failure():
                notices.send_digest(act, due, reader, settled, self._post_office)

    def send_link_letter(self, act: Act, delivery: MessageDelivery) -> None:
        """Make a one-time link and send it; no letter when it is not needed any more.

        If the process is killed after the mail server accepted it, a second letter comes, and the link of the first
        opens nothing.
        """
        payload = delivery.payload
        letter = account_letters.create_link_letter(
            act, UUID(payload["person"]), payload["purpose"], delivery.posted_at
        )
        if letter is not None:
            sets_password = letter.purpose == PASSWORD_PURPOSE
            text = compose_link_letter_text(letter.locale, letter.expires_at, sets_password=sets_password)
            path = f"/invitation/{letter.key}"
            with self._pause_after_slow_mail_failure():
                self._post_office.send_letter(new_id(), act.at, letter.address, letter.locale, text, path)

    @contextmanager
    def _pause_after_slow_mail_failure(self) -> Iterator[None]:
        """Raise MailSendingPaused while letters are stopped; stop them after a slow failure."""
        started = time.monotonic()
        if started < self._rests_until:
            raise MailSendingPaused("the mail server hung a moment ago")
        try:
            yield
        except (OSError, SMTPException):
            if time.monotonic() - started > self._slow:
                self._rests_until = time.monotonic() + MAIL_REST_SECONDS
            raise


class ImportExecutor:
    """Executes the import named by a message, in the transaction that marks the message as delivered."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def __call__(self, act: Act, delivery: MessageDelivery) -> None:
        """Execute the import."""
        imports.execute_import(act, self._store, UUID(delivery.payload["import"]))


class ImportPlanner:
    """Makes the plan of the import named by a message, in the transaction that marks the message as delivered."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def __call__(self, act: Act, delivery: MessageDelivery) -> None:
        """Make the plan."""
        make_requested_plan(act, self._store, UUID(delivery.payload["import"]))


class StructurePlanner:
    """Makes the plan of the workbook of the structure named by a message."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def __call__(self, act: Act, delivery: MessageDelivery) -> None:
        """Make the plan."""
        make_structure_plan(act, self._store, UUID(delivery.payload["import"]))


def execute_structure_import(act: Act, delivery: MessageDelivery) -> None:
    """Execute the import of the structure named by a message."""
    execute_queued_structure_import(act, UUID(delivery.payload["import"]))


class TakeoverPlanner:
    """Reads the workbook of the act of takeover named by a message."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def __call__(self, act: Act, delivery: MessageDelivery) -> None:
        """Read it."""
        make_takeover_plan(act, self._store, UUID(delivery.payload["takeover"]))


def write_takeover_batch(act: Act, delivery: MessageDelivery) -> None:
    """Write one batch of journals of an act of takeover; the batch itself posts where to continue."""
    continue_takeover(act, UUID(delivery.payload["takeover"]))


def archive_batch(act: Act, delivery: MessageDelivery) -> None:
    """Archive one batch of closed journals of an academic year; the batch itself posts where to continue."""
    sent = delivery.payload
    behalf, after = (UUID(sent[key]) if sent[key] else None for key in ("for", "after"))
    archive_batch_of_year(act, sent["year"], UUID(sent["by"]), behalf, after, sent["done"], sent["left"])
