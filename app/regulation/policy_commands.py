"""Commands on policies: propose a value, decide about it, withdraw it; answer an open question of the regulation.

A value holds only after a second person has approved it. The approval inserts the dated value and posts the event by
which open deadlines are moved. A deadline is computed with the policies of the day of its anchor, so only deadlines
that are counted from the first day of the new value or later move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.audit.words import seal_text
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import DepterError, Missing, Refused, Stale
from app.kernel.i18n import LOCALES, load_translations
from app.kernel.ids import new_id
from app.outbox.post import post_event
from app.regulation.commands import (
    day_begin_moment,
    store_and_post_calendar_change,
    take_calendar_change_lock,
)
from app.regulation.models import PolicyChange, PolicyRow, QuestionAnswer
from app.regulation.policy_list import open_question, policy_description
from app.regulation.policy_rules import (
    APPROVED,
    DECIDING_ROLES,
    DECISION_SOURCE,
    REJECTED,
    WITHDRAWN,
    NewPolicyValue,
    PolicyDescription,
    normalized_policy_value,
    refusal_of_policy_decision,
    refusal_to_answer_question,
    refusal_to_decide_policy_change,
    refusal_to_open_policy_form,
    refusal_to_propose_policy_value,
)
from app.regulation.queries import load_regulation_snapshot
from app.regulation.rules import Policy
from app.regulation.term_book import DatedPolicy, RegulationSnapshot
from app.texts.policy_names import policy_name

POLICY_PROPOSED_EVENT = "regulation.policy.proposed"
POLICY_DECIDED_EVENT = "regulation.policy.decided"
POLICY_SET_KIND = "policy_set"
"""The kind of the change in the list of changes that move deadlines."""


@dataclass(frozen=True, slots=True)
class CheckedPolicyValue:
    """A value that may be proposed, with the one it replaces on that day and the snapshot after it."""

    policy: PolicyDescription
    new: NewPolicyValue
    in_force: Policy
    snapshot_after: RegulationSnapshot


def check_policy_value(act: Act, key: str, new: NewPolicyValue) -> CheckedPolicyValue:
    """Check a value as `propose_policy_value` does, without writing; for the preview.

    Raises Missing, Denied, Refused, Invalid (`value`, `effective_from`, `document`, `reason`).
    """
    policy = policy_description(key)
    # Whoever may not propose learns nothing about the value.
    _raise_if_refused(refusal_to_open_policy_form(policy, act.assignments))
    new = NewPolicyValue(normalized_policy_value(policy, new.value), new.effective_from, new.document.strip())
    book = load_regulation_snapshot(db.session)
    in_force = book.calendar_of_unit(None, max(new.effective_from, local_day(act.at))).policy(key)
    _raise_if_refused(
        refusal_to_propose_policy_value(policy, new, in_force, act.assignments, local_day(act.at), act.reason)
    )
    return CheckedPolicyValue(policy, new, in_force, snapshot_with_policy_value(book, policy, new))


def snapshot_with_policy_value(
    book: RegulationSnapshot, policy: PolicyDescription, new: NewPolicyValue
) -> RegulationSnapshot:
    """Return the snapshot in which the university has decided this value."""
    value = Policy(policy.key, new.value, policy.measure, policy.clause, DECISION_SOURCE, new.document)
    return book.with_policy(DatedPolicy(None, new.effective_from, value))


def propose_policy_value(act: Act, change_id: UUID, key: str, new: NewPolicyValue, seen: str) -> None:
    """Propose a value for the university. `seen` is the value in force that the form displayed.

    A repeat has no effect. Raises Missing, Denied, Refused (the regulation says it, another change waits), Invalid
    (`value`, `effective_from`, `document`, `reason`), Stale (another value is in force, other content under this id).
    """
    take_calendar_change_lock()
    if act.person is None:
        raise RuntimeError("a proposal belongs to a person")
    known = db.session.get(PolicyChange, change_id)
    if known is not None:
        _require_equal_proposal(act, known, key, new)
        return
    checked = check_policy_value(act, key, new)
    if checked.in_force.value != seen:
        raise Stale("regulation.policy.changed_meanwhile")
    if _find_waiting_change(key) is not None:
        raise Refused("regulation.policy.one_waits")
    row = PolicyChange(
        id=change_id,
        key=key,
        value=checked.new.value,
        value_before=checked.in_force.value,
        effective_from=checked.new.effective_from,
        document=checked.new.document,
        reason=seal_text(act.person, act.reason.strip()),
        proposed_by=act.person,
        proposed_on_behalf_of=act.on_behalf_of,
        proposed_at=act.at,
    )
    db.session.add(row)
    db.session.flush()
    _record_policy_event(act, POLICY_PROPOSED_EVENT, row)
    payload: dict[str, Any] = {
        **_policy_notice_payload(row),
        "roles": sorted(DECIDING_ROLES),
        "except": [str(one) for one in (act.person, act.on_behalf_of) if one is not None],
    }
    post_event(act, POLICY_PROPOSED_EVENT, payload)


def decide_policy_change(act: Act, change_id: UUID, key: str, is_approval: bool, words: str) -> None:
    """Approve a proposed value, or reject it with a reason. A repeat by the same person has no effect.

    Raises Missing, Denied, Refused (one's own proposal, its day has passed), Invalid (`words`), Stale (decided
    otherwise, another value is in force).
    """
    row = _lock_policy_change(change_id, key)
    decision = APPROVED if is_approval else REJECTED
    if (row.decision, row.decided_by) == (decision, act.person):
        return
    _raise_if_refused(
        refusal_to_decide_policy_change(
            (row.proposed_by, row.proposed_on_behalf_of), (act.person, act.on_behalf_of), act.assignments
        )
    )
    if row.decision is not None:
        raise Stale("regulation.policy.decided")
    words = words.strip()
    _raise_if_refused(refusal_of_policy_decision(is_approval, row.effective_from, local_day(act.at), words))
    if is_approval:
        _set_policy_value(act, row)
    _close_policy_change(act, row, decision, words)


def withdraw_policy_change(act: Act, change_id: UUID, key: str) -> None:
    """Withdraw a proposal that waits; by its proposer. A repeat has no effect. Raises Missing, Refused, Stale."""
    row = _lock_policy_change(change_id, key)
    if act.person not in (row.proposed_by, row.proposed_on_behalf_of):
        raise Refused("regulation.policy.not_yours")
    if row.decision == WITHDRAWN:
        return
    if row.decision is not None:
        raise Stale("regulation.policy.decided")
    _close_policy_change(act, row, WITHDRAWN, "")


def answer_open_question(act: Act, answer_id: UUID, key: str, answer: str, document: str) -> None:
    """Answer an open question of the regulation with a document; the last answer counts. A repeat has no effect.

    Raises Missing, Denied, Invalid (`answer`, `document`), Stale (other content under this id).
    """
    take_calendar_change_lock()
    question = open_question(key)
    answer, document = answer.strip(), document.strip()
    _raise_if_refused(refusal_to_answer_question(act.assignments, answer, document))
    if act.person is None:
        raise RuntimeError("an answer belongs to a person")
    known = db.session.get(QuestionAnswer, answer_id)
    if known is not None:
        if (known.question, known.document, known.person) != (key, document, act.person):
            raise Stale("people.form.other_content")
        return
    words = seal_text(act.person, answer)
    db.session.add(
        QuestionAnswer(
            id=answer_id, question=key, document=document, words=words, person=act.person, at=act.at
        )
    )
    db.session.flush()
    record_audit_event(
        act,
        "regulation.question.answered",
        ("regulation.question_answer", answer_id),
        None,
        {"question": key, "document": document},
        question.clause,
    )


def _set_policy_value(act: Act, row: PolicyChange) -> None:
    """Insert the dated value, or replace one of the same day, and post the event that moves open deadlines.

    Raises Stale when another value is in force than the proposal replaces.
    """
    policy = policy_description(row.key)
    book = load_regulation_snapshot(db.session)
    if book.calendar_of_unit(None, row.effective_from).policy(row.key).value != row.value_before:
        raise Stale("regulation.policy.changed_meanwhile")
    dated = db.session.scalar(
        select(PolicyRow).where(
            PolicyRow.key == row.key,
            PolicyRow.unit_id.is_(None),
            PolicyRow.effective_from == row.effective_from,
        )
    )
    if dated is None:
        dated = PolicyRow(id=new_id(), key=row.key, unit_id=None, effective_from=row.effective_from)
        db.session.add(dated)
    dated.value, dated.measure, dated.clause = row.value, policy.measure, policy.clause
    dated.source, dated.document, dated.change_id = DECISION_SOURCE, row.document, row.id
    db.session.flush()
    if policy.moves_deadlines and row.value != row.value_before:
        store_and_post_calendar_change(
            act,
            row.id,
            POLICY_SET_KIND,
            None,
            day_begin_moment(row.effective_from),
            {"key": row.key, "value": row.value_before},
            _change_as_json(row),
        )


def _close_policy_change(act: Act, row: PolicyChange, decision: str, words: str) -> None:
    """Store the decision, write its audit record, and notify the proposer if another person decided."""
    row.decision, row.decided_by, row.decided_at = decision, act.person, act.at
    row.decision_words = seal_text(act.person, words)
    db.session.flush()
    _record_policy_event(act, f"regulation.policy.{decision}", row)
    parties = {row.proposed_by, row.proposed_on_behalf_of} - {None, act.person}
    if parties and decision != WITHDRAWN:
        payload = {**_policy_notice_payload(row), "outcome": decision}
        post_event(act, POLICY_DECIDED_EVENT, {**payload, "recipients": sorted(map(str, parties))})


def _record_policy_event(act: Act, event_type: str, row: PolicyChange) -> None:
    """Write the audit record of one step of a change."""
    before = {"key": row.key, "value": row.value_before}
    clause = policy_description(row.key).clause or None
    record_audit_event(
        act, event_type, ("regulation.policy_change", row.id), before, _change_as_json(row), clause
    )


def _change_as_json(row: PolicyChange) -> dict[str, Any]:
    return {
        "key": row.key,
        "value": row.value,
        "effective_from": row.effective_from.isoformat(),
        "document": row.document,
    }


def _policy_notice_payload(row: PolicyChange) -> dict[str, Any]:
    """Return title, clause and page of a notice about this change."""
    titles = {one: load_translations(one).gettext(policy_name(row.key)) for one in LOCALES}
    return {"title": titles, "clause": policy_description(row.key).clause, "url": f"/policies/{row.key}"}


def _require_equal_proposal(act: Act, known: PolicyChange, key: str, new: NewPolicyValue) -> None:
    """Raise Stale when the change of this id has other content or another proposer."""
    value = normalized_policy_value(policy_description(key), new.value)
    stored = (known.key, known.value, known.effective_from, known.document, known.proposed_by)
    if stored != (key, value, new.effective_from, new.document.strip(), act.person):
        raise Stale("people.form.other_content")


def _find_waiting_change(key: str) -> PolicyChange | None:
    """Return the change of this policy that waits for a decision, or None."""
    return db.session.scalar(
        select(PolicyChange).where(PolicyChange.key == key, PolicyChange.decision.is_(None))
    )


def _lock_policy_change(change_id: UUID, key: str) -> PolicyChange:
    """Take the lock of changes, then read one of this policy. Raises Missing."""
    take_calendar_change_lock()
    row = db.session.get(PolicyChange, change_id, populate_existing=True)
    if row is None or row.key != key:
        raise Missing
    return row


def _raise_if_refused(refusal: DepterError | None) -> None:
    """Raise the refusal unless it is None."""
    if refusal is not None:
        raise refusal
