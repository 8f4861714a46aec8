"""Clauses as text: what a clause says, and how this university has set what it leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.kernel.i18n import pick_text
from app.regulation.clauses import Clause, clause_by_number
from app.regulation.rules import DeadlineCalendar
from app.texts.policy_names import POLICY_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.labels.policies import policy_source_text, policy_value_text

POLICY_PLACEHOLDER_PATTERN = re.compile(r"\{([a-z_.]+)\}")
ANNEX_PREFIX = "A"
"""The numbers of the annexes in `clauses.toml` begin with it."""


@dataclass(frozen=True, slots=True)
class PolicyLineView:
    """One policy of a clause: its key, its name, its value, and where the value comes from."""

    key: str
    label: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class ClauseView:
    """A clause for a page or a dialog. `label` is the number, of an annex with the word; `here` has no line twice."""

    number: str
    label: str
    title: str
    says: str
    here: tuple[str, ...]
    policies: tuple[PolicyLineView, ...]


def clause_view(number: str, terms: DeadlineCalendar) -> ClauseView:
    """Return a clause with the settings in force. Raises KeyError."""
    found = clause_by_number(number)
    return ClauseView(
        number=number,
        label=clause_label(number),
        title=pick_text(found.titles, locale()),
        says=pick_text(found.says, locale()),
        here=tuple(_setting_lines(found, terms)),
        policies=tuple(
            PolicyLineView(
                policy.key,
                _(POLICY_LABELS[policy.key]),
                policy_value_text(policy),
                policy_source_text(policy),
            )
            for policy in sorted(terms.policies.values(), key=lambda policy: policy.key)
            if policy.clause == number and policy.key in POLICY_LABELS and policy.value != "0"
        ),
    )


def clause_label(number: str) -> str:
    """Return the number of a clause; of an annex "Annex 2"."""
    if number.startswith(ANNEX_PREFIX):
        return _("Annex %(number)s") % {"number": number.removeprefix(ANNEX_PREFIX)}
    return number


def _setting_lines(found: Clause, terms: DeadlineCalendar) -> Iterator[str]:
    """Yield the lines about settings that are true now, with the values of their policies.

    A line that stands for one value of a policy is followed by where this value comes from.
    """

    def value_text(match: re.Match[str]) -> str:
        return policy_value_text(terms.policy(match[1]))

    for line in found.here:
        text = POLICY_PLACEHOLDER_PATTERN.sub(value_text, pick_text(line.texts, locale()))
        policy = terms.policies.get(line.policy)
        if not line.policy:
            yield text
        elif policy is not None and policy.value == line.value:
            yield f"{text.removesuffix('.')} ({policy_source_text(policy)})."
