"""Texts for the codes of refusals: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts import (
    access_messages,
    appeal_messages,
    audit_messages,
    calendar_messages,
    dossiers,
    draft_messages,
    kernel_messages,
    migration_messages,
    opening_messages,
    order_messages,
    structure_messages,
    takeover_messages,
    timetable_messages,
    workbook_messages,
)
from app.texts.gradebook_messages import JOURNAL_MESSAGES
from app.texts.translate import N_

MESSAGES_BY_CODE: Mapping[str, str] = {
    **calendar_messages.CALENDAR_MESSAGES,
    **appeal_messages.APPEAL_MESSAGES,
    **JOURNAL_MESSAGES,
    **draft_messages.DRAFT_MESSAGES,
    **migration_messages.MIGRATION_MESSAGES,
    **opening_messages.OPENING_MESSAGES,
    **timetable_messages.TIMETABLE_MESSAGES,
    **structure_messages.STRUCTURE_MESSAGES,
    **takeover_messages.TAKEOVER_MESSAGES,
    **workbook_messages.WORKBOOK_MESSAGES,
    **kernel_messages.KERNEL_MESSAGES,
    **access_messages.ACCESS_MESSAGES,
    **order_messages.ORDER_MESSAGES,
    **audit_messages.AUDIT_MESSAGES,
    **dossiers.DOSSIER_MESSAGES,
    "people.session.needed": N_("Please sign in."),
    "people.sign_in.wrong": N_("User name or password is wrong."),
    "people.sign_in.too_often": N_("Too many attempts. Please wait five minutes and try again."),
    "people.locale.unknown": N_("This language is not offered."),
    "people.theme.unknown": N_("This appearance is not offered."),
    "people.password.wrong": N_("The present password is wrong."),
    "people.password.too_short": N_(
        "The password is too short: it needs at least %(min)s bytes. A Latin letter or a digit is one byte, a"
        " Cyrillic letter two."
    ),
    "people.password.too_long": N_("The password is too long: at most %(max)s bytes."),
    "people.password.own_name": N_("The password must not contain your user name or your name."),
    "people.password.guessable": N_(
        "This password would be guessed soon. Take several words that have nothing to do with each other."
    ),
    "people.password.too_often": N_("Too many tries. Please wait five minutes."),
    "people.password.same": N_("The new password is the old one."),
    "people.account.oneself": N_("Your own account is kept by another administrator."),
    "people.form.other_content": N_("This request was sent before with other content."),
    "people.membership.overlaps": N_("The student belongs to a group on this day by a later order."),
    "people.account.closed": N_("This account is closed. Open it first."),
    "people.slips.too_many": N_("Slips are printed for at most %(most)s people at once: choose a group."),
    "people.letters.too_many": N_(
        "Letters are sent to at most %(most)s people at once: choose a unit or a group."
    ),
    "people.letters.too_often": N_("Too many letters were asked for. Please wait an hour."),
    "people.letters.nobody": N_("Nobody in this list can be invited by a letter now."),
    "people.slips.nobody": N_("Nobody in this list needs a slip: all have an account."),
    "people.slips.code_unknown": N_(
        "This code opens nothing: it may be mistyped, used, expired or replaced by a later one. "
        "Compare it with the slip, or ask for a new slip."
    ),
    "people.account.there_already": N_("This person has an account already."),
    "people.account.login_taken": N_("This user name is taken."),
    "people.password.not_the_same": N_("The two passwords differ."),
    "people.invitation.unknown": N_("This link is not known here."),
    "people.invitation.used": N_("This link has been used: the account is open."),
    "people.invitation.replaced": N_(
        "A newer link was made for this account; this one opens nothing any more."
    ),
    "people.invitation.expired": N_("This link has expired."),
    "people.role.unknown": N_("There is no such role."),
    "people.role.oneself": N_("You cannot give yourself a role; another administrator has to."),
    "people.period.out_of_bounds": N_(
        "A day of a role lies between the years %(first)s and %(last)s. Check the year."
    ),
    "people.period.backwards": N_("The last day lies before the first, or in the past."),
    "people.substitute.over": N_(
        "You no longer substitute for this person in this role. Waiting tasks go back to that role."
    ),
    "people.substitute.oneself": N_("You cannot be your own substitute."),
    "people.person.unknown": N_("There is no such person."),
    "notices.channel.obligatory": N_("You answer for this, so it always comes by mail at once."),
    "people.role.not_offered": N_("This role is not yours today."),
    "forms.field.required": N_("Please fill this in."),
    "forms.field.too_short": N_("Please write at least %(min)s characters."),
    "forms.field.too_long": N_("At most %(max)s characters fit here."),
    "forms.field.not_offered": N_("Please choose one of the offered values."),
    "forms.field.unknown": N_("This form has no such field."),
    "forms.field.wrong_type": N_("This value is of the wrong kind."),
    "forms.field.out_of_range": N_("This number is out of range."),
    "files.file.empty": N_("The file is empty."),
    "files.file.too_large": N_("The file is larger than %(megabytes)s MB. Scan it in grey or in parts."),
    "files.file.type_refused": N_(
        "Only PDF, PNG, JPEG and WebP are taken; the content of this file is something else."
    ),
    "files.file.damaged": N_("The file is damaged and cannot be opened."),
    "files.pdf.script": N_(
        "This PDF contains a script. Print it as a new PDF, or photograph it, and send that."
    ),
    "files.pdf.launch": N_(
        "This PDF starts another program. Print it as a new PDF, or photograph it, and send that."
    ),
    "files.pdf.embedded": N_("This PDF contains another file. Send each document as a file of its own."),
    "files.pdf.encrypted": N_("This PDF has a password, so nobody else could open it. Save it without one."),
    "files.pdf.limit": N_(
        "This PDF is too complicated to be checked. Print it as a new PDF, or photograph it, and send that."
    ),
    "files.file.too_many": N_("At most %(most)s files can be sent at once."),
    "files.file.other_content": N_("Another file was sent under the same number. Please choose it again."),
    "forms.period.unreadable": N_("Please give the first and the last day."),
    "forms.period.backwards": N_("The last day lies before the first."),
    "cases.task.closed": N_(
        "Someone else has completed this task, or the case has moved on. No action is needed from you."
    ),
    "cases.task.answered_otherwise": N_(
        "You have completed this task already, with other answers. What you sent now was not kept."
    ),
    "cases.task.taken": N_("Someone else has taken this task."),
    "cases.task.not_yours": N_("This task is for another role."),
    "cases.task.only_yours": N_("This task has no pool to go back to: it is yours alone."),
    "cases.task.excluded": N_("You asked for this or have already decided in it, so another person has to."),
    "cases.task.needs_a_person": N_("A task is completed by a person."),
    "cases.case.not_yours": N_("Only the person who asked can withdraw the request."),
    "cases.case.only_read": N_(
        "You read this case. Comments and files come from who asked, who has or had a step in it, and whom it is about."
    ),
    "cases.case.closed": N_("The case is closed."),
    "cases.case.started_by_event": N_("No one requested this case, so it cannot be withdrawn."),
    "cases.case.already_decided": N_(
        "A decision has already been made in this case, so it cannot be withdrawn."
    ),
    "cases.case.other_content": N_("This request was sent before with other content."),
    "cases.case.damaged": N_(
        "This case cannot be read. It was stopped, nothing was changed, and the IT administrator was notified."
    ),
    "cases.start.under_way": N_("This has been asked for already; the case %(number)s is under way."),
    "cases.start.no_unit": N_(
        "This request goes to people of your unit, and the role you act in has none. Act in a role of a unit."
    ),
    "cases.start.on_leave": N_(
        "The student is on leave or has left by order; this waits until the student is back."
    ),
    "cases.case.suspended": N_(
        "The case is paused while the student is on leave; it continues when the student is back."
    ),
    "cases.start.not_for_your_role": N_("Your role cannot make this request."),
    "cases.start.not_for_others": N_(
        "Only the curator of the group or the directorate can make a request for a student, each under their own name."
    ),
    "cases.incident.clock_differs": N_(
        "The worker reported it less than two minutes ago. Set the clock of its machine, then look again."
    ),
    "cases.incident.backup_fails": N_(
        "No backup was whole since then. Remove the cause; the next one by the schedule settles the incident."
    ),
    "cases.incident.seal_broken": N_(
        "The cause is not gone, or only an explanation ends it. Look at the page of the seals; then close the incident "
        "with what you found."
    ),
    "backups.schedule.not_yours": N_("A person has to act here: the system proposes no schedule."),
    "backups.schedule.other_content": N_("This form was sent before with other values. Open it anew."),
    "backups.schedule.gap_too_long": N_(
        "This schedule could lose more work than is allowed (in hours: %(hours)s). Choose a shorter interval, or "
        "archive the WAL of the server as well."
    ),
    "cases.incident.still_damaged": N_("The case still cannot be read."),
    "cases.incident.not_yours": N_("Incidents are solved by IT and by process administrators."),
    "cases.incident.solved_meanwhile": N_("This incident has been solved meanwhile. Nothing was done again."),
    "cases.incident.changed": N_("Someone else has worked on this incident. Please look at it again."),
    "cases.incident.moved_on": N_(
        "The case has gone on meanwhile, so there is nothing to try again. Close the incident with a reason."
    ),
    "cases.incident.under_way": N_("The message is being delivered already."),
    "cases.incident.still_nobody": N_(
        "No one can do this step yet. Give someone the role in this unit first."
    ),
    "cases.incident.still_stopped": N_("The case is still stopped. Resume it; this closes the incident."),
    "cases.incident.not_assignable": N_("The step of this incident keeps its owner."),
    "cases.incident.own_request": N_(
        "You asked for this yourself, so another person chooses who decides it."
    ),
    "cases.incident.not_eligible": N_(
        "This person may not do the step: role, unit or an earlier approval forbid it."
    ),
    "cases.inbox.unknown_view": N_("There is no such view of the inbox."),
    "cases.inbox.unknown_due": N_("There is no such deadline to filter by."),
    "cases.inbox.bad_page_key": N_("This page of the list cannot be found."),
    "cases.file.unknown": N_("One of the files is gone. Please choose it again."),
    "cases.draft.too_large": N_("The draft is too long to be kept."),
    "exchange.file.not_a_zip": N_("This is no ZIP file."),
    "exchange.file.too_large": N_("The ZIP file is too large, or built to grow beyond measure."),
    "exchange.file.encrypted": N_("The ZIP file is encrypted."),
    "exchange.file.has_findings": N_("The file has %(count)s findings; nothing was imported."),
    "exchange.file.none": N_("Please choose a ZIP file first."),
    "exchange.file.over_limit": N_("The file is larger than %(megabytes)s MB."),
    "exchange.file.no_tables": N_("The ZIP file holds none of the tables of OneRoster."),
    "exchange.file.empty": N_("The table is empty: it has no heading row."),
    "exchange.file.needed": N_(
        "The file %(file)s is needed: rows of %(table)s refer to it. Please add it to the ZIP file."
    ),
    "exchange.file.lost": N_("The stored file cannot be read any more. Please send it again."),
    "exchange.plan.changed": N_("The data changed since the preview. Please look at a new preview."),
    "exchange.import.other_content": N_(
        "Another file was sent by the same form. Please open the page again."
    ),
    "exchange.import.nothing": N_("There is nothing to change: all of this is stored already."),
    "exchange.import.last_day_ahead": N_("Please name a last day that is not after today."),
    "exchange.import.not_waiting": N_("This import is not waiting for a decision any more."),
    "exchange.import.other_planning": N_(
        "Another file is being compared just now: %(name)s. Please wait until its preview is ready, or cancel it, "
        "and try again."
    ),
    "exchange.import.not_planning": N_("The preview is ready already, so there is nothing to cancel."),
    "exchange.import.failed": N_(
        "The database refused the changes, and none of them was made. Please look at a new preview."
    ),
    "exchange.header.missing": N_("This column is missing in the heading."),
    "exchange.row.circle": N_("Units of the file contain each other."),
    "exchange.row.twice": N_("This identifier is in the table twice: %(id)s."),
    "exchange.row.empty": N_("This must not be empty."),
    "exchange.row.no_days": N_(
        "The semester has no day, because its end date is not counted. If the other system means last days by "
        "end dates, send the file again and tick that they are last days."
    ),
    "exchange.row.no_name": N_("The person has neither a given nor a family name. One of the two is enough."),
    "exchange.row.not_an_email": N_(
        "This is no e-mail address: %(value)s. Please correct it or leave the cell empty."
    ),
    "exchange.row.unknown_org_type": N_(
        "This type of unit is not known: %(value)s. Please send district for the university, school for an institute, "
        "department for a department."
    ),
    "exchange.row.not_a_date": N_("This is no date of the form 2026-09-01: %(value)s."),
    "exchange.row.backwards": N_("The last day, %(last)s, lies before the first, %(first)s."),
    "exchange.row.unknown_value": N_("OneRoster does not know this value: %(value)s."),
    "exchange.row.unknown_reference": N_("Nothing with this identifier is in the file or stored: %(id)s."),
    "exchange.row.not_utf8": N_("From this line on the table is not in UTF-8."),
    "exchange.row.quotes": N_("The quotation marks do not match, so the table cannot be read from here on."),
    "exchange.row.too_many": N_("The line has more fields than the heading has columns."),
    "exchange.row.too_long": N_("This is longer than %(most)s characters."),
    "exchange.row.hidden_signs": N_("Contains invisible characters, or is too long."),
    "exchange.row.email_taken": N_(
        "Another person already has this e-mail: %(value)s (line %(line)s). Is it one person entered twice?"
    ),
    "exchange.row.identifier_taken": N_(
        "Another person already has this identifier: %(value)s (line %(line)s). Is it one person entered twice?"
    ),
    "exchange.row.overlap": N_("The student belongs to this class already, from %(day)s on."),
    "exchange.row.semester_over": N_("This semester is over; its dates stay."),
    "exchange.row.semester_passed": N_("A day that has passed stays, and no day is moved into the past."),
    "exchange.row.semester_weeks": N_(
        "A module week, the session or the make-up deadline would fall outside the semester. The "
        "academic office has to move them first, on the calendar page."
    ),
    "exchange.row.too_deep": N_("Units can be nested at most %(most)s deep; this one would be deeper."),
    "exchange.row.which_session": N_(
        "The file does not say in which semester this class is taught, and not exactly one semester runs today. "
        "Please name one here."
    ),
    "exchange.row.journal_moves": N_(
        "The journal %(journal)s has lessons or sheets already: its semester, discipline and group stay. "
        "For another semester the file sends a class of its own, under another identifier."
    ),
    "exchange.row.record_moves": N_(
        "This record already belongs to another person, role or group, and its history stays. "
        "Please end it (tobedeleted) and send the new one under another identifier."
    ),
    "exchange.row.stay_has_marks": N_(
        "The student belongs to this group from %(day)s, and classes were held on the days that "
        "would be lost. The first day cannot be moved past them."
    ),
    "exchange.row.other_person": N_(
        "This identifier belongs to another person: %(name)s. Send a new person under another "
        "identifier; if it is the same person, send the stored e-mail or identifier."
    ),
    "exchange.row.other_course": N_(
        "This identifier belongs to another discipline with journals: %(name)s. Send a new "
        "discipline under another identifier; a renamed discipline keeps its code."
    ),
    "exchange.row.role_by_it": N_(
        "A file brings only students and teachers; this role is given by IT. An IT administrator can open this import, "
        "look at it again and agree to it."
    ),
    "exchange.row.not_a_teacher": N_(
        "The role teacher of this person has ended, so no journal is opened. Send a new role teacher in the same "
        "file, or ask IT to give it."
    ),
    "exchange.row.teaching_oneself": N_(
        "You cannot give yourself a journal or leave one; another person has to import this row."
    ),
    "exchange.row.stay_oneself": N_(
        "You cannot add yourself to the students of a group; another person has to import this row."
    ),
    "exchange.row.role_by_hand": N_(
        "A file does not give or take the role of IT administrator; another administrator does it by hand."
    ),
    "exchange.row.role_oneself": N_(
        "You cannot give yourself a role; another person has to import this row."
    ),
    "operations.operation.unknown": N_("The diagram asks for an operation that does not exist: %(name)s."),
    "operations.input.missing": N_("The diagram does not say to what the operation applies: %(name)s."),
    "operations.approval.missing": N_("An approval is missing: %(role)s."),
    "operations.approval.out_of_order": N_(
        "The approvals were given in another order than the regulation demands."
    ),
    "operations.approval.other_subject": N_(
        "The diagram would apply something else than what was approved. Nothing was changed."
    ),
    "operations.approval.same_person": N_("One person cannot approve twice, nor approve their own request."),
    "bpmn.task.not_open": N_(
        "Someone else has completed this task, or the case has moved on. No action is needed from you."
    ),
    "bpmn.diagram.refused": N_("The diagram cannot be used: %(count)s findings."),
    "bpmn.state.damaged": N_(
        "This case cannot be read. It was stopped, nothing was changed, and the IT administrator was notified."
    ),
    "bpmn.case.stalled": N_(
        "The case cannot continue. It was stopped, nothing was changed, and the IT administrator was notified."
    ),
    "bpmn.variables.not_plain": N_("The case was handed something it cannot keep."),
}
NEXT_STEPS_BY_CODE: Mapping[str, str] = {
    **calendar_messages.CALENDAR_NEXT_STEPS,
    **opening_messages.OPENING_NEXT_STEPS,
    **timetable_messages.TIMETABLE_NEXT_STEPS,
    **structure_messages.STRUCTURE_NEXT_STEPS,
    **takeover_messages.TAKEOVER_NEXT_STEPS,
    **draft_messages.DRAFT_NEXT_STEPS,
    **order_messages.ORDER_NEXT_STEPS,
    "kernel.object.missing": N_("Check the address, or go to the start."),
    "people.invitation.unknown": N_("Open it once more from where it was printed, copied whole."),
    "people.invitation.used": N_(
        "Sign in with the user name and password that were chosen then. If it was not you who used it, tell the IT"
        " administrator at once."
    ),
    "people.invitation.replaced": N_(
        "Open the newest link, or ask the person who runs Depter for another one."
    ),
    "people.invitation.expired": N_("Ask the person who runs Depter for a new link."),
    "kernel.input.no_token": N_("Go back, load the page again and send once more."),
    "kernel.input.invalid": N_("Go back and correct the fields. Nothing was saved."),
    "kernel.input.too_large": N_(
        "Nothing was stored. Go back: what you typed is still there; choose a smaller file, of at most 10 MB."
    ),
    "journal.mark.entry_closed": N_(
        "Ask for a correction: the button opens the request with this cell filled in."
    ),
    "journal.mark.self_window_closed": N_(
        "Ask for a correction: the button opens the request with this cell filled in."
    ),
    "journal.mark.sheet_closed": N_("A closed sheet can be changed only by a commission decision."),
    "journal.correction.sheet_closed": N_("A closed sheet can be changed only by a commission decision."),
    "journal.sheet.signed": N_("What a signed sheet fixes can be changed only by a commission decision."),
    "journal.sheet.lines_changed": N_("Load the page again, look at the lines and sign then."),
    "journal.sheet.lessons_run": N_("Close the sheet once these deadlines are over."),
    "journal.sheet.permits_run": N_("Close the sheet once these permissions are over."),
    "journal.sheet.incomplete": N_("Open the sheet, fill in the empty lines and sign then."),
    "journal.mark.sheet_signed": N_(
        "What a signed sheet fixes can be changed only by a commission decision."
    ),
    "journal.correction.sheet_signed": N_(
        "What a signed sheet fixes can be changed only by a commission decision."
    ),
    "journal.correction.not_needed_yet": N_(
        "Open the cell in the journal and write the new value with a reason."
    ),
    "journal.cell.changed": N_("Look at the present value and decide again."),
    "cases.task.closed": N_("Go on with the next task of your inbox."),
    "cases.task.answered_otherwise": N_(
        "Look in the case at what you answered; what is missing there can be said in a comment."
    ),
    "bpmn.task.not_open": N_("Go on with the next task of your inbox."),
    "cases.task.taken": N_("Choose another task, or ask the person to give it back."),
    "cases.task.excluded": N_("The task goes to a deputy; you need not do anything."),
    "cases.case.already_decided": N_("Write a comment in the case: who decides next will read it."),
    "people.sign_in.wrong": N_(
        "Look at the keyboard's language, or ask the IT administrator for a new password."
    ),
    "operations.approval.missing": N_(
        "The case has to go through the missing step; tell the academic office."
    ),
    "operations.approval.other_subject": N_(
        "Tell the process administrator: the diagram has to be corrected."
    ),
}
"""Next steps, for codes whose message does not contain them."""
