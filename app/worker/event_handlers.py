"""THE SECOND MENU: which fact goes to which handlers. Facts come from the outbox; a fact not listed goes nowhere.

A handler runs inside one act together with the mark that its message is done; it must be safe to run again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from smtplib import SMTPException
from uuid import UUID, uuid5

from app.cases.commands.follow_enrolment import follow_students
from app.cases.commands.hand_back import hand_back
from app.cases.commands.reschedule import CONTINUED, recount
from app.cases.commands.revalidate import reconsider
from app.cases.commands.start import follow
from app.cases.queries.task_status import settled_tasks
from app.exchange import commands as imports
from app.files.store import Store
from app.journal.transfers.review_commands import tell_reviews
from app.kernel.act import Act
from app.kernel.settings import Settings
from app.notices import commands as notices
from app.notices.mail import PostOffice
from app.notices.texts import FACTS
from app.operations import FOLLOWS, LOOK_AGAIN
from app.outbox.dispatch import Delivery, Handler, Handlers
from app.people.commands import membership, substitutes
from app.regulation.commands import CHANGED
from app.worker.recipients import addressed, reader_of

NOT_WORDED = ("recipients", "addresses", "role", "url", "by", "on_behalf_of", "person")
"""Parts of a payload that say whom and where; a notice keeps the names instead of the ids."""

CASE_OF_MESSAGE = UUID("6f1d4a52-5a0e-5c1b-9b51-3d3f6f0a7c11")
"""The name space of the ids of cases that follow a message."""

SLOW, REST = 3.0, 30.0
"""A failure that took longer than `SLOW` seconds lets the mail server rest for `REST`; each letter tries again."""


class MailHangs(OSError):
    """Not tried: the mail server let an earlier letter wait in vain."""


@cache
def handlers(settings: Settings) -> Handlers:
    """The menu of one installation."""
    mailer = Mailer(PostOffice(settings.mail_url, settings.mail_from, settings.public_url))
    told: Handlers = dict.fromkeys(FACTS, (tell_people,))
    begun: Handlers = dict.fromkeys(FOLLOWS, (begin_case,))
    asked: Handlers = dict.fromkeys(LOOK_AGAIN, (ask_cases,))
    letter: Handlers = {notices.LETTER_DUE: (mailer,), notices.DIGEST_DUE: (mailer.digest,)}
    roster: Handlers = {imports.QUEUED: (Importer(Store(settings.data_dir)),)}
    orders: Handlers = {membership.CHANGED: (follow_order,), substitutes.OVER: (give_back,)}
    counted: Handlers = dict.fromkeys((CHANGED, CONTINUED), (count_anew,))
    return joined(told, begun, asked, orders, counted, letter, roster)


def joined(*menus: Handlers) -> Handlers:
    """One menu of several: a fact that stands in two of them goes to the handlers of both."""
    found: dict[str, tuple[Handler, ...]] = {}
    for menu in menus:
        for fact, its in menu.items():
            found[fact] = (*found.get(fact, ()), *its)
    return found


def ask_cases(act: Act, delivery: Delivery) -> None:
    """The journal changed under these students: what it overtook ends by itself."""
    reconsider(act, [UUID(student) for student in delivery.payload["students"]])


def tell_people(act: Act, delivery: Delivery) -> None:
    """Ring bells and put letters on their way."""
    to = addressed(delivery.payload, act.at)
    params = {name: value for name, value in delivery.payload.items() if name not in NOT_WORDED}
    url = delivery.payload.get("url") or "/notices"
    news = notices.News(delivery.fact, delivery.id, {**params, **to.names}, url)
    notices.tell(act, news, to.recipients)


def begin_case(act: Act, delivery: Delivery) -> None:
    """Begin the case that follows these news; its id comes from the message, so a repeat begins nothing."""
    follows = FOLLOWS[delivery.fact]
    answers = {part: delivery.payload[part] for part in follows.parts}
    case_id = uuid5(CASE_OF_MESSAGE, f"{delivery.id}")
    follow(act, case_id, follows.start, answers, UUID(delivery.payload[follows.requester]))


def count_anew(act: Act, delivery: Delivery) -> None:
    """Count open deadlines anew, one batch of cases; the batch itself posts where to go on."""
    given = delivery.payload
    opened_since = given.get("opened_since")
    recount(
        act,
        UUID(given["change"]),
        datetime.fromisoformat(given["since"]),
        after=UUID(given["after"]) if given.get("after") else None,
        opened_since=datetime.fromisoformat(opened_since) if opened_since else None,
        semester=UUID(given["semester"]) if given.get("semester") else None,
    )


def follow_order(act: Act, delivery: Delivery) -> None:
    """An order about students has come into effect: their cases follow, wait or end; teachers hear what it left."""
    follow_students(act, [UUID(student) for student in delivery.payload["students"]])
    tell_reviews(act, delivery.payload["spans"], delivery.payload["order"])


def give_back(act: Act, delivery: Delivery) -> None:
    """A substitution is over: what waits with the substitute goes back to who holds the role."""
    hand_back(act, UUID(delivery.payload["absent"]), UUID(delivery.payload["substitute"]))


class Mailer:
    """Sends what a message names: called, a letter; `digest`, the letter of a day.

    A server that hangs is left alone for a while: bells must not wait for it.
    """

    def __init__(self, post_office: PostOffice, slow: float = SLOW) -> None:
        self._post_office = post_office
        self._slow = slow
        self._rests_until = float("-inf")

    def __call__(self, act: Act, delivery: Delivery) -> None:
        with self._patience():
            notices.send_letter(act, UUID(delivery.payload["letter"]), self._post_office)

    def digest(self, act: Act, delivery: Delivery) -> None:
        """The letter of a day, to where its owner is reached now, without the tasks that are done."""
        due = notices.due_digest(UUID(delivery.payload["digest"]))
        if due is not None:
            reader, settled = reader_of(due.person), settled_tasks(due.tasks)
            with self._patience():
                notices.send_digest(act, due, reader, settled, self._post_office)

    @contextmanager
    def _patience(self) -> Iterator[None]:
        begun = time.monotonic()
        if begun < self._rests_until:
            raise MailHangs("the mail server hung a moment ago")
        try:
            yield
        except (OSError, SMTPException):
            if time.monotonic() - begun > self._slow:
                self._rests_until = time.monotonic() + REST
            raise


class Importer:
    """Executes the import a message names, all of it in the transaction that ends the message."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, act: Act, delivery: Delivery) -> None:
        imports.execute(act, self._store, UUID(delivery.payload["import"]))
