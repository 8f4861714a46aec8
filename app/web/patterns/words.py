"""Texts of the patterns: their titles, what each counts and leaves out, and what a finding is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.cases.patterns.finding_queries import BY_MARK, BY_PERSON, BY_UNIT
from app.texts.translate import N_


@dataclass(frozen=True, slots=True)
class PatternWords:
    """The title of a pattern, and in one or two sentences what it counts; `%(name)s` are the bounds."""

    title: str
    about: str


PATTERN_WORDS: Mapping[str, PatternWords] = {
    "after_deadline": PatternWords(
        N_("Changes after the deadline"),
        N_(
            "Marks, attendance and lines of grade sheets entered under a permit after their deadline, and marks that a "
            "case corrected."
        ),
    ),
    "corrections": PatternWords(
        N_("Corrections per 1,000 entries"),
        N_(
            "Marks that a case corrected, against the marks first entered in the period. What teachers correct alone, "
            "within their own deadline, is not counted."
        ),
    ),
    "corrected_again": PatternWords(
        N_("Marks corrected more than once"),
        N_("Marks that cases corrected at least %(times)s times, the last time in the period."),
    ),
    "over_threshold": PatternWords(
        N_("Grades moved over a bound"),
        N_(
            "Current grades that a correction moved over the passing points of their scheme, and results whose new "
            "version has another letter or passed them; up and down."
        ),
    ),
    "at_night": PatternWords(
        N_("Marks at night"),
        N_(
            "Grades and points that a teacher entered or changed between %(from)s and %(to)s. Left out: attendance, "
            "which is taken for the whole lesson at once, marks taken over by an act, and corrections by a case."
        ),
    ),
    "quick_approvals": PatternWords(
        N_("Approvals within seconds"),
        N_("Approvals less than %(seconds)s seconds after the task opened."),
    ),
    "each_other": PatternWords(
        N_("Two persons approving each other"),
        N_("Approvals between two persons who each approved a request of the other in the period."),
    ),
    "deputies": PatternWords(
        N_("Deputies for absent chiefs"),
        N_("Decisions on behalf of an absent person, and decisions of deputies to whom a late step came."),
    ),
    "left_next_day": PatternWords(
        N_("Approvals by people who left the day after"),
        N_(
            "Approvals on the last day of the roles or of the account of the approver, or on the day before it."
        ),
    ),
    "same_document": PatternWords(
        N_("Documents with one number"),
        N_(
            "Documents whose number and issuer were submitted another time, for other students or another period. "
            "Neither can be read here: they are compared by a keyed hash."
        ),
    ),
    "same_issuer": PatternWords(
        N_("Documents of one issuer"),
        N_(
            "Documents of issuers of whom at least %(documents)s came in the period, compared by a keyed hash."
        ),
    ),
}
FINDING_WORDS: Mapping[str, str] = {
    "late_cell": N_("Entered after the deadline"),
    "late_roll": N_("Attendance taken after the deadline"),
    "late_line": N_("Line of a grade sheet entered after the deadline"),
    "correction": N_("Corrected by a case"),
    "corrected_again": N_("Corrections of this mark: %(n)s"),
    "grade_over": N_("Grade moved over the bound of points: %(n)s"),
    "result_over": N_("Result with another letter, or moved over the bound of points: %(n)s"),
    "night_entry": N_("Entered at night"),
    "night_change": N_("Changed at night"),
    "night_line": N_("Line of a grade sheet entered at night"),
    "quick": N_("Approved after the task opened, in seconds: %(n)s"),
    "each_other": N_("Approved a request of the other"),
    "substitute": N_("Decided on behalf of an absent person"),
    "deputy": N_("Decided as a deputy"),
    "left": N_("Approved before the last day, in days: %(n)s"),
    "same_document": N_("Document with this number"),
    "same_issuer": N_("Document of this issuer"),
}
OTHER_PERSON_WORDS: Mapping[str, str] = {
    "quick": N_("request of"),
    "each_other": N_("request of"),
    "left": N_("request of"),
    "substitute": N_("on behalf of"),
}
"""How the second person of a finding stands to the first, by what the finding is."""
GROUPING_WORDS: Mapping[str, str] = {
    BY_PERSON: N_("By person"),
    BY_UNIT: N_("By unit"),
    BY_MARK: N_("By repetition"),
}
