"""Error messages and next steps of the states of journals, their opening and grading schemes, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

OPENING_MESSAGES: Mapping[str, str] = {
    "journal.offering.draft": N_("This journal is not open yet, so it takes no marks."),
    "journal.offering.submitted": N_("This journal is submitted, so it takes no marks."),
    "journal.offering.confirmed": N_("This journal is confirmed, so it takes no marks."),
    "journal.acknowledgement.curator_records": N_("Only the curator of the group records its students."),
    "journal.acknowledgement.directorate_records": N_(
        "The group has no curator, so only its directorate records its students."
    ),
    "journal.acknowledgement.directorate_keeps": N_("Only the directorate of the group keeps its sheet."),
    "journal.acknowledgement.own_only": N_("A student confirms it in person; nobody does it for another."),
    "journal.acknowledgement.day_ahead": N_("This day is still ahead. Give the day on which it happened."),
    "journal.acknowledgement.day_too_early": N_(
        "This day is before the semester, which begins on %(at)s. Give a day of the semester."
    ),
    "journal.acknowledgement.own_stays": N_(
        "A student confirmed it under their own account; this is not withdrawn. Take the student out of your choice."
    ),
    "journal.acknowledgement.nothing_to_withdraw": N_(
        "Nothing is recorded for one of these students. Take the student out of your choice."
    ),
    "journal.acknowledgement.recorded_before": N_(
        "One of these students is recorded already. Take the student out of your choice."
    ),
    "journal.acknowledgement.declined_before": N_(
        "One of these students is recorded as declined already. Take the student out of your choice."
    ),
    "journal.acknowledgement.not_on_sheet": N_(
        "One of these students is not on this sheet. Open it again and choose once more."
    ),
    "journal.acknowledgement.nobody_chosen": N_("Choose at least one student."),
    "journal.acknowledgement.note_length": N_("Write why, in %(least)s to %(most)s characters."),
    "journal.acknowledgement.two_witnesses": N_("Name two different witnesses."),
    "journal.acknowledgement.sheet_empty": N_(
        "Nobody is recorded on this sheet yet. Record the students first."
    ),
    "journal.acknowledgement.sheet_unsigned": N_("This sheet is not signed yet. Its curator signs it first."),
    "journal.acknowledgement.sheet_changed": N_(
        "This sheet changed since it was signed. Its curator signs it once more."
    ),
    "journal.acknowledgement.box_missing": N_("Confirm with the box that you have read the regulation."),
    "journal.archive.office_archives": N_("Only the academic office archives journals."),
    "journal.archive.too_early": N_("The journals of this year are archived after %(at)s."),
    "journal.offering.archived": N_("This journal is archived, so it takes no marks."),
    "journal.state.office_opens": N_("Only the academic office opens journals."),
    "journal.state.opened_before": N_("This journal was opened before."),
    "journal.state.no_teacher": N_("This journal has no teacher, so it is not opened."),
    "journal.state.objection": N_(
        "A teacher named a problem in this journal. Write why it is opened all the same."
    ),
    "journal.state.teacher_submits": N_("Only a teacher of this journal submits it."),
    "journal.state.teacher_checks": N_("Only a teacher of this journal checks it."),
    "journal.state.not_open": N_("Only an open journal is submitted."),
    "journal.state.no_lessons": N_("This journal has no lessons, so there is nothing to submit."),
    "journal.state.lessons_ahead": N_(
        "Lessons of this journal are still ahead: %(count)s, the last one ends %(at)s."
    ),
    "journal.state.rolls_missing": N_("Attendance is missing for lessons of this journal: %(count)s."),
    "journal.state.not_submitted": N_("This journal is not submitted."),
    "journal.state.not_confirmer": N_("This journal is confirmed by someone else."),
    "journal.state.own": N_("You submitted this journal yourself, so someone else confirms it."),
    "journal.opening.nothing": N_("No journal of this department waits to be opened in this semester."),
    "journal.opening.changed": N_("The journal changed while you looked at it."),
    "journal.scheme.by_council": N_("This version changes how a running semester is graded."),
    "journal.scheme.letters_order": N_(
        "Each letter occurs once, and a lower letter has no more GPA points than a higher one."
    ),
    "journal.scheme.passing_letter": N_("The points to pass are the least points of one of the letters."),
    "journal.scheme.code_taken": N_(
        "There is a scheme with this code already. Make its next version, or take another code."
    ),
}
OPENING_NEXT_STEPS: Mapping[str, str] = {
    "journal.offering.draft": N_("The academic office opens it. Its page of states shows what is missing."),
    "journal.offering.submitted": N_(
        "Take the submission back on its page of states, as long as it is not confirmed."
    ),
    "journal.offering.archived": N_(
        "Only a decision of a commission changes it: write to the academic office."
    ),
    "journal.offering.confirmed": N_("Ask the head of department to return it, or request a correction."),
    "journal.state.no_teacher": N_("The head of department names one on the page of the journal."),
    "journal.state.rolls_missing": N_("Record the attendance of these lessons, then submit the journal."),
    "journal.state.lessons_ahead": N_("Submit it when the last lesson is over."),
    "journal.opening.changed": N_("Look at it as it is now and answer again."),
    "journal.scheme.by_council": N_(
        "Its department sends it for approval, and the decision of the council brings it into force."
    ),
}
