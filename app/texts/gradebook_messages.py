"""Error messages of the rules of the journal, by error code; other codes are in `app.web.labels.messages`."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

JOURNAL_MESSAGES: Mapping[str, str] = {
    "journal.cell.changed": N_("Someone else changed this."),
    "journal.cell.unknown_kind": N_("A cell holds attendance or a grade, nothing else."),
    "journal.mark.entry_closed": N_("The deadline for entering this passed: %(at)s."),
    "journal.mark.self_window_closed": N_("You could correct this yourself until %(at)s."),
    "journal.mark.sheet_closed": N_("The grade sheet over this lesson was closed %(at)s."),
    "journal.mark.sheet_signed": N_("The grade sheet over this lesson was signed %(at)s."),
    "journal.mark.not_applicable": N_("The student did not belong to the group on this day."),
    "journal.mark.corrected_by_case": N_("This was written by an approved correction %(at)s."),
    "journal.mark.absence_settled": N_(
        "This absence is already confirmed or made up; change it through its own case."
    ),
    "journal.mark.unknown_status": N_("There is no such status."),
    "journal.mark.reason_needed": N_("A correction needs a written reason."),
    "journal.mark.not_yours_to_set": N_(
        "A teacher enters presence and absence; the directorate confirms reasons."
    ),
    "journal.mark.not_points": N_("Points go from 0 to %(most)s, with one decimal at most."),
    "journal.mark.entered_by_another": N_(
        "Entered by another teacher. The university has set that only that teacher corrects it: ask that teacher."
    ),
    "journal.lesson.not_yours": N_("You do not teach this lesson."),
    "journal.lesson.not_begun": N_("The lesson begins %(at)s."),
    "journal.lesson.not_held": N_("The lesson was not held."),
    "journal.lesson.unknown_type": N_("There is no such type of lesson."),
    "journal.lesson.type_stands": N_("The type cannot change once attendance is recorded."),
    "journal.lesson.hours": N_("A lesson has 1 to 8 hours."),
    "journal.lesson.closed": N_("The description of this lesson could be changed until %(at)s."),
    "journal.lesson.changed": N_("Someone else changed this lesson."),
    "journal.roll.not_taken_here": N_("No attendance is taken at this lesson."),
    "journal.sheet.not_yours": N_("Only the academic office closes a sheet."),
    "journal.sheet.not_your_sheet": N_("Only the teacher of this journal fills in and signs its sheet."),
    "journal.sheet.not_points": N_("“%(text)s” is no number of points."),
    "journal.sheet.brought": N_(
        "This result was signed in group %(group)s; the student brought it along by order No. %(order)s."
    ),
    "journal.sheet.signed": N_("This sheet is signed; its results are fixed."),
    "journal.sheet.not_open_yet": N_("This sheet is filled in from %(on)s."),
    "journal.sheet.entry_closed": N_("Points could be entered on this sheet until %(at)s."),
    "journal.sheet.not_admitted": N_(
        "This student is not admitted to the exam: the modules give less than %(least)s points."
    ),
    "journal.sheet.not_emptied": N_(
        "A line that has a value is not emptied: enter the right points, or that the student did not come."
    ),
    "journal.sheet.line_changed": N_("Someone else changed this line of the sheet."),
    "journal.sheet.lines_changed": N_("The sheet changed since you looked at it; look at it once more."),
    "journal.sheet.unknown_status": N_("Choose whether the student came."),
    "journal.sheet.no_points_for_absent": N_("A student who did not come gets no points."),
    "journal.sheet.modules_first": N_("A final is signed after the sheets of both modules."),
    "journal.sheet.incomplete": N_(
        "Students without a value: %(n)s. Enter points, or that they did not come."
    ),
    "journal.scheme.unreadable": N_("These figures make no scheme."),
    "journal.scheme.not_a_hundred": N_("The parts of all components add up to %(most)s, each above 0."),
    "journal.scheme.one_entered_part": N_(
        "Each component has exactly one part that is entered on the sheet."
    ),
    "journal.scheme.letters": N_(
        "Letters go down from at most %(most)s to 0, each lower than the one before."
    ),
    "journal.scheme.makeup_cap": N_(
        "The most points of make-up work are from 1 to 100, or the field stays empty."
    ),
    "journal.scheme.thresholds": N_("A threshold lies outside of what can be reached."),
    "journal.scheme.not_yours": N_(
        "Heads of department and the academic office draft grading schemes, and the office confirms them."
    ),
    "journal.scheme.confirmed": N_("This version is confirmed already."),
    "journal.scheme.newer_version": N_("Someone else made a newer version of this scheme."),
    "journal.criteria.not_yours": N_(
        "Only a teacher of this journal or its head of department writes criteria."
    ),
    "journal.criteria.scheme_stands": N_(
        "A sheet is signed; the scheme of this journal does not change any more."
    ),
    "journal.criteria.changed": N_("Someone else changed the criteria."),
    "journal.sheet.close_too_early": N_("This sheet may be closed after %(at)s."),
    "journal.sheet.lessons_run": N_(
        "Under this sheet %(n)s lessons are inside their own deadline, the last until %(at)s."
    ),
    "journal.sheet.permits_run": N_(
        "Under this sheet %(n)s permissions for a late entry are open, the last until %(at)s."
    ),
    "journal.sheet.not_noted": N_(
        "Something is still open (%(n)s): tick each kind, or wait until it is settled."
    ),
    "journal.sheet.blockers_changed": N_("What is still open changed meanwhile; look at it once more."),
    "journal.sheet.close_reason_needed": N_(
        "State why the sheet is closed although something is still open."
    ),
    "journal.sheet.not_approved": N_("Only an approved sheet is closed; this one is not approved yet."),
    "journal.correction.not_yours": N_("Only a teacher of this discipline asks for its correction."),
    "journal.correction.sheet_closed": N_("The grade sheet over this lesson was closed %(at)s."),
    "journal.correction.sheet_signed": N_(
        "The grade sheet over this lesson was signed %(at)s; its points are fixed."
    ),
    "journal.correction.not_needed_yet": N_("You can still correct this yourself until %(at)s."),
    "journal.correction.nothing_entered": N_(
        "Nothing was entered here, so there is nothing to correct; ask for a late entry."
    ),
    "journal.entry.unreadable": N_("The cells of this request could not be read."),
    "journal.entry.entered": N_("This was entered already; what is entered is corrected."),
    "journal.entry.still_open": N_("You can still enter this yourself until %(at)s."),
    "journal.entry.sheet_closed": N_("The grade sheet over this lesson was closed %(at)s."),
    "journal.entry.not_yours": N_("Only a teacher of this discipline asks to enter something late."),
    "journal.excuse.refusal_needs_reason": N_(
        "Please say for each lesson that is taken out why it is not confirmed, in %(least)s characters or more."
    ),
    "journal.excuse.other_lesson": N_(
        "One of these lessons does not rest on this excuse any more; open the form again."
    ),
    "journal.excuse.no_lesson_chosen": N_("Please choose the lessons that are in doubt."),
    "journal.excuse.document_needed": N_("Please attach the document: without it nothing can be confirmed."),
    "journal.excuse.covers_nothing": N_("There is no lesson of yours on these days."),
    "journal.excuse.return_day_differs": N_(
        "The journal shows another day of return; please explain it in a few words."
    ),
    "journal.excuse.late_needs_words": N_(
        "The document should have come until %(at)s; please explain why it is late."
    ),
    "journal.excuse.too_long": N_("One document covers less than %(most)s days."),
    "journal.excuse.too_old": N_("These dates are more than a year old."),
    "journal.excuse.document_from_tomorrow": N_("The document cannot be from a day still to come."),
    "journal.excuse.returned_before_end": N_("The day of return comes after the last day of absence."),
    "journal.excuse.nothing_left": N_("Nothing would be confirmed; then please refuse, with a reason."),
    "journal.excuse.not_your_journal": N_("Only a teacher of this journal writes the confirmed status."),
    "journal.excuse.not_yours": N_(
        "Only the student, the curator or the student's directorate can submit a document."
    ),
    "journal.excuse.revoked": N_("This excuse was revoked."),
    "journal.makeup.still_in_time": N_(
        "The deadline has not passed yet (%(at)s); request the make-up work itself."
    ),
    "journal.request.student_out_of_reach": N_(
        "You can ask about students whom you teach, look after or are responsible for. Choose one from the list."
    ),
    "journal.request.unit_out_of_reach": N_("You can ask about units in which you have a role. Choose one."),
    "journal.dispute.nothing_entered": N_("Nothing is entered here that could be wrong."),
    "journal.dispute.late_needs_words": N_(
        "Marks are disputed within three working days, here until %(at)s; please write why you come later."
    ),
    "journal.makeup.no_debt": N_("This lesson does not have to be made up."),
    "journal.makeup.accepted_already": N_(
        "The work for this lesson was accepted after the sheet was signed; a commission decides about its points."
    ),
    "journal.makeup.waived": N_(
        "It was decided that no make-up work is required here; nothing more has to be done. The case shows why."
    ),
    "journal.makeup.semester_over": N_(
        "The make-up deadline of this semester has passed (%(at)s); only the head and the "
        "directorate together can extend it."
    ),
    "journal.makeup.form_does_not_fit": N_(
        "This form does not fit the type of the missed lesson (§5.1.2). Choose one from the list, or “Another form” "
        "and name it."
    ),
    "journal.makeup.form_name_needed": N_("Write what the other form is called: the student reads it."),
    "journal.makeup.due_out_of_range": N_("Please choose a day from today until %(last)s."),
    "journal.makeup.over_the_cap": N_("At most %(most)s points."),
    "journal.makeup.no_more_tries": N_("The work was given back already; accept it or say that it failed."),
    "journal.makeup.not_your_journal": N_("Only a teacher of this journal can accept make-up work."),
    "journal.makeup.not_yours": N_(
        "Only the student, the curator, the student's directorate or the teacher can request this."
    ),
    "journal.makeup.not_accepted": N_("The teacher has not accepted this work."),
    "journal.change_set.unreadable": N_("The cells of this request could not be read."),
    "journal.change_set.unknown_kind": N_("Please choose the kind of error."),
    "journal.change_set.twice": N_("This request names one cell twice."),
    "journal.change_set.too_many": N_("One request holds at most %(max)s cells."),
    "journal.change_set.several_journals": N_("All cells of one request belong to one journal."),
    "journal.change_set.other_content": N_("This request was sent before with other content."),
    "journal.change_set.nothing_changes": N_("The new value is the old one."),
    "journal.change_set.no_status": N_("An attendance cell becomes present or absent."),
    "journal.change_set.empty": N_("Please choose at least one cell."),
    "journal.commission.not_yours": N_("A person has to act here: the system cannot form a commission."),
    "journal.commission.one_chair_one_secretary": N_(
        "A commission has exactly one chair and one secretary, and they are two persons."
    ),
    "journal.commission.twice": N_("One person is named here twice."),
    "journal.commission.unknown_person": N_("One of the people named here is not known."),
    "journal.commission.unknown_name": N_("“%(name)s” is not on the list; please choose from it."),
    "journal.commission.too_few": N_("Chair and members are %(fewest)s votes at least."),
    "journal.commission.quorum": N_(
        "More than half of the votes are needed: %(least)s at least, %(most)s at most."
    ),
    "journal.commission.number_taken": N_("Another published order has this number."),
    "journal.commission.backwards": N_("The last day lies before the first, or in the past."),
    "journal.commission.too_long": N_("A commission is formed for a year at most."),
    "journal.commission.before_order": N_("A commission cannot begin before its order is dated."),
}
