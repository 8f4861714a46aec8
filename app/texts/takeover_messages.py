"""Messages and next steps of the takeover of a running semester, by code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

TAKEOVER_MESSAGES: Mapping[str, str] = {
    "journal.takeover.document_ahead": N_("The document is of a day that has not come yet."),
    "journal.takeover.outside_semester": N_("Choose a day of the semester, from %(from)s to %(until)s."),
    "journal.takeover.last_day_ahead": N_("Choose a day up to %(at)s: later lessons are entered here."),
    "journal.takeover.days_backwards": N_("The last day lies before the first."),
    "journal.takeover.not_yours_to_send": N_("The academic office and IT send acts of takeover."),
    "journal.takeover.not_yours_to_confirm": N_(
        "The academic office confirms acts of takeover, a directorate those of its institute."
    ),
    "journal.takeover.second_person": N_("Who sent an act of takeover does not confirm it."),
    "journal.takeover.not_waiting": N_("This act of takeover does not wait for a decision any more."),
    "journal.takeover.results_overtaken": N_(
        "Another act took over a result of this file meanwhile, so nothing of this act was taken over."
    ),
    "journal.takeover_file.no_year": N_("“%(text)s” is not an academic year. Write it like 2024/25."),
    "journal.takeover_file.year_ahead": N_("This academic year has not begun yet."),
    "journal.takeover_file.no_semester": N_("The number of a semester is from 1 to %(most)s."),
    "journal.takeover_file.no_such_student": N_(
        "Nobody of this number or full name studies or studied here: %(text)s."
    ),
    "journal.takeover_file.text_too_long": N_("Write at most %(most)s characters here."),
    "journal.takeover_file.no_value": N_("Points or a grade belong here."),
    "journal.takeover_file.points_over_hundred": N_("The points of a result are from 0 to 100."),
    "journal.takeover_file.no_credits": N_("The credits of a discipline are more than 0 and at most 60."),
    "journal.takeover_file.grade_too_long": N_("A grade is at most 30 characters long."),
    "journal.takeover_file.earlier_twice": N_("This result stands in an earlier row already."),
    "journal.takeover_file.has_earlier_result": N_(
        "The student has another result of this discipline and semester already: it is never replaced by an act."
    ),
    "journal.takeover_file.no_journals": N_(
        "No sheet begins with the group and the code of a discipline. Download the workbook as a template."
    ),
    "journal.takeover_file.no_course": N_("The code of the discipline belongs here, beside the group."),
    "journal.takeover_file.no_column_kind": N_(
        "“%(text)s” does not say what stands in this column: attendance, points or result."
    ),
    "journal.takeover_file.no_module": N_("“%(text)s” is not a module."),
    "journal.takeover_file.no_moment": N_(
        "“%(text)s” is not the day and time of a lesson. Write it like 19.10.2026 08:00."
    ),
    "journal.takeover_file.column_twice": N_("“%(text)s” stands here a second time."),
    "journal.takeover_file.no_status": N_(
        "“%(text)s” is not a mark of attendance. Write +, ab, excused, sick or made up."
    ),
    "journal.takeover_file.no_points": N_("“%(text)s” are not points from 0 to 100."),
    "journal.takeover_file.no_student_named": N_("Marks stand here without a student."),
    "journal.takeover_file.no_journal": N_(
        "The group %(group)s has no journal of the discipline %(course)s in this semester."
    ),
    "journal.takeover_file.several_journals": N_(
        "The group %(group)s has several journals of the discipline %(course)s."
    ),
    "journal.takeover_file.journal_twice": N_("This journal stands on an earlier sheet already."),
    "journal.takeover_file.no_lesson": N_("The journal has no lesson that begins %(at)s."),
    "journal.takeover_file.several_lessons": N_("The journal has several lessons that begin %(at)s."),
    "journal.takeover_file.no_student": N_("%(text)s is not a student of this group."),
    "journal.takeover_file.several_students": N_("Several students are called %(text)s: write the number."),
    "journal.takeover_file.student_twice": N_("%(name)s stands in an earlier row already."),
    "journal.takeover_file.outside_days": N_("This lesson lies outside the days of the act."),
    "journal.takeover_file.not_begun": N_("This lesson has not begun yet."),
    "journal.takeover_file.not_held": N_("This lesson was cancelled or moved and takes no marks."),
    "journal.takeover_file.journal_ended": N_("The journal had ended before this lesson."),
    "journal.takeover_file.journal_submitted": N_("This journal was submitted already: take it back first."),
    "journal.takeover_file.not_enrolled": N_("The student did not belong to the group on this day."),
    "journal.takeover_file.no_roll": N_("This type of lesson takes no attendance."),
    "journal.takeover_file.sheet_fixed": N_("A signed or closed grade sheet covers this lesson."),
    "journal.takeover_file.has_value": N_("Another mark stands in this cell already."),
    "journal.takeover_file.points_out_of_range": N_("A result of this module is from 0 to %(most)s."),
    "journal.takeover_file.not_enrolled_in_module": N_(
        "The student did not belong to the group on the last day of the module."
    ),
    "journal.takeover_file.has_result": N_("The student has another result of this module already."),
    "journal.takeover_file.sheet_begun": N_(
        "The grade sheet of this module is being filled in here already."
    ),
    "journal.takeover_file.module_not_over": N_(
        "This module is not over on the last day of the act, or the calendar has no days for it."
    ),
    "journal.takeover_file.no_scheme": N_("The journal has no grading scheme, so no result can be checked."),
    "journal.takeover_file.result_missing": N_(
        "The results of a module are taken over whole: %(name)s and others have none, %(count)s in all."
    ),
}

TAKEOVER_NEXT_STEPS: Mapping[str, str] = {
    "journal.takeover.second_person": N_("Ask a colleague of the academic office or the directorate."),
    "journal.takeover.not_yours_to_send": N_("Ask the academic office."),
    "journal.takeover.not_yours_to_confirm": N_("Ask the academic office."),
    "journal.takeover.not_waiting": N_("Look at it as it is now."),
    "journal.takeover.results_overtaken": N_(
        "Cancel this act, take those results out of the file and send it again."
    ),
}
