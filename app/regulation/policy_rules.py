"""Rules for changing a policy: who proposes, who decides, from when, within which limits. Pure: None or a refusal.

The academic office proposes, a second person decides: another one of the academic office, the rector or a vice-rector.
No clause says who sets what the regulation leaves open, so refusals name none but the clause of a length that the
regulation itself says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.kernel.act import RoleAssignment
from app.kernel.errors import Denied, DepterError, Invalid, Refused
from app.regulation.rules import CODE_MEASURE, FIRST_DAY_POLICY, ROLL_POLICY, Policy

PROPOSING_ROLES = frozenset({"academic_office"})
DECIDING_ROLES = frozenset({"academic_office", "rector"})
DEFAULT_SOURCE, DECISION_SOURCE, TEXT_SOURCE = "default", "decision", "text"
APPROVED, REJECTED, WITHDRAWN = "approved", "rejected", "withdrawn"
LAST_EFFECTIVE_DAY = date(2100, 12, 31)
MAX_DOCUMENT_LENGTH, MAX_REASON_LENGTH, MAX_ANSWER_LENGTH = 200, 500, 2000
_NUMBER_PATTERN = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class PolicyDescription:
    """A policy with its first value and its limits.

    `choices` are the codes it may have, with `several` any of them or none. `least` and `most` limit a number. A length
    of time without limits is what the regulation says. `elsewhere`: it is set on a page of its own.
    """

    key: str
    value: str
    measure: str
    clause: str
    source: str
    choices: tuple[str, ...] = ()
    several: bool = False
    least: int | None = None
    most: int | None = None
    elsewhere: bool = False

    @property
    def is_length_in_regulation(self) -> bool:
        """Return whether the regulation itself says this length of time."""
        return self.source == TEXT_SOURCE and self.measure != CODE_MEASURE

    @property
    def is_settable(self) -> bool:
        """Return whether the university may set it here."""
        return not self.elsewhere and not self.is_length_in_regulation

    @property
    def moves_deadlines(self) -> bool:
        """Return whether a deadline is computed with it: a length of time, or how its first and last day count."""
        return self.measure != CODE_MEASURE or self.key in (FIRST_DAY_POLICY, ROLL_POLICY)


@dataclass(frozen=True, slots=True)
class NewPolicyValue:
    """A proposed value with the day from which it holds and the document of the decision."""

    value: str
    effective_from: date
    document: str


def has_any_role(assignments: Iterable[RoleAssignment], roles: Iterable[str]) -> bool:
    """Return whether one of the assignments is one of these roles."""
    wanted = frozenset(roles)
    return any(assignment.role in wanted for assignment in assignments)


def normalized_policy_value(policy: PolicyDescription, text: str) -> str:
    """Return a value as it is stored: a number without leading zeros, chosen codes in the order of the choices."""
    text = text.strip()
    if policy.several:
        chosen = set(text.split())
        unknown = sorted(chosen - set(policy.choices))
        return " ".join([code for code in policy.choices if code in chosen] + unknown)
    return str(int(text)) if not policy.choices and _NUMBER_PATTERN.fullmatch(text) else text


def refusal_to_open_policy_form(
    policy: PolicyDescription, assignments: Iterable[RoleAssignment]
) -> DepterError | None:
    """Return None when these roles may propose a value of this policy."""
    if not has_any_role(assignments, PROPOSING_ROLES):
        return Denied("regulation.policy.proposed_by_office")
    if policy.elsewhere:
        return Refused("regulation.policy.set_elsewhere")
    if policy.is_length_in_regulation:
        return Refused("regulation.policy.said_by_regulation", clause=policy.clause)
    return None


def refusal_to_propose_policy_value(
    policy: PolicyDescription,
    new: NewPolicyValue,
    in_force: Policy,
    assignments: Iterable[RoleAssignment],
    today: date,
    reason: str,
) -> DepterError | None:
    """Return None when this value may be proposed. `in_force` is that of the first day of the new one."""
    return (
        refusal_to_open_policy_form(policy, assignments)
        or _value_refusal(policy, new.value)
        or _day_refusal(new.effective_from, today)
        or _text_refusal("document", new.document, MAX_DOCUMENT_LENGTH)
        or _text_refusal("reason", reason, MAX_REASON_LENGTH)
        or _same_value_refusal(new.value, in_force)
    )


def _value_refusal(policy: PolicyDescription, value: str) -> Invalid | None:
    """Return Invalid for a code that is not offered or a number outside its limits."""
    if policy.choices:
        codes = value.split() if policy.several else [value]
        offered = all(code in policy.choices for code in codes)
        return None if offered else Invalid.field("value", "forms.field.not_offered")
    if policy.least is None or policy.most is None:
        raise ValueError(f"{policy.key} has no limits")
    if not _NUMBER_PATTERN.fullmatch(value) or not policy.least <= int(value) <= policy.most:
        return Invalid.field("value", "regulation.policy.out_of_limits", least=policy.least, most=policy.most)
    return None


def _day_refusal(day: date, today: date) -> Invalid | None:
    """Return Invalid for a day in the past or after the year 2100."""
    if not today <= day <= LAST_EFFECTIVE_DAY:
        return Invalid.field("effective_from", "regulation.policy.from_today")
    return None


def _text_refusal(field: str, text: str, most: int) -> Invalid | None:
    """Return Invalid for a missing or too long text."""
    if not text.strip():
        return Invalid.field(field, "forms.field.required")
    return Invalid.field(field, "forms.field.too_long", max=most) if len(text) > most else None


def _same_value_refusal(value: str, in_force: Policy) -> Invalid | None:
    """Return Invalid for the value that holds anyway, unless it is a default that the document confirms."""
    if value == in_force.value and in_force.source != DEFAULT_SOURCE:
        return Invalid.field("value", "regulation.policy.same_value")
    return None


def refusal_to_decide_policy_change(
    parties: Iterable[UUID | None], deciders: Iterable[UUID | None], assignments: Iterable[RoleAssignment]
) -> DepterError | None:
    """Return None when this person may decide. `parties` are the proposer and the one he acted for, `deciders` who
    decides and the one he acts for."""
    if not has_any_role(assignments, DECIDING_ROLES):
        return Denied("regulation.policy.decided_by_office")
    if {one for one in parties if one is not None} & set(deciders):
        return Refused("regulation.policy.own")
    return None


def refusal_of_policy_decision(
    is_approval: bool, effective_from: date, today: date, words: str
) -> DepterError | None:
    """Return None for an approval before its day has passed, and for a rejection with a reason."""
    if len(words) > MAX_REASON_LENGTH:
        return Invalid.field("words", "forms.field.too_long", max=MAX_REASON_LENGTH)
    if is_approval:
        return Refused("regulation.policy.day_passed", day=effective_from) if effective_from < today else None
    return None if words.strip() else Invalid.field("words", "forms.field.required")


def refusal_to_answer_question(
    assignments: Iterable[RoleAssignment], answer: str, document: str
) -> DepterError | None:
    """Return None when these roles may answer an open question of the regulation, naming a document."""
    if not has_any_role(assignments, PROPOSING_ROLES):
        return Denied("regulation.question.answered_by_office")
    return _text_refusal("answer", answer, MAX_ANSWER_LENGTH) or _text_refusal(
        "document", document, MAX_DOCUMENT_LENGTH
    )
