"""Texts of appeals, hearings, protocols and corrections, from the stored case subject (6.3, 4.4.3b)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.kernel.i18n import day_text, moment_text, shown_number
from app.texts.subject_line import LESSON_TYPE_LABELS, SHEET_KIND_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _

PROPOSAL_APPEAL_KIND = "PROPOSAL"

VOTE_LABELS: Mapping[str, str] = {
    "KEEP": N_("keep the points"),
    "RAISE": N_("raise the points"),
    "LOWER": N_("lower the points"),
    "REEXAM": N_("another examination"),
    "ABSENT": N_("not present"),
}
DECISION_LABELS: Mapping[str, str] = {
    "UPHELD": N_("the result is kept"),
    "CHANGED": N_("the points change"),
    "REEXAM": N_("another examination"),
}
PROPOSAL_VOTE_LABELS: Mapping[str, str] = {
    "KEEP": N_("do not count the points"),
    "RAISE": N_("count the points"),
    "ABSENT": VOTE_LABELS["ABSENT"],
}
PROPOSAL_DECISION_LABELS: Mapping[str, str] = {
    "UPHELD": N_("the points are not counted"),
    "CHANGED": N_("the points count"),
}
CHANGE_VOTE_LABELS: Mapping[str, str] = {
    "KEEP": N_("leave the marks as they are"),
    "RAISE": N_("change the marks"),
    "ABSENT": VOTE_LABELS["ABSENT"],
}
CHANGE_DECISION_LABELS: Mapping[str, str] = {
    "UPHELD": N_("the marks stay"),
    "CHANGED": N_("the marks change"),
}
EXCLUSION_REASON_LABELS: Mapping[str, str] = {
    "AUTHOR": N_("author of the grade"),
    "REQUESTER": N_("asked in person"),
    "CURATOR": N_("curator of the student"),
    "DECLARED": N_("declared a conflict"),
}
RESULT_STATUS_LABELS: Mapping[str, str] = {
    "GRADED": N_("graded"),
    "NOT_ATTENDED": N_("did not come"),
    "NOT_ADMITTED": N_("not admitted"),
}


def lesson_day_and_type_text(lesson: Mapping[str, Any], locale: str) -> str:
    """Return day and type of a lesson; parts that are not stored are left out."""
    parts = [day_text(date.fromisoformat(lesson["date"]), locale)] if lesson.get("date") else []
    if lesson.get("lesson_type"):
        parts.append(_(LESSON_TYPE_LABELS.get(lesson["lesson_type"], lesson["lesson_type"])))
    return ", ".join(parts)


def student_result_text(subject: Mapping[str, Any]) -> str:
    """Return a result as text: "28 points, D (entered: 8)", or its status when it has no points."""
    if subject["status"] != "GRADED":
        status = RESULT_STATUS_LABELS[subject["status"]]
        return _(status)
    values = {
        "total": shown_number(subject["total"], locale()),
        "entered": shown_number(subject["entered"] or "–", locale()),
        "letter": subject["letter"],
    }
    if subject["letter"]:
        return _("%(total)s points, %(letter)s (entered: %(entered)s)") % values
    if subject["entered"] == subject["total"]:
        return _("%(total)s points") % values
    return _("%(total)s points (entered: %(entered)s)") % values


def appeal_details(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of an appeal: result, make-up work, hearing, protocol; no empty values."""
    details: list[tuple[str, str]] = []
    if subject["sheet_kind"]:
        kind = SHEET_KIND_LABELS[subject["sheet_kind"]]
        details = [(_("Result"), f"{_(kind)}: {student_result_text(subject)}")]
    if subject.get("makeup"):
        details += _makeup_details(subject["makeup"], locale)
    if subject.get("late"):
        details.append((_("Deadline"), _("filed after the deadline of 6.3")))
    if subject.get("hearing"):
        details += _hearing_details(subject["hearing"], locale)
    if subject.get("protocol"):
        words = decision_words_of_appeal_subject(subject)
        details += _protocol_details(subject["protocol"], words)
    return [(label, value) for label, value in details if value]


def _hearing_details(hearing: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of a hearing: time, place, members and excluded persons with the reason."""
    held = hearing["held_at"]
    moment = moment_text(datetime.fromisoformat(held), locale) if held else ""
    reasons = [(one["name"], EXCLUSION_REASON_LABELS[one["why"]]) for one in hearing["excluded"]]
    return [
        (_("Hearing"), ", ".join(part for part in (moment, hearing["place"]) if part)),
        (_("Chair"), hearing["chair"]),
        (_("Secretary"), hearing["secretary"]),
        (_("Members"), ", ".join(hearing["members"])),
        (_("Does not decide"), "; ".join(f"{name}: {_(why)}" for name, why in reasons)),
        (_("Missed deadline"), _("restored by the commission") if hearing["restored"] else ""),
    ]


@dataclass(frozen=True, slots=True)
class DecisionWords:
    """The votes that can be given and the decisions they make; `with_points`: the decision names new points."""

    votes: Mapping[str, str]
    decisions: Mapping[str, str]
    with_points: bool


def decision_words_of_appeal_subject(subject: Mapping[str, Any]) -> DecisionWords:
    """Return votes and decisions of an appeal (6.3), of points of make-up work (5.4.3) or of a change (4.4.3)."""
    if subject.get("of") != PROPOSAL_APPEAL_KIND:
        return DecisionWords(VOTE_LABELS, DECISION_LABELS, True)
    if subject.get("change_set"):
        return DecisionWords(CHANGE_VOTE_LABELS, CHANGE_DECISION_LABELS, False)
    return DecisionWords(PROPOSAL_VOTE_LABELS, PROPOSAL_DECISION_LABELS, False)


def _makeup_details(makeup: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """Return (label, value) pairs of the make-up work whose points await a commission."""
    day = day_text(date.fromisoformat(makeup["accepted_on"]), locale) if makeup["accepted_on"] else ""
    return [
        (_("Make-up points"), shown_number(makeup["points"], locale)),
        (_("Missed lessons"), "; ".join(lesson_day_and_type_text(one, locale) for one in makeup["missed"])),
        (_("Topic"), makeup["topic"] or ""),
        (_("Accepted by"), ", ".join(part for part in (makeup["accepted_by"], day) if part)),
        (_("Comment"), makeup["comment"] or ""),
    ]


def _protocol_details(protocol: Mapping[str, Any], of: DecisionWords) -> list[tuple[str, str]]:
    """Return (label, value) pairs of a protocol: number, votes, decision, changed points."""
    # A protocol about proposed points may be older than their own texts: those of an appeal are the fallback.
    words = {**VOTE_LABELS, **of.votes}
    votes = [(one["name"], words[one["vote"]]) for one in protocol["votes"]]
    decision = {**DECISION_LABELS, **of.decisions}[protocol["decision"]]
    old = shown_number(protocol["old"] or "–", locale())
    new = shown_number(protocol["new"], locale()) if of.with_points else ""
    return [
        (_("Minutes"), f"№ {protocol['number']}" if protocol["number"] else ""),
        (_("Votes"), "; ".join(f"{name}: {_(vote)}" for name, vote in votes)),
        (_("Decision"), _(decision)),
        (_("Points"), f"{old} → {new}" if new else ""),
    ]
