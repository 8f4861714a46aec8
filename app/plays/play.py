"""A play: entries are run one after another in a rehearsal, on the real engine, rules, forms and operations.

The clock of a play is the moment of its acts; nobody else's clock moves. A step takes a minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from psycopg import Error as PsycopgError
from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import operations
from app.bpmn.errors import DiagramError
from app.cases.commands.complete import complete_task
from app.cases.commands.start import start_rehearsed_case
from app.cases.events import TASK_REMINDED
from app.cases.models import Case, Task, Timer
from app.cases.timers import fire_timer, post_due_reminders
from app.diagrams.rehearsed_version import store_version_during_rehearsal
from app.diagrams.versions import PublishedDiagram
from app.forms.form_file import Form, FormFileError
from app.forms.schema import check_form_answers
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Refused
from app.kernel.i18n import current_locale, pick_text
from app.kernel.rehearsal import Rehearsal
from app.outbox.models import Message
from app.plays.entries import CLOCK, ONE_DAY, START, TO_DEADLINE, PlayEntry, parse_clock_moment
from app.plays.scenes import build_university_of_scene, insert_specimen_document
from app.plays.university import University

log = structlog.get_logger(__name__)

MAX_CPU_SECONDS = 8.0
MAX_TIMERS_PER_MOVE = 50
MAX_AHEAD = timedelta(days=800)
"""How far the clock of a play may be moved from its beginning."""
STEP_TAKES = timedelta(minutes=1)
DIAGRAM_TIMER = "diagram"


@dataclass(frozen=True, slots=True)
class PlaySource:
    """What is played: drawing and forms of a draft or a version, and the seed and the beginning of the play."""

    xml: str
    forms: Mapping[str, str]
    seed: UUID
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that would have been sent while the clock moved: the message of it, and to whom, by posts."""

    payload: Mapping[str, Any]
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlayedEntry:
    """An entry that was run: when by the clock of the play, which steps were open after it, which timers fired and
    which reminders would have been sent.
    """

    entry: PlayEntry
    at: datetime
    open_steps: tuple[str, ...]
    fired: tuple[str, ...] = ()
    reminders: tuple[Reminder, ...] = ()


@dataclass(frozen=True, slots=True)
class Parting:
    """Where a play stopped: the number of the entry (from 1), the entry, and the refusal."""

    number: int
    entry: PlayEntry
    error: DepterError


@dataclass(slots=True)
class Play:
    """A running play. `at` is its clock; `problem` the first entry that could not be run, None when all were."""

    published: PublishedDiagram
    start: operations.ProcessStart
    university: University
    at: datetime
    case_id: UUID
    first_message: int
    played: list[PlayedEntry] = field(default_factory=list)
    problem: Parting | None = None
    _until_cpu: float = 0.0

    @property
    def begun(self) -> bool:
        """Return whether the case has begun."""
        return any(one.entry.kind == START for one in self.played)

    @property
    def start_form(self) -> Form | None:
        """Return the form of the start."""
        return self.published.forms.get(f"{self.published.key}.start")

    def act_of_person(self, code: str) -> Act:
        """Return an act of a person now. Raises Invalid (`person`) for an unknown one."""
        if code not in self.university.people:
            raise Invalid.field("person", "diagrams.play.unknown_person")
        return self.university.act_of_post_holder(code, self.at)

    def load_case(self) -> Case | None:
        """Return the case, None before it has begun; one statement."""
        statement = select(Case).where(Case.id == self.case_id)
        return db.session.scalar(statement.execution_options(populate_existing=True)) if self.begun else None

    def load_open_tasks(self) -> list[Task]:
        """Return the open tasks of the case, the first due first; one statement."""
        statement = (
            select(Task)
            .where(Task.case_id == self.case_id, Task.closed_at.is_(None))
            .order_by(Task.due_at, Task.element)
        )
        return list(db.session.scalars(statement.execution_options(populate_existing=True)))

    def find_next_deadline(self) -> datetime | None:
        """Return the next moment at which a step is late or a timer fires; None when nothing is waited for."""
        timer = db.session.scalar(
            select(func.min(Timer.due_at)).where(Timer.case_id == self.case_id, Timer.kind == DIAGRAM_TIMER)
        )
        task = db.session.scalar(
            select(func.min(Task.due_at)).where(
                Task.case_id == self.case_id, Task.closed_at.is_(None), Task.due_at >= self.at
            )
        )
        return min((one for one in (timer, task) if one is not None), default=None)

    def run_play_entries(self, entries: Sequence[PlayEntry]) -> None:
        """Run entries until one is refused; that one is the `problem`. Raises Refused when they take too long."""
        for number, entry in enumerate(entries, 1):
            try:
                self.run_play_entry(entry)
            except DepterError as error:
                if error.code == TOO_LONG:
                    raise
                self.problem = Parting(number, entry, error)
                return

    def run_play_entry(self, entry: PlayEntry) -> None:
        """Run one entry; a refused one changes nothing. Raises the refusals of forms, rules and operations."""
        if time.thread_time() > self._until_cpu:
            raise Refused(TOO_LONG)
        at = self.at
        fired: tuple[str, ...] = ()
        try:
            with db.session.begin_nested():
                if entry.kind == CLOCK:
                    fired = self._move_clock(entry.to)
                elif entry.kind == START:
                    self._start_case_from_entry(entry)
                else:
                    self._complete_task_from_entry(entry)
        except DepterError:
            self.at = at
            raise
        except Exception as defect:
            self.at = at
            if _is_statement_timeout(defect):
                raise Refused(TOO_LONG) from defect
            # A draft may ask the operations for what no published version asks: a form without a field they need.
            log.warning("play.stopped", error=f"{type(defect).__name__}: {defect}"[:300])
            raise Refused("diagrams.play.stopped", error=type(defect).__name__) from defect
        steps = tuple(sorted(task.element for task in self.load_open_tasks()))
        reminders = self._load_new_reminders() if entry.kind == CLOCK else ()
        self.played.append(PlayedEntry(entry, self.at, steps, fired, reminders))
        if entry.kind != CLOCK:
            self.at += STEP_TAKES

    def read_checked_answers_of_entry(self, form: Form | None, entry: PlayEntry) -> dict[str, object]:
        """Return the answers of an entry as its form checks them, with specimens of files. Raises Invalid."""
        answers: dict[str, object] = dict(check_form_answers(form, entry.answers)) if form else {}
        kinds = {item.key: item.kind for item in form.fields} if form else {}
        for name in entry.files:
            if kinds.get(name) == "file":
                answers[name] = [
                    insert_specimen_document(self.university, entry.person, len(self.played) + 1)
                ]
        return answers

    def _start_case_from_entry(self, entry: PlayEntry) -> None:
        if self.begun:
            raise Refused("diagrams.play.begun_already")
        act = self.act_of_person(entry.person)
        if self.start.roles:
            answers = self.read_checked_answers_of_entry(self.start_form, entry)
        else:
            answers = {
                name: self.university.about(entry.person, text)
                for name, text in self.start.play.answers.items()
            }
        behalf = self.act_of_person(entry.behalf).person if entry.behalf else None
        start_rehearsed_case(act, self.case_id, self.start, self.published, answers, behalf)

    def _complete_task_from_entry(self, entry: PlayEntry) -> None:
        act = self.act_of_person(entry.person)
        task = next((one for one in self.load_open_tasks() if one.element == entry.element), None)
        if task is None:
            element = self.published.model.user_tasks.get(entry.element)
            title = pick_text(element.titles, current_locale()) if element else entry.element
            raise Refused("diagrams.play.step_not_open", title=title)
        form = self.published.forms.get(self.published.model.user_tasks[task.element].form)
        complete_task(act, task.id, self.read_checked_answers_of_entry(form, entry))

    def _move_clock(self, to: str) -> tuple[str, ...]:
        """Move the clock; post every reminder and let every timer fire that comes due meanwhile; return the timers."""
        if to == TO_DEADLINE:
            deadline = self.find_next_deadline()
            if deadline is None:
                raise Refused("diagrams.play.no_deadline")
            target = max(self.at, deadline + timedelta(seconds=1))
        else:
            target = self.at + timedelta(days=1) if to == ONE_DAY else parse_clock_moment(to)
        if not self.at <= target <= self.university.began_at + MAX_AHEAD:
            raise Invalid.field("moment", "diagrams.play.moment")
        fired: list[str] = []
        while (due := self._find_due_timer(target)) is not None:
            if len(fired) == MAX_TIMERS_PER_MOVE:
                raise Refused(TOO_LONG)
            self.at = max(self.at, due.due_at + timedelta(seconds=1))
            self._post_due_case_reminders()
            fired.append(due.element)
            fire_timer(Act.by_system(self.at), due.id, self.case_id)
            db.session.expire_all()
        self.at = max(self.at, target)
        self._post_due_case_reminders()
        return tuple(fired)

    def _post_due_case_reminders(self) -> None:
        """Post the reminders of the case that are due by the clock, in the order in which they come due."""
        due = (
            select(Timer.due_at)
            .where(Timer.case_id == self.case_id, Timer.kind != DIAGRAM_TIMER, Timer.due_at <= self.at)
            .order_by(Timer.due_at)
        )
        for moment in db.session.scalars(due.distinct()).all():
            # A task is overdue only after its last second.
            act = Act.by_system(min(self.at, moment + timedelta(seconds=1)))
            post_due_reminders(act, of_case=self.case_id)
            db.session.expire_all()

    def _load_new_reminders(self) -> tuple[Reminder, ...]:
        """Return the reminders that were posted since the last entry, in their order; one statement."""
        known = sum(len(one.reminders) for one in self.played)
        payloads = db.session.scalars(
            select(Message.payload)
            .where(Message.id > self.first_message, Message.event_type == TASK_REMINDED)
            .order_by(Message.id)
            .offset(known)
        )
        codes = {str(person.id): person.code for person in self.university.people.values()}
        return tuple(
            Reminder(payload, tuple(codes[one] for one in payload["recipients"] if one in codes))
            for payload in payloads
        )

    def _find_due_timer(self, target: datetime) -> Timer | None:
        return db.session.scalar(
            select(Timer)
            .where(Timer.case_id == self.case_id, Timer.kind == DIAGRAM_TIMER, Timer.due_at < target)
            .order_by(Timer.due_at, Timer.id)
            .limit(1)
        )


TOO_LONG = "diagrams.play.too_long"


@contextmanager
def open_play_in_rehearsal(source: PlaySource, entries: Sequence[PlayEntry] = ()) -> Iterator[Play]:
    """Open a rehearsal in which these entries have been run; everything is rolled back at the end of the block.

    Raises Refused when the drawing cannot be played at all (`unreadable`, `no_start`) or the play takes too long.
    """
    until = time.thread_time() + MAX_CPU_SECONDS
    act = Act.by_system(source.began_at)
    try:
        with door.rehearse(act) as rehearsal, _open_drawing_as_version(act, source) as published:
            play = _begin_play(rehearsal, source, published)
            play._until_cpu = until
            play.run_play_entries(entries)
            yield play
    except (OperationalError, PsycopgError) as error:
        if _is_statement_timeout(error):
            raise Refused(TOO_LONG) from error
        raise


def _is_statement_timeout(error: BaseException) -> bool:
    """Return whether PostgreSQL stopped a statement because it ran or waited too long."""
    return isinstance(getattr(error, "orig", error), (QueryCanceled, LockNotAvailable))


@contextmanager
def _open_drawing_as_version(act: Act, source: PlaySource) -> Iterator[PublishedDiagram]:
    """Open the drawing as a version. Raises Refused when drawing or forms cannot be read."""
    version = store_version_during_rehearsal(act, source.xml, source.forms)
    try:
        published = version.__enter__()
    except (DiagramError, FormFileError) as problem:
        raise Refused("diagrams.play.unreadable") from problem
    try:
        yield published
    finally:
        version.__exit__(None, None, None)


def _begin_play(rehearsal: Rehearsal, source: PlaySource, published: PublishedDiagram) -> Play:
    start = operations.find_process_start(published.model)
    if start is None or (start.general and not start.roles):
        raise Refused("diagrams.play.no_start")
    made = build_university_of_scene(rehearsal, source.seed, start.play.scene, source.began_at)
    return Play(
        published, start, made, source.began_at, made.id_of_named_thing("case"), next(rehearsal.row_numbers)
    )
