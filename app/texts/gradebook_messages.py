"""Error messages of the rules of the journal, by error code; other codes are in `app.web.labels.messages`."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import mark

JOURNAL: Mapping[str, str] = {
    "journal.cell.changed": mark("Somebody changed this meanwhile."),
    "journal.cell.unknown_kind": mark("A cell holds attendance or a grade, nothing else."),
    "journal.mark.entry_closed": mark("The term for entering this ended %(at)s."),
    "journal.mark.self_window_closed": mark("You could correct this yourself until %(at)s."),
    "journal.mark.sheet_closed": mark("The grade sheet over this lesson was closed %(at)s."),
    "journal.mark.sheet_signed": mark("The grade sheet over this lesson was signed %(at)s."),
    "journal.mark.not_applicable": mark("The student did not belong to the group on this day."),
    "journal.mark.corrected_by_case": mark("This was written by an approved correction %(at)s."),
    "journal.mark.absence_settled": mark(
        "This absence was confirmed or worked off; it is changed by its own way."
    ),
    "journal.mark.unknown_status": mark("There is no such status."),
    "journal.mark.reason_needed": mark("A correction needs a written reason."),
    "journal.mark.not_yours_to_set": mark(
        "A teacher enters presence and absence; the directorate confirms reasons."
    ),
    "journal.mark.not_points": mark("Points go from 0 to %(most)s, with one decimal at most."),
    "journal.mark.entered_by_another": mark("Somebody else entered this; only he can correct it himself."),
    "journal.lesson.not_yours": mark("You do not teach this lesson."),
    "journal.lesson.not_begun": mark("The lesson begins %(at)s."),
    "journal.lesson.not_held": mark("The lesson was not held."),
    "journal.lesson.unknown_type": mark("There is no such type of lesson."),
    "journal.lesson.type_stands": mark("The type cannot change once the roll was taken."),
    "journal.lesson.hours": mark("A lesson has 1 to 8 hours."),
    "journal.lesson.closed": mark("The description of this lesson could be changed until %(at)s."),
    "journal.lesson.changed": mark("Somebody changed this lesson meanwhile."),
    "journal.roll.not_taken_here": mark("No attendance is taken at this lesson."),
    "journal.sheet.not_yours": mark("Only the academic office closes a sheet."),
    "journal.sheet.not_your_sheet": mark("Only the teacher of this journal fills in and signs its sheet."),
    "journal.sheet.not_points": mark("“%(text)s” is no number of points."),
    "journal.sheet.brought": mark(
        "This result was signed in group %(group)s; the student brought it along by order No. %(order)s."
    ),
    "journal.sheet.signed": mark("This sheet is signed; its results are fixed."),
    "journal.sheet.not_open_yet": mark("This sheet is filled in from %(on)s."),
    "journal.sheet.entry_closed": mark("Points could be entered on this sheet until %(at)s."),
    "journal.sheet.not_admitted": mark(
        "This student is not admitted to the exam: the modules give less than %(least)s points."
    ),
    "journal.sheet.not_emptied": mark(
        "A line that has a value is not emptied: enter the right points, or that the student did not come."
    ),
    "journal.sheet.line_changed": mark("Somebody changed this line of the sheet meanwhile."),
    "journal.sheet.lines_changed": mark("The sheet changed since you looked at it; look at it once more."),
    "journal.sheet.unknown_status": mark("Choose whether the student came."),
    "journal.sheet.no_points_for_absent": mark("Who did not come gets no points."),
    "journal.sheet.modules_first": mark("A final is signed after the sheets of both modules."),
    "journal.sheet.incomplete": mark(
        "Students without a value: %(n)s. Enter points, or that they did not come."
    ),
    "journal.scheme.unreadable": mark("These figures make no scheme."),
    "journal.scheme.not_a_hundred": mark("The parts of all components add up to %(most)s, each above 0."),
    "journal.scheme.one_entered_part": mark(
        "Each component has exactly one part that is entered on the sheet."
    ),
    "journal.scheme.letters": mark(
        "Letters go down from at most %(most)s to 0, each lower than the one before."
    ),
    "journal.scheme.thresholds": mark("A threshold lies outside of what can be reached."),
    "journal.scheme.not_yours": mark("Only the academic office makes and confirms grading schemes."),
    "journal.scheme.confirmed": mark("This version is confirmed already."),
    "journal.scheme.newer_version": mark("Somebody made a newer version of this scheme meanwhile."),
    "journal.criteria.not_yours": mark(
        "Only a teacher of this journal or its head of department writes criteria."
    ),
    "journal.criteria.scheme_stands": mark(
        "A sheet is signed; the scheme of this journal does not change any more."
    ),
    "journal.criteria.changed": mark("Somebody changed the criteria meanwhile."),
    "journal.sheet.close_too_early": mark("This sheet may be closed after %(at)s."),
    "journal.sheet.lessons_run": mark(
        "Under this sheet %(n)s lessons are inside their own deadline, the last until %(at)s."
    ),
    "journal.sheet.permits_run": mark(
        "Under this sheet %(n)s permissions for a late entry are open, the last until %(at)s."
    ),
    "journal.sheet.not_noted": mark(
        "Something is still open (%(n)s): tick each kind, or wait until it is settled."
    ),
    "journal.sheet.blockers_changed": mark("What is still open changed meanwhile; look at it once more."),
    "journal.sheet.close_reason_needed": mark(
        "State why the sheet is closed although something is still open."
    ),
    "journal.sheet.not_approved": mark("Only an approved sheet is closed; this one is not approved yet."),
    "journal.correction.not_yours": mark("Only a teacher of this discipline asks for its correction."),
    "journal.correction.sheet_closed": mark("The grade sheet over this lesson was closed %(at)s."),
    "journal.correction.sheet_signed": mark(
        "The grade sheet over this lesson was signed %(at)s; its points are fixed."
    ),
    "journal.correction.not_needed_yet": mark("You can still correct this yourself until %(at)s."),
    "journal.correction.nothing_entered": mark(
        "Nothing was entered here, so there is nothing to correct; ask for a late entry."
    ),
    "journal.entry.unreadable": mark("The cells of this request could not be read."),
    "journal.entry.entered": mark("This was entered already; what is entered is corrected."),
    "journal.entry.still_open": mark("You can still enter this yourself until %(at)s."),
    "journal.entry.sheet_closed": mark("The grade sheet over this lesson was closed %(at)s."),
    "journal.entry.not_yours": mark("Only a teacher of this discipline asks to enter something late."),
    "journal.excuse.document_needed": mark(
        "Please attach the document: without it nothing can be confirmed."
    ),
    "journal.excuse.covers_nothing": mark("There is no lesson of yours on these days."),
    "journal.excuse.return_day_differs": mark(
        "The journal shows another day of return; please explain it in a few words."
    ),
    "journal.excuse.late_needs_words": mark(
        "The document should have come until %(at)s; please explain why it is late."
    ),
    "journal.excuse.too_long": mark("One document covers less than %(most)s days."),
    "journal.excuse.too_old": mark("These days are more than a year ago."),
    "journal.excuse.document_from_tomorrow": mark("The document cannot be from a day still to come."),
    "journal.excuse.returned_before_end": mark("The day of return comes after the last day of absence."),
    "journal.excuse.nothing_left": mark("Nothing would be confirmed; then please refuse, with a reason."),
    "journal.excuse.not_your_journal": mark("Only a teacher of this journal writes the confirmed status."),
    "journal.excuse.not_yours": mark("Only a student, his curator or his directorate hands in a document."),
    "journal.excuse.revoked": mark("This excuse was taken back."),
    "journal.workoff.still_in_time": mark("There is still time until %(at)s; ask for the work-off itself."),
    "journal.dispute.nothing_entered": mark("Nothing is entered here that could be wrong."),
    "journal.dispute.late_needs_words": mark(
        "Marks are disputed within three working days, here until %(at)s; please write why you come later."
    ),
    "journal.workoff.no_debt": mark("This lesson does not have to be made up."),
    "journal.workoff.accepted_already": mark(
        "The work for this lesson was accepted after the sheet was signed; a commission decides about its points."
    ),
    "journal.workoff.semester_over": mark(
        "Work-offs of this semester ended %(at)s; later only the head and the directorate together allow one."
    ),
    "journal.workoff.form_does_not_fit": mark("This form does not fit the type of the missed lesson."),
    "journal.workoff.due_out_of_range": mark("Please choose a day from today until %(last)s."),
    "journal.workoff.over_the_cap": mark("At most %(most)s points."),
    "journal.workoff.no_more_tries": mark(
        "The work was given back already; accept it or say that it failed."
    ),
    "journal.workoff.not_your_journal": mark("Only a teacher of this journal accepts a work-off."),
    "journal.workoff.not_yours": mark(
        "Only a student, his curator, his directorate or his teacher asks for this."
    ),
    "journal.workoff.not_accepted": mark("The teacher has not accepted this work."),
    "journal.change_set.unreadable": mark("The cells of this request could not be read."),
    "journal.change_set.unknown_kind": mark("Please choose the kind of error."),
    "journal.change_set.twice": mark("One cell stands twice in this request."),
    "journal.change_set.too_many": mark("One request holds at most %(max)s cells."),
    "journal.change_set.several_journals": mark("All cells of one request belong to one journal."),
    "journal.change_set.other_content": mark("This request was sent before with other content."),
    "journal.change_set.nothing_changes": mark("The new value is the old one."),
    "journal.change_set.no_status": mark("An attendance cell becomes present or absent."),
    "journal.change_set.empty": mark("Please choose at least one cell."),
    "journal.commission.not_yours": mark("Somebody has to act here, the system alone forms no commission."),
    "journal.commission.one_chair_one_secretary": mark(
        "A commission has exactly one chair and one secretary, and they are two persons."
    ),
    "journal.commission.twice": mark("Somebody stands here twice."),
    "journal.commission.unknown_person": mark("Somebody named here is not known."),
    "journal.commission.unknown_name": mark("“%(name)s” is nobody from the list; please choose from it."),
    "journal.commission.too_few": mark("Chair and members are %(fewest)s votes at least."),
    "journal.commission.quorum": mark(
        "More than half of the votes are needed: %(least)s at least, %(most)s at most."
    ),
    "journal.commission.number_taken": mark("Another published order has this number."),
    "journal.commission.backwards": mark("The last day lies before the first, or in the past."),
    "journal.commission.too_long": mark("A commission is formed for a year at most."),
    "journal.commission.before_order": mark("A commission cannot begin before its order is dated."),
}
