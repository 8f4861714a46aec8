"""A case begins: its subject is made, the engine takes its first step, the first task finds its owner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from app import operations
from app.bpmn import engine
from app.cases import rules
from app.cases.apply_step import advance
from app.cases.case_record import INSERT_CASE, HeldCase, row_of
from app.cases.commands.attach import adopt_files
from app.cases.models import Case, case_number
from app.cases.queries.related import under_way
from app.cases.service_tasks import caller
from app.cases.standing import must_stand_in
from app.cases.transitions import Moved
from app.diagrams.versions import Published, in_force, load
from app.kernel.act import Act
from app.kernel.canonical import digest, plain
from app.kernel.clock import local, local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.kernel.prepared import pipelined
from app.people import queries as people
from app.people.rules import LEFT, ON_LEAVE, may, standing

_WAIT = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name"
)
"""Locks names one after another in the order given, in one statement."""


@dataclass(frozen=True, slots=True)
class Started:
    """The case that now exists. `repeated` says that this very request had made it before."""

    case_id: UUID
    number: str
    repeated: bool = False


def may_begin(act: Act, start: operations.Start, behalf: UUID | None = None) -> None:
    """Raises Denied when the act's roles may not begin this, for themselves or in the name of `behalf`; Missing when
    `behalf` is nobody whom a unit of theirs looks after (3.1)."""
    if behalf is None:
        if not any(hat.role in start.roles for hat in act.hats):
            raise Denied("cases.start.not_for_your_role", clause=start.clause)
        return
    if offers(act, start) or looks_after(act, start, behalf):
        return
    if not any(hat.role in start.for_others for hat in act.hats) or act.on_behalf_of is not None:
        raise Denied("cases.start.not_for_others", clause="3.1")
    raise Missing


def begins_anything(act: Act) -> bool:
    """Whether there is anything on the menu that one of the act's roles may begin or offer."""
    worn = {hat.role for hat in act.hats}
    return any(worn & {*one.roles, *one.for_others, *one.offers} for one in operations.STARTS.values())


def offers(act: Act, start: operations.Start) -> bool:
    """Whether the act's roles offer this to a student; whether it is theirs to offer, the subject's maker says."""
    return any(hat.role in start.offers for hat in act.hats)


def looks_after(act: Act, start: operations.Start, student: UUID) -> bool:
    """Whether the act's person asks for this in the student's name, under his own: his curator, his directorate."""
    hats = [hat for hat in act.hats if hat.role in start.for_others]
    if not hats or act.on_behalf_of is not None:
        return False
    scope = people.scope_of_student(student, local_day(act.at))
    return may(hats, "requests.file_for", scope, frozenset({act.person} if act.person else ()))


def _offered(act: Act, start: operations.Start, student: UUID, answers: Mapping[str, Any]) -> bool:
    """Whether this is an offer to the student, who then is the one who asks. A curator often teaches too: what is not
    his own journal he asks for in the student's name."""
    if not offers(act, start):
        return False
    return not looks_after(act, start, student) or (start.offered is not None and start.offered(act, answers))


def start_case(
    act: Act, case_id: UUID, name: str, answers: Mapping[str, Any], behalf: UUID | None = None
) -> Started:
    """Begin a case of the start `name`. `case_id` was chosen when the form was drawn, so a repeat is harmless.

    With `behalf` somebody who may do so asks in the name of a student: he is recorded beside him.
    Raises Missing (no such start, or nothing published), Denied (not for this role, or a substitute whose days are
    over), Stale
    (`cases.case.other_content`), Refused (`cases.start.under_way`), and what the subject's maker refuses.
    """
    start = operations.STARTS.get(name)
    version = in_force(start.diagram) if start else None
    requester = act.person
    if start is None or version is None or requester is None:
        raise Missing
    may_begin(act, start, behalf)
    must_stand_in(act, {*start.roles, *start.offers})
    said = {"start": name, "answers": plain(answers)} | ({"for": str(behalf)} if behalf else {})
    fingerprint = digest(said)
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(case_id), 0))))
    if behalf is not None and _offered(act, start, behalf, answers):
        requester = behalf
    elif behalf is not None:
        act = replace(act, on_behalf_of=behalf)
    known = _known(case_id, requester, fingerprint)
    if known is not None:
        return known
    return _begin(act, case_id, start, load(version), answers, requester, fingerprint)


def follow(act: Act, case_id: UUID, name: str, answers: Mapping[str, Any], requester: UUID) -> Started:
    """Begin a case because another one said something (an outbox message); harmless when it had begun.

    `requester` is who decided there: he does not approve here. Raises Missing, and what the subject's maker refuses.
    """
    start = operations.STARTS.get(name)
    version = in_force(start.diagram) if start else None
    if start is None or version is None:
        raise Missing
    fingerprint = digest({"start": name, "answers": plain(answers)})
    known = _known(case_id, requester, fingerprint)
    return known or _begin(act, case_id, start, load(version), answers, requester, fingerprint)


def _begin(
    act: Act,
    case_id: UUID,
    start: operations.Start,
    published: Published,
    answers: Mapping[str, Any],
    requester: UUID,
    fingerprint: str,
) -> Started:
    given = rules.sort_answers(published.forms.get(f"{start.diagram}.start"), answers)
    act = act.under(case_id).because(given.words)
    subject = start.subject(act, new_id(), answers, None)
    if start.undeclared(subject):
        raise RuntimeError(f"{start.name} has facts the menu does not declare: {start.undeclared(subject)}")
    _only_while_he_studies(act, start, subject)
    _only_one(start, subject)
    case = _case(act, case_id, published, subject, requester, fingerprint)
    facts: dict[str, Any] = {start.fact: str(subject.id)}
    facts |= {f"start.{unit}": str(unit_id) for unit, unit_id in subject.units.items()}
    facts |= {f"start.{name}": value for name, value in subject.facts.items()}
    facts |= dict(given.facts)
    step = engine.start(published.spec, facts, caller(act, case, published.model, []))
    with pipelined() as wire:
        wire.send(INSERT_CASE, row_of(case))
    moved = Moved(kind="started", answers=given.facts, clause=start.clause, words=given.words)
    advance(act, case, published, step, [], moved)
    adopt_files(act, case, given.files)
    return Started(case_id, case.number)


def _only_while_he_studies(act: Act, start: operations.Start, subject: operations.CaseSubject) -> None:
    """What a student has to do or prove waits until he is back from leave, and is not asked of one who has left."""
    if not start.for_student or len(subject.about) != 1:
        return
    stays = people.stays_of(subject.about)[subject.about[0]]
    if standing(stays, local_day(act.at)).kind in (ON_LEAVE, LEFT):
        raise Refused("cases.start.on_leave", clause="2.1")


def _only_one(start: operations.Start, subject: operations.CaseSubject) -> None:
    """Two cases about one cell at once, where one is enough: refused with the way to the first.

    Whoever asks at the same moment waits until the first is written.
    """
    if not start.alone:
        return
    mine = operations.affected_cells(subject.described, subject.about)
    whose = {f"{start.diagram}:{touch.student or touch.lesson}" for touch in mine}
    if whose:
        db.session.execute(_WAIT, {"names": sorted(whose)})
    first = under_way(start.diagram, mine, subject.id if start.alone == "subject" else None)
    if first is not None:
        named = {"number": first.number, "case": str(first.id)}
        raise Refused("cases.start.under_way", clause=start.clause, remedy="case", **named)


def _known(case_id: UUID, person: UUID, fingerprint: str) -> Started | None:
    row = db.session.execute(
        select(Case.number, Case.requester, Case.start_hash).where(Case.id == case_id)
    ).one_or_none()
    if row is None:
        return None
    if row.requester != person or row.start_hash != fingerprint:
        raise Stale("cases.case.other_content")
    return Started(case_id, row.number, repeated=True)


def _case(
    act: Act,
    case_id: UUID,
    published: Published,
    subject: operations.CaseSubject,
    requester: UUID,
    fingerprint: str,
) -> HeldCase:
    sequence = db.session.scalar(case_number.next_value().select())
    number = f"{local(act.at).year}-{sequence:06d}"
    name = people.names([requester])[requester]
    described = dict(subject.described)
    return HeldCase(
        id=case_id,
        number=number,
        diagram=published.key,
        version_id=published.id,
        status="open",
        outcome=None,
        requester=requester,
        requester_name=name.short,
        on_behalf_of=act.on_behalf_of if requester == act.person else None,
        subject_id=subject.id,
        subject_hash=subject.sha256,
        subject=described,
        search=search_text(number, name.full, described),
        units=list(dict.fromkeys(subject.units.values())),
        about=list(subject.about),
        round=1,
        start_hash=fingerprint,
        opened_at=act.at,
        closed_at=None,
    )


_IDENTIFIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def search_text(number: str, requester: str, described: Mapping[str, Any]) -> str:
    """What the search of the inbox looks through: number, requester and every name in the subject, folded."""
    words: list[str] = [number, requester]

    def collect(value: Any) -> None:
        if isinstance(value, Mapping):
            for part in value.values():
                collect(part)
        elif isinstance(value, (list, tuple)):
            for part in value:
                collect(part)
        elif isinstance(value, str) and len(value) < 120 and not _IDENTIFIER.fullmatch(value):
            words.append(value)

    collect(described)
    return " ".join(dict.fromkeys(words)).casefold()[:2000]
