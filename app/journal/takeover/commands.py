"""Commands of the act of takeover: send it with its file, confirm it as a second person, cancel it; the worker reads
the file, and writes the marks in batches of journals, each journal all or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import seal_text
from app.files.rules import ZIP_MEDIA_TYPE
from app.files.store import ContentLost, FileStore
from app.journal.tables import Semester, Takeover, TakeoverJournal
from app.journal.takeover.earlier_plan import EarlierResultsPlan, plan_earlier_results
from app.journal.takeover.earlier_results import (
    fingerprint_of_results,
    require_results_untaken,
    store_planned_results,
)
from app.journal.takeover.journal_queries import load_institutes_of_journals
from app.journal.takeover.plan import TakeoverPlan, count_planned, plan_takeover
from app.journal.takeover.rules import (
    EARLIER,
    PaperAct,
    TakeoverDocument,
    document_problems,
    paper_act_problems,
    refusal_to_confirm_takeover,
)
from app.journal.takeover.writing import write_taken_journal
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Stale
from app.kernel.workbook_reading import MAX_FILE_BYTES, findings_as_json
from app.outbox.post import post_event
from app.people.queries.acting import load_acting_roles
from app.people.queries.units import load_unit_and_ancestor_ids
from app.people.rules import PermissionScope, is_permitted

TAKEOVER_PLANNING_EVENT = "journal.takeover.planning"
TAKEOVER_CHECKED_EVENT = "journal.takeover.checked"
TAKEOVER_CONTINUED_EVENT = "journal.takeover.continued"
TAKEOVER_FINISHED_EVENT = "journal.takeover.finished"
SENT, CONFIRMED, CANCELLED = (
    "journal.takeover.sent",
    "journal.takeover.confirmed",
    "journal.takeover.cancelled",
)
JOURNALS_PER_BATCH = 20
SEND_TAKEOVER, CONFIRM_TAKEOVER = "takeover.send", "takeover.confirm"


def send_takeover(
    act: Act,
    store: FileStore,
    takeover_id: UUID,
    semester_id: UUID,
    document: TakeoverDocument,
    name: str,
    content: bytes,
) -> None:
    """Send an act with its workbook, which the worker reads; a repeat has no effect.

    Raises Missing, Denied, Invalid (fields, `file`), Stale when the id is taken by another file.
    """
    semester = db.session.get(Semester, semester_id)
    if semester is None:
        raise Missing
    _require_may_send(act)
    wrong = document_problems(document, semester.starts_on, semester.ends_on, local_day(act.at))
    if wrong is not None:
        raise wrong
    days = {"semester_id": semester_id, "first_day": document.first, "last_day": document.last}
    paper = PaperAct(document.number, document.day, document.signed_by)
    _store_sent_act(act, store, takeover_id, "SEMESTER", paper, name, content, days)


def send_earlier_results(
    act: Act, store: FileStore, takeover_id: UUID, paper: PaperAct, name: str, content: bytes
) -> None:
    """Send an act with a workbook of results of earlier semesters, which the worker reads; a repeat has no effect.

    Raises Missing, Denied, Invalid (fields, `file`), Stale when the id is taken by another file.
    """
    _require_may_send(act)
    wrong = paper_act_problems(paper, local_day(act.at))
    if wrong:
        raise Invalid(wrong)
    _store_sent_act(act, store, takeover_id, EARLIER, paper, name, content, {})


def _require_may_send(act: Act) -> None:
    """Return when a person of the office or of IT acts. Raises Missing, Denied."""
    if act.person is None:
        raise Missing
    if not is_permitted(act.assignments, SEND_TAKEOVER):
        raise Denied("journal.takeover.not_yours_to_send")


def _store_sent_act(
    act: Act,
    store: FileStore,
    takeover_id: UUID,
    kind: str,
    paper: PaperAct,
    name: str,
    content: bytes,
    days: Mapping[str, Any],
) -> None:
    """Keep file and act, and post that it waits for the worker."""
    if act.person is None:
        raise Missing
    if not content:
        raise Invalid.field("file", "files.file.empty")
    if len(content) > MAX_FILE_BYTES:
        raise Invalid.field("file", "exchange.file.over_limit", megabytes=MAX_FILE_BYTES // 2**20)
    store.store_upload(act, takeover_id, name, io.BytesIO(content), lambda _content: ZIP_MEDIA_TYPE)
    if db.session.get(Takeover, takeover_id) is not None:
        return
    db.session.add(
        Takeover(
            id=takeover_id,
            kind=kind,
            state="PLANNING",
            document_number=paper.number,
            document_date=paper.day,
            signed_by=seal_text(act.person, paper.signed_by),
            sent_by=act.person,
            sent_for=act.on_behalf_of,
            sent_at=act.at,
            **days,
        )
    )
    db.session.flush()
    after = {
        "kind": kind,
        "document": paper.number,
        "day": paper.day,
        "signed_by": PrivateValue(paper.signed_by),
        **days,
    }
    record_audit_event(act, SENT, ("journal.takeover", takeover_id), None, after)
    post_event(act, TAKEOVER_PLANNING_EVENT, {"takeover": str(takeover_id)})


def make_takeover_plan(act: Act, store: FileStore, takeover_id: UUID) -> None:
    """Read the file of an act that waits for it, in the name of its sender, and tell him; leave any other act as it is.
    Safe to run again after a crash."""
    found = db.session.get(Takeover, takeover_id, populate_existing=True)
    if found is None or found.state != "PLANNING":
        return
    roles = load_acting_roles(found.sent_by, found.sent_for, local_day(act.at))
    sender = Act(found.sent_by, found.sent_for, act.at, roles, locale=act.locale)
    try:
        content = store.open_file(sender, takeover_id, lambda _file: True).content
    except ContentLost:
        content = None
    plan = _plan_file(found, content, act) if content else None
    locked = _lock_takeover(takeover_id)
    if locked.state != "PLANNING":
        return
    if plan is None:
        locked.state, locked.problem = "FAILED", "exchange.structure_file.lost"
    elif plan.findings:
        locked.state, locked.ended_at = "FAILED", act.at
        locked.findings = seal_text(locked.sent_by, findings_as_json(plan.findings))
    elif isinstance(plan, EarlierResultsPlan):
        locked.state, locked.results = "CHECKED", len(plan.results)
        db.session.flush()
        store_planned_results(takeover_id, plan.results)
    else:
        locked.state, locked.done = "CHECKED", 0
        locked.journals = len(plan.journals)
        locked.cells, locked.results = count_planned(plan.journals)
        db.session.add_all(
            TakeoverJournal(
                takeover_id=takeover_id,
                number=number,
                offering_id=one.offering,
                cells=one.cells,
                results=one.results,
            )
            for number, one in enumerate(plan.journals, 1)
        )
    db.session.flush()
    payload = {"recipients": [str(locked.sent_by)], "url": f"/takeovers/{takeover_id}"}
    post_event(sender, TAKEOVER_CHECKED_EVENT, payload)


def _plan_file(found: Takeover, content: bytes, act: Act) -> TakeoverPlan | EarlierResultsPlan:
    """Plan the file of an act by its kind."""
    if found.semester_id is None or found.first_day is None or found.last_day is None:
        return plan_earlier_results(content, act.at)
    semester = db.session.get_one(Semester, found.semester_id)
    report = new_progress_report(found.id)
    return plan_takeover(content, semester, found.first_day, found.last_day, act.at, report)


def new_progress_report(takeover_id: UUID) -> Callable[[int, int], None]:
    """Return a callback that stores how many sheets are read, over a connection of its own."""

    def report(done: int, whole: int) -> None:
        values = {"done": done, "journals": whole}
        with db.engine.begin() as beside:
            beside.execute(
                update(Takeover)
                .where(Takeover.id == takeover_id, Takeover.state == "PLANNING")
                .values(**values)
            )

    return report


def confirm_takeover(act: Act, takeover_id: UUID) -> None:
    """Confirm a checked act as a second person: the worker writes its marks then, results of earlier semesters are
    shown at once; a repeat has no effect.

    Raises Missing, Denied (a directorate: for the journals of its institute alone), Refused (the sender), Stale.
    """
    found = _lock_takeover(takeover_id)
    if act.person is None:
        raise Missing
    if not may_confirm_takeover(act, takeover_id):
        raise Denied("journal.takeover.not_yours_to_confirm")
    if found.state in ("QUEUED", "FINISHED"):
        return
    if found.state != "CHECKED":
        raise Stale("journal.takeover.not_waiting")
    refusal = refusal_to_confirm_takeover((found.sent_by, found.sent_for), (act.person, act.on_behalf_of))
    if refusal is not None:
        raise refusal
    found.confirmed_by, found.confirmed_for, found.confirmed_at = act.person, act.on_behalf_of, act.at
    if found.kind == EARLIER:
        require_results_untaken(takeover_id)
        found.state, found.ended_at = "FINISHED", act.at
        db.session.flush()
        brought = {"results": found.results, "sha256": fingerprint_of_results(takeover_id)}
        record_audit_event(act, CONFIRMED, ("journal.takeover", takeover_id), None, brought)
        return
    found.state = "QUEUED"
    db.session.flush()
    after = {"journals": found.journals, "cells": found.cells, "results": found.results}
    record_audit_event(act, CONFIRMED, ("journal.takeover", takeover_id), None, after)
    post_event(act, TAKEOVER_CONTINUED_EVENT, {"takeover": str(takeover_id)})


def may_confirm_takeover(act: Act, takeover_id: UUID) -> bool:
    """Return whether the roles of the act allow to confirm it: the academic office any, a directorate one whose
    journals all belong to its institute."""
    if is_permitted(act.assignments, CONFIRM_TAKEOVER):
        return True
    journals = db.session.scalars(
        select(TakeoverJournal.offering_id).where(TakeoverJournal.takeover_id == takeover_id)
    ).all()
    institutes = load_institutes_of_journals(journals)
    return bool(institutes) and all(
        is_permitted(
            act.assignments,
            CONFIRM_TAKEOVER,
            PermissionScope(units=frozenset(load_unit_and_ancestor_ids(institute))),
        )
        for institute in institutes
    )


def cancel_takeover(act: Act, takeover_id: UUID) -> None:
    """Cancel an act that nobody confirmed, or stop it after the present batch: journals that are written stay. A repeat
    has no effect. Raises Missing, Denied, Stale when it has ended."""
    found = _lock_takeover(takeover_id)
    own = act.person is not None and act.person in (found.sent_by, found.sent_for)
    if not own and not may_confirm_takeover(act, takeover_id):
        raise Denied("journal.takeover.not_yours_to_confirm")
    if found.state == "CANCELLED":
        return
    if found.state not in ("PLANNING", "CHECKED", "QUEUED"):
        raise Stale("journal.takeover.not_waiting")
    found.state, found.ended_at = "CANCELLED", act.at
    db.session.flush()
    record_audit_event(act, CANCELLED, ("journal.takeover", takeover_id), None, {"done": found.done})


def continue_takeover(act: Act, takeover_id: UUID) -> None:
    """Write the next batch of journals of a confirmed act, in the name of who confirmed it, and post its continuation,
    or at its end a notice. Harmless to repeat; of a journal that somebody overtook nothing is written."""
    found = _lock_takeover(takeover_id)
    if found.state != "QUEUED" or found.confirmed_by is None:
        return
    roles = load_acting_roles(found.confirmed_by, found.confirmed_for, local_day(act.at))
    confirmer = Act(found.confirmed_by, found.confirmed_for, act.at, roles, locale=act.locale)
    batch = db.session.scalars(
        select(TakeoverJournal)
        .where(TakeoverJournal.takeover_id == takeover_id, TakeoverJournal.state == "PENDING")
        .order_by(TakeoverJournal.number)
        .limit(JOURNALS_PER_BATCH)
    ).all()
    for number in [one.number for one in batch]:
        problem = None
        try:
            # A savepoint: a journal that was overtaken keeps nothing of the act, the others go on.
            with db.session.begin_nested():
                brought = db.session.get_one(TakeoverJournal, (takeover_id, number))
                write_taken_journal(confirmer, db.session.get_one(Takeover, takeover_id), brought)
        except Stale as refused:
            problem = refused.code
        brought = db.session.get_one(TakeoverJournal, (takeover_id, number))
        brought.state, brought.problem, brought.done_at = (
            ("REFUSED", problem, None) if problem else ("DONE", None, act.at)
        )
        found = db.session.get_one(Takeover, takeover_id)
        found.done += 1
        found.refused += problem is not None
        db.session.flush()
    if len(batch) == JOURNALS_PER_BATCH:
        post_event(act, TAKEOVER_CONTINUED_EVENT, {"takeover": str(takeover_id)})
        return
    found.state, found.ended_at = "FINISHED", act.at
    db.session.flush()
    payload = {
        "recipients": sorted({str(found.sent_by), str(found.confirmed_by)}),
        "url": f"/takeovers/{takeover_id}",
        "journals": found.done - found.refused,
        "refused": found.refused,
    }
    post_event(confirmer, TAKEOVER_FINISHED_EVENT, payload)


def _lock_takeover(takeover_id: UUID) -> Takeover:
    """Return an act, locked. Raises Missing."""
    found = db.session.scalar(
        select(Takeover)
        .where(Takeover.id == takeover_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing
    return found
