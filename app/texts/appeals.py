"""Words appeals, hearings, protocols and corrections: structure in, texts in one language out (6.3, 4.4.3b)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.kernel.i18n import day_text, moment_text
from app.texts.subject_line import LESSON_TYPES, SHEET_KINDS
from app.texts.translate import gettext as _
from app.texts.translate import mark

PROPOSAL = "PROPOSAL"

VOTES: Mapping[str, str] = {
    "KEEP": mark("keep the points"),
    "RAISE": mark("raise the points"),
    "LOWER": mark("lower the points"),
    "REEXAM": mark("another examination"),
    "ABSENT": mark("not present"),
}
DECISIONS: Mapping[str, str] = {
    "UPHELD": mark("the result stands"),
    "CHANGED": mark("the points change"),
    "REEXAM": mark("another examination"),
}
VOTES_OF_PROPOSAL: Mapping[str, str] = {
    "KEEP": mark("do not count the points"),
    "RAISE": mark("count the points"),
    "ABSENT": VOTES["ABSENT"],
}
DECISIONS_OF_PROPOSAL: Mapping[str, str] = {
    "UPHELD": mark("the points are not counted"),
    "CHANGED": mark("the points count"),
}
WHY: Mapping[str, str] = {
    "AUTHOR": mark("author of the grade"),
    "REQUESTER": mark("asked himself"),
    "CURATOR": mark("curator of the student"),
    "DECLARED": mark("declared a conflict"),
}
STATUSES: Mapping[str, str] = {
    "GRADED": mark("graded"),
    "NOT_ATTENDED": mark("did not come"),
    "NOT_ADMITTED": mark("not admitted"),
}


def lesson_line(lesson: Mapping[str, Any], locale: str) -> str:
    """Day and type of a lesson, as far as they are known."""
    parts = [day_text(date.fromisoformat(lesson["date"]), locale)] if lesson.get("date") else []
    if lesson.get("lesson_type"):
        parts.append(_(LESSON_TYPES.get(lesson["lesson_type"], lesson["lesson_type"])))
    return ", ".join(parts)


def result_word(subject: Mapping[str, Any]) -> str:
    """A result in words: "28 points, D (entered: 8)", or why there is none."""
    if subject["status"] != "GRADED":
        status = STATUSES[subject["status"]]
        return _(status)
    said = {"total": subject["total"], "entered": subject["entered"] or "–", "letter": subject["letter"]}
    if subject["letter"]:
        return _("%(total)s points, %(letter)s (entered: %(entered)s)") % said
    if subject["entered"] == subject["total"]:
        return _("%(total)s points") % said
    return _("%(total)s points (entered: %(entered)s)") % said


def facts_of(subject: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """What is to be known of an appeal, as far as it has come: label and value."""
    kind = SHEET_KINDS[subject["sheet_kind"]]
    found = [(_("Result"), f"{_(kind)}: {result_word(subject)}")]
    if subject.get("workoff"):
        found += _workoff(subject["workoff"], locale)
    if subject.get("late"):
        found.append((_("Term"), _("filed after the term of 6.3")))
    if subject.get("hearing"):
        found += _hearing(subject["hearing"], locale)
    if subject.get("protocol"):
        found += _protocol(subject["protocol"], subject.get("of") == PROPOSAL)
    return [(label, value) for label, value in found if value]


def _hearing(hearing: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    held = hearing["held_at"]
    moment = moment_text(datetime.fromisoformat(held), locale) if held else ""
    reasons = [(one["name"], WHY[one["why"]]) for one in hearing["excluded"]]
    return [
        (_("Hearing"), ", ".join(part for part in (moment, hearing["place"]) if part)),
        (_("Chair"), hearing["chair"]),
        (_("Secretary"), hearing["secretary"]),
        (_("Members"), ", ".join(hearing["members"])),
        (_("Does not decide"), "; ".join(f"{name}: {_(why)}" for name, why in reasons)),
        (_("Missed term"), _("restored by the commission") if hearing["restored"] else ""),
    ]


def votes_of(proposal: bool) -> Mapping[str, str]:
    """The votes that can be given, in words: about points of a work-off only whether they count (5.4.3)."""
    return VOTES_OF_PROPOSAL if proposal else VOTES


def _workoff(workoff: Mapping[str, Any], locale: str) -> list[tuple[str, str]]:
    """The work whose points wait: what was missed, who accepted it when, and what he said."""
    day = day_text(date.fromisoformat(workoff["accepted_on"]), locale) if workoff["accepted_on"] else ""
    return [
        (_("Points of the work-off"), str(workoff["points"])),
        (_("Missed lessons"), "; ".join(lesson_line(one, locale) for one in workoff["missed"])),
        (_("Topic"), workoff["topic"]),
        (_("Accepted by"), ", ".join(part for part in (workoff["accepted_by"], day) if part)),
        (_("Comment"), workoff["comment"]),
    ]


def _protocol(protocol: Mapping[str, Any], proposal: bool) -> list[tuple[str, str]]:
    """What was voted and decided; words of an appeal stand in for what an older protocol of a proposal may say."""
    words = {**VOTES, **votes_of(proposal)}
    votes = [(one["name"], words[one["vote"]]) for one in protocol["votes"]]
    decision = {**DECISIONS, **(DECISIONS_OF_PROPOSAL if proposal else {})}[protocol["decision"]]
    old, new = protocol["old"] or "–", "" if proposal else protocol["new"]
    return [
        (_("Protocol"), f"№ {protocol['number']}" if protocol["number"] else ""),
        (_("Votes"), "; ".join(f"{name}: {_(vote)}" for name, vote in votes)),
        (_("Decision"), _(decision)),
        (_("Points"), f"{old} → {new}" if new else ""),
    ]
