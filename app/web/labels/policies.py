"""Policies as text: their values and where a value comes from."""

from __future__ import annotations

from app.regulation.policy_rules import DECISION_SOURCE, TEXT_SOURCE
from app.regulation.rules import CALENDAR_DAYS_MEASURE, Policy
from app.texts.policy_names import CHOICE_LABELS, policy_name
from app.texts.translate import gettext as _
from app.web.labels.gradebook import lesson_type_label
from app.web.labels.process_steps import policy_length_text

MAKEUP_LESSON_TYPES_POLICY = "workoff.required_excused"
DIGEST_HOUR_POLICY = "notices.digest_hour"


def policy_label(key: str) -> str:
    """Return the name of a policy; an unknown key as it is."""
    return _(policy_name(key))


def policy_value_text(policy: Policy) -> str:
    """Return the value of a policy as text: a length of time, an hour, a choice, or the names of types of lessons."""
    if policy.key == MAKEUP_LESSON_TYPES_POLICY:
        return ", ".join(lesson_type_label(code) for code in policy.value.split()) or _("none")
    if policy.key == DIGEST_HOUR_POLICY and policy.value.isdecimal():
        return f"{int(policy.value):02d}:00"
    if policy.measure == CALENDAR_DAYS_MEASURE and policy.value == "0":
        return _("on the same day")
    choice = CHOICE_LABELS.get(policy.key, {}).get(policy.value)
    return _(choice) if choice else policy_length_text(policy)


def policy_source_text(policy: Policy) -> str:
    """Return where the value comes from: the regulation, a decision of the university, or a default of ours."""
    if policy.source == TEXT_SOURCE:
        return _("from the regulation")
    if policy.source == DECISION_SOURCE:
        return _("decided by the university: %(document)s") % {"document": policy.document}
    return _("default, not confirmed yet")
