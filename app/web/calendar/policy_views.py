"""Views of the pages of deadlines and settings: rows by section, one policy with its history, open questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.kernel.i18n import pick_text
from app.kernel.ids import new_id
from app.people import queries as people
from app.regulation.policy_list import OpenQuestion, open_questions, policy_description, policy_descriptions
from app.regulation.policy_queries import DatedPolicyValue, PolicyChangeRow, QuestionAnswerRow
from app.regulation.policy_rules import (
    DECIDING_ROLES,
    DECISION_SOURCE,
    DEFAULT_SOURCE,
    PROPOSING_ROLES,
    PolicyDescription,
    has_any_role,
    refusal_to_decide_policy_change,
)
from app.regulation.rules import DeadlineCalendar, Policy
from app.texts.policy_names import CHOICE_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import current_act
from app.web.help.clause_routes import REGULATION_SECTION_TITLES
from app.web.labels.clauses import ANNEX_PREFIX, POLICY_PLACEHOLDER_PATTERN, clause_label
from app.web.labels.gradebook import lesson_type_label
from app.web.labels.policies import policy_label, policy_source_text, policy_value_text

DECISION_LABELS: Mapping[str, str] = {
    "approved": N_("approved"),
    "rejected": N_("rejected"),
    "withdrawn": N_("withdrawn"),
}
MEASURE_LABELS: Mapping[str, str] = {
    "hours": N_("hours"),
    "calendar_days": N_("calendar days"),
    "working_days": N_("working days"),
    "code": "",
}


def policy_tabs(active: str) -> list[SimpleNamespace]:
    """List the two pages: settings, and open questions."""
    pages = (("list_policies", _("Deadlines and settings")), ("list_open_questions", _("Open questions")))
    return [
        SimpleNamespace(label=label, url=url_for(f"policies.{name}"), active=name == active, count=None)
        for name, label in pages
    ]


def policy_sections(
    terms: DeadlineCalendar,
    dated: Iterable[DatedPolicyValue],
    today: date,
    wanted: str,
    only_unconfirmed: bool,
) -> list[SimpleNamespace]:
    """List the settings under the headings of the regulation; those of no clause come last."""
    since: dict[str, date] = {}
    for value in dated:
        if value.effective_from <= today:
            since.setdefault(value.key, value.effective_from)
    rows = [
        _policy_row(policy, terms.policy(policy.key), since.get(policy.key))
        for policy in policy_descriptions().values()
    ]
    needle = wanted.strip().casefold()
    rows = [
        row
        for row in rows
        if (row.is_default or not only_unconfirmed)
        and (not needle or needle in f"{row.label} {row.value} {row.clause} {row.source}".casefold())
    ]
    headings = {**{number: _(title) for number, title in REGULATION_SECTION_TITLES.items()}, "": ""}
    return [
        SimpleNamespace(
            number=number,
            title=title or _("What no clause speaks of"),
            rows=sorted(
                (row for row in rows if row.clause[:1] == number), key=lambda row: _clause_order(row.clause)
            ),
        )
        for number, title in headings.items()
        if any(row.clause[:1] == number for row in rows)
    ]


def _clause_order(number: str) -> list[int]:
    """Return the parts of a clause number, so that 4.10 comes after 4.2."""
    return [int(part) for part in number.split(".") if part.isdecimal()]


def _policy_row(description: PolicyDescription, policy: Policy, since: date | None) -> SimpleNamespace:
    return SimpleNamespace(
        key=policy.key,
        label=policy_label(policy.key),
        value=policy_value_text(policy),
        source=policy_source_text(policy),
        clause=policy.clause,
        since=since,
        is_default=policy.source == DEFAULT_SOURCE and not description.elsewhere,
        is_decision=policy.source == DECISION_SOURCE,
        is_code=description.elsewhere,
        url=url_for("policies.show_policy", policy=policy.key),
    )


def confirmation_progress(terms: DeadlineCalendar) -> SimpleNamespace:
    """Count the settings that the university has decided, of those that the regulation leaves open."""
    open_keys = [
        one.key
        for one in policy_descriptions().values()
        if one.source == DEFAULT_SOURCE and not one.elsewhere
    ]
    done = sum(terms.policy(key).source == DECISION_SOURCE for key in open_keys)
    return SimpleNamespace(done=done, all=len(open_keys))


def policy_facts(description: PolicyDescription, policy: Policy) -> SimpleNamespace:
    """Build the view of one policy: name, value, where it comes from, whether and how the visitor may set it."""
    office = has_any_role(current_act().assignments, PROPOSING_ROLES)
    return SimpleNamespace(
        **vars(_policy_row(description, policy, None)),
        measure=_(MEASURE_LABELS[policy.measure]) if MEASURE_LABELS[policy.measure] else "",
        code=policy.value,
        options=[
            SimpleNamespace(
                value=code, label=choice_label(policy.key, code), chosen=code in policy.value.split()
            )
            for code in description.choices
        ],
        several=description.several,
        least=description.least,
        most=description.most,
        elsewhere=description.elsewhere,
        said=description.is_length_in_regulation,
        proposes=office and description.is_settable,
        moves_deadlines=description.moves_deadlines,
    )


def choice_label(key: str, code: str) -> str:
    """Return the name of a value of a choice: of a type of lessons, else as `CHOICE_LABELS` says."""
    label = CHOICE_LABELS.get(key, {}).get(code)
    return _(label) if label else lesson_type_label(code)


def value_as_text(key: str, value: str) -> str:
    """Return a value of a policy as text."""
    description = policy_description(key)
    return policy_value_text(Policy(key, value, description.measure, description.clause, DECISION_SOURCE))


def policy_change_views(rows: Iterable[PolicyChangeRow]) -> list[SimpleNamespace]:
    """Build the views of changes with the names of persons. The reason is visible to those who propose or decide."""
    known = list(rows)
    act = current_act()
    persons = {
        person
        for row in known
        for person in (row.proposed_by, row.proposed_on_behalf_of, row.decided_by)
        if person is not None
    }
    names = people.load_names(persons)
    sees_words = has_any_role(act.assignments, DECIDING_ROLES)

    def short_name(person: UUID | None) -> str:
        return names[person].short if person in names else ""

    def change_view(row: PolicyChangeRow) -> SimpleNamespace:
        parties = (row.proposed_by, row.proposed_on_behalf_of)
        refusal = refusal_to_decide_policy_change(parties, (act.person, act.on_behalf_of), act.assignments)
        return SimpleNamespace(
            id=row.id,
            key=row.key,
            url=url_for("policies.show_policy", policy=row.key),
            label=policy_label(row.key),
            before=value_as_text(row.key, row.value_before),
            after=value_as_text(row.key, row.value),
            confirms=row.value == row.value_before,
            effective_from=row.effective_from,
            document=row.document,
            reason=row.reason if sees_words else "",
            by=short_name(row.proposed_by),
            behalf=short_name(row.proposed_on_behalf_of),
            at=row.proposed_at,
            waits=row.decision is None,
            decision=_(DECISION_LABELS[row.decision]) if row.decision else "",
            decided_by=short_name(row.decided_by),
            decided_at=row.decided_at,
            words=row.decision_words if sees_words else "",
            may_decide=row.decision is None and refusal is None,
            may_withdraw=row.decision is None and act.person in parties,
        )

    return [change_view(row) for row in known]


def dated_value_views(
    rows: Iterable[DatedPolicyValue], changes: Mapping[UUID, SimpleNamespace], today: date
) -> list[SimpleNamespace]:
    """List the values of a policy, the newest first, with who proposed and decided each."""
    found, holds = [], False
    for row in rows:
        is_ahead = row.effective_from > today
        policy = policy_description(row.key)
        value = Policy(row.key, row.value, policy.measure, policy.clause, row.source, row.document)
        change = changes.get(row.change) if row.change is not None else None
        found.append(
            SimpleNamespace(
                value=policy_value_text(value),
                since=row.effective_from,
                source=policy_source_text(value),
                ahead=is_ahead,
                holds=not is_ahead and not holds,
                change=change,
            )
        )
        holds = holds or not is_ahead
    return found


def question_views(
    terms: DeadlineCalendar,
    answers: Mapping[str, QuestionAnswerRow],
    wanted: Iterable[OpenQuestion] | None = None,
) -> list[SimpleNamespace]:
    """Build the views of open questions with the present reading and the last answer."""
    names = people.load_names({answer.person for answer in answers.values()})

    def value_text(match: Any) -> str:
        return policy_value_text(terms.policy(match[1]))

    def question_view(question: OpenQuestion) -> SimpleNamespace:
        answer = answers.get(question.key)
        here = POLICY_PLACEHOLDER_PATTERN.sub(value_text, pick_text(question.here, locale()))
        return SimpleNamespace(
            key=question.key,
            clause=question.clause,
            clause_word=clause_label(question.clause) if question.clause.startswith(ANNEX_PREFIX) else "",
            text=pick_text(question.texts, locale()),
            here=here[:1].upper() + here[1:],
            policy=policy_label(question.policy) if question.policy else "",
            policy_url=url_for("policies.show_policy", policy=question.policy) if question.policy else None,
            answer=answer,
            answer_id=new_id(),
            by=names[answer.person].short if answer and answer.person in names else "",
        )

    return [question_view(one) for one in (open_questions().values() if wanted is None else wanted)]
