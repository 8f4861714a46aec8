"""Where the requests of the regulation begin: on a form of their own, or at the place that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.texts.translate import N_

ABOUT_ME, ABOUT_A_STUDENT, ABOUT_A_JOURNAL, ABOUT_A_UNIT, ELSEWHERE = (
    "about_me",
    "about_a_student",
    "about_a_journal",
    "about_a_unit",
    "elsewhere",
)
GROUP_LABELS: Mapping[str, str] = {
    ABOUT_ME: N_("About me"),
    ABOUT_A_STUDENT: N_("About a student"),
    ABOUT_A_JOURNAL: N_("About a journal"),
    ABOUT_A_UNIT: N_("About a unit"),
    ELSEWHERE: N_("Other requests"),
}
"""Groups of the page, in its order; a general start is its own group."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a request begins: its group, the page (None: the form of the start itself) and what to do there."""

    group: str
    endpoint: str | None = None
    hint: str = ""


_IN_JOURNAL = N_("It begins in the journal: open the cell or the lesson that it is about.")
_AT_ABSENCE = N_("It begins at the absence that it is about.")
_AT_MARK = N_("It begins at the mark or the result that it is about.")
BEGINNINGS: Mapping[str, Beginning] = {
    "late_correction": Beginning(ABOUT_A_JOURNAL, "journal.show_teacher_today", _IN_JOURNAL),
    "late_entry": Beginning(ABOUT_A_JOURNAL, "journal.show_teacher_today", _IN_JOURNAL),
    "late_sheet": Beginning(
        ABOUT_A_JOURNAL, "sheets.list_grade_sheets", N_("It begins at the grade sheet that it is about.")
    ),
    "excuse": Beginning(ABOUT_ME),
    "makeup": Beginning(ABOUT_ME, "student.absences", _AT_ABSENCE),
    "makeup_extension": Beginning(ABOUT_ME, "student.absences", _AT_ABSENCE),
    "dispute": Beginning(ABOUT_ME, "student.marks", _AT_MARK),
    "result_dispute": Beginning(ABOUT_ME, "student.marks", _AT_MARK),
    "appeal": Beginning(ABOUT_ME, "student.marks", _AT_MARK),
    "excuse_revocation": Beginning(
        ABOUT_A_STUDENT,
        "excuses.list_decided_excuses",
        N_("It begins at the confirmed excuse that it is about."),
    ),
}
"""By process of the menu; one that is not listed begins on its form."""
FOR_ANOTHER = Beginning(ABOUT_A_STUDENT, "groups.groups", N_("It begins on the page of the student."))
OFFERED = Beginning(
    ABOUT_A_STUDENT, "makeups.list_makeup_debts", N_("It begins at the missed lesson of the student.")
)
