"""Texts for the codes of refusals: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts import appeal_messages, calendar_messages
from app.texts.gradebook_messages import JOURNAL
from app.texts.translate import mark

MESSAGES: Mapping[str, str] = {
    **calendar_messages.MESSAGES,
    **appeal_messages.MESSAGES,
    **JOURNAL,
    "kernel.object.missing": mark("There is no such page, or it is not for you."),
    "kernel.input.invalid": mark("Some fields need another look."),
    "kernel.input.not_an_id": mark("This is not a known identifier."),
    "kernel.input.not_an_object": mark("An object with fields was expected."),
    "kernel.input.not_json": mark("The request could not be read as JSON."),
    "kernel.input.not_a_text": mark("A text was expected."),
    "kernel.input.not_a_number": mark("A whole number was expected."),
    "kernel.input.no_token": mark("This form was drawn too long ago and could not be checked."),
    "kernel.input.wrong_method": mark("This address does not take such a request."),
    "kernel.input.too_large": mark("What you sent is larger than 12 MB."),
    "kernel.input.wrong_type": mark("This kind of content cannot be read here."),
    "kernel.input.unreadable": mark("The request could not be read."),
    "people.session.needed": mark("Please sign in."),
    "people.sign_in.wrong": mark("User name or password is wrong."),
    "people.sign_in.too_often": mark("Too many attempts. Please wait five minutes and try again."),
    "people.locale.unknown": mark("This language is not offered."),
    "people.theme.unknown": mark("This appearance is not offered."),
    "people.password.wrong": mark("The present password is wrong."),
    "people.password.too_short": mark("The password needs at least %(min)s characters."),
    "people.password.must_change": mark("Please choose a password of your own first: Settings, Password."),
    "people.password.same": mark("The new password is the old one."),
    "people.account.oneself": mark("Your own account is kept by another administrator."),
    "people.form.other_content": mark("This request was sent before with other content."),
    "people.membership.overlaps": mark("The student belongs to a group on this day by a later order."),
    "people.account.there_already": mark("This person has an account already."),
    "people.account.login_taken": mark("Somebody has this user name already."),
    "people.password.not_the_same": mark("The two passwords differ."),
    "people.invitation.unknown": mark("This link is not known here."),
    "people.invitation.used": mark("This link has been used: the account is open."),
    "people.invitation.replaced": mark(
        "A newer link was made for this account; this one opens nothing any more."
    ),
    "people.invitation.expired": mark("This link has expired."),
    "people.role.unknown": mark("There is no such role."),
    "people.role.oneself": mark("Nobody gives himself a role; another administrator has to."),
    "people.period.backwards": mark("The last day lies before the first, or in the past."),
    "people.substitute.over": mark(
        "You do not stand in for this person in this role any more. What waits goes back to that role."
    ),
    "people.substitute.oneself": mark("You cannot stand in for yourself."),
    "people.person.unknown": mark("There is no such person."),
    "notices.channel.obligatory": mark("You answer for this, so it always comes by mail at once."),
    "people.hat.not_offered": mark("This role is not yours today."),
    "forms.field.required": mark("Please fill this in."),
    "forms.field.too_short": mark("Please write at least %(min)s characters."),
    "forms.field.too_long": mark("At most %(max)s characters fit here."),
    "forms.field.not_offered": mark("Please choose one of the offered values."),
    "forms.field.unknown": mark("This form has no such field."),
    "forms.field.wrong_type": mark("This value is of the wrong kind."),
    "forms.field.out_of_range": mark("This number is out of range."),
    "files.file.empty": mark("The file is empty."),
    "files.file.too_large": mark("The file is larger than %(megabytes)s MB. Scan it in grey or in parts."),
    "files.file.type_refused": mark(
        "Only PDF, PNG, JPEG and WebP are taken; the content of this file is something else."
    ),
    "files.file.damaged": mark("The file is damaged and cannot be opened."),
    "files.file.too_many": mark("At most %(most)s files can be sent at once."),
    "files.file.other_content": mark("Another file was sent under the same number. Please choose it again."),
    "forms.period.unreadable": mark("Please give the first and the last day."),
    "forms.period.backwards": mark("The last day lies before the first."),
    "cases.task.closed": mark(
        "Somebody has completed this task meanwhile, or the case has moved on. Nothing of yours was needed any more."
    ),
    "cases.task.answered_otherwise": mark(
        "You have completed this task already, with other answers. What you sent now was not kept."
    ),
    "cases.task.taken": mark("Somebody else has taken this task."),
    "cases.task.not_yours": mark("This task is for another role."),
    "cases.task.only_yours": mark("This task has no pool to go back to: it is yours alone."),
    "cases.task.excluded": mark(
        "You asked for this or have already decided in it, so another person has to."
    ),
    "cases.task.needs_a_person": mark("A task is completed by a person."),
    "cases.case.not_yours": mark("Only the person who asked can withdraw the request."),
    "cases.case.only_read": mark(
        "You read this case. Comments and files come from who asked, who has or had a step in it, and whom it is about."
    ),
    "cases.case.closed": mark("The case is closed."),
    "cases.case.begun_by_news": mark("Nobody asked for this case, so nobody takes it back."),
    "cases.case.already_decided": mark(
        "Somebody has already decided in this case, so it cannot be withdrawn."
    ),
    "cases.case.other_content": mark("This request was sent before with other content."),
    "cases.case.damaged": mark(
        "This case cannot be read. It was stopped, nothing was changed, and IT has been told."
    ),
    "cases.start.under_way": mark("This has been asked for already; the case %(number)s is under way."),
    "cases.start.on_leave": mark(
        "The student is on leave or has left by the order; this waits until he is back."
    ),
    "cases.case.suspended": mark(
        "The case is put aside while the student is on leave; it goes on when he is back."
    ),
    "cases.start.not_for_your_role": mark("Your role cannot make this request."),
    "cases.start.not_for_others": mark(
        "Only the curator of the group or the directorate asks in the name of a student, each under his own name."
    ),
    "cases.incident.still_damaged": mark("The case still cannot be read."),
    "cases.inbox.unknown_view": mark("There is no such view of the inbox."),
    "cases.inbox.unknown_due": mark("There is no such term to filter by."),
    "cases.inbox.bad_page_key": mark("This page of the list cannot be found."),
    "cases.file.unknown": mark("One of the files is gone. Please choose it again."),
    "cases.draft.too_large": mark("The draft is too long to be kept."),
    "exchange.file.not_a_zip": mark("This is no ZIP file."),
    "exchange.file.too_large": mark("The ZIP file is too large, or built to grow beyond measure."),
    "exchange.file.encrypted": mark("The ZIP file is encrypted."),
    "exchange.file.has_findings": mark("The file has %(count)s findings; nothing was imported."),
    "exchange.file.none": mark("Please choose a ZIP file first."),
    "exchange.file.over_limit": mark("The file is larger than %(megabytes)s MB."),
    "exchange.file.no_tables": mark("The ZIP file holds none of the tables of OneRoster."),
    "exchange.file.empty": mark("The table is empty: not even a heading stands in it."),
    "exchange.file.lost": mark("The stored file cannot be read any more. Please send it again."),
    "exchange.plan.changed": mark("The data changed since the preview. Please look at a new preview."),
    "exchange.import.other_content": mark(
        "Another file was sent by the same form. Please open the page again."
    ),
    "exchange.import.nothing": mark("There is nothing to change: all of this is stored already."),
    "exchange.import.not_waiting": mark("This import is not waiting for a decision any more."),
    "exchange.import.failed": mark(
        "The database refused the changes, and none of them was made. Please look at a new preview."
    ),
    "exchange.header.missing": mark("This column is missing in the heading."),
    "exchange.row.circle": mark("Units of the file contain each other."),
    "exchange.row.twice": mark("This identifier stands in the table twice: %(id)s."),
    "exchange.row.empty": mark("This must not be empty."),
    "exchange.row.not_a_date": mark("This is no date of the form 2026-09-01: %(value)s."),
    "exchange.row.backwards": mark("The last day, %(last)s, lies before the first, %(first)s."),
    "exchange.row.unknown_value": mark("OneRoster does not know this value: %(value)s."),
    "exchange.row.unknown_reference": mark("Nothing with this identifier is in the file or stored: %(id)s."),
    "exchange.row.not_utf8": mark("From this line on the table is not in UTF-8."),
    "exchange.row.quotes": mark(
        "The quotation marks do not match, so the table cannot be read from here on."
    ),
    "exchange.row.too_many": mark("The line has more fields than the heading has columns."),
    "exchange.row.too_long": mark("This is longer than %(most)s characters."),
    "exchange.row.hidden_signs": mark("This holds invisible signs, or is far too long."),
    "exchange.row.email_taken": mark(
        "Somebody else has this e-mail already: %(value)s (line %(line)s). Is it one person entered twice?"
    ),
    "exchange.row.identifier_taken": mark(
        "Somebody else has this identifier already: %(value)s (line %(line)s). Is it one person entered twice?"
    ),
    "exchange.row.overlap": mark("The student belongs to this class already, from %(day)s on."),
    "exchange.row.semester_over": mark("This semester is over; its dates stay."),
    "exchange.row.semester_passed": mark("A day that has passed stays, and no day is moved into the past."),
    "exchange.row.semester_weeks": mark(
        "A module week, the session or the last day for work-offs would lie outside of the semester; "
        "the academic office moves them first, on the page of the calendar."
    ),
    "exchange.row.too_deep": mark(
        "Units stand at most %(most)s deep, one inside the other; this one would stand deeper."
    ),
    "exchange.row.which_session": mark(
        "The file does not say in which semester this class is taught, and not exactly one semester runs today. "
        "Please name one here."
    ),
    "exchange.row.journal_moves": mark(
        "The journal %(journal)s has lessons or sheets already: its semester, discipline and group stay. "
        "For another semester the file sends a class of its own, under another identifier."
    ),
    "exchange.row.record_moves": mark(
        "This record stands here for another person, role or class, and what happened under it stays. "
        "Please end it (tobedeleted) and send the new one under another identifier."
    ),
    "exchange.row.stay_has_marks": mark(
        "The student belongs to this class from %(day)s on, and lessons of the days that he would lose were held. "
        "A first day is not moved over them."
    ),
    "exchange.row.other_person": mark(
        "Under this identifier stands another person: %(name)s. Somebody new is sent under another identifier; "
        "if it is the same person, send the e-mail or the identifier that is stored."
    ),
    "exchange.row.other_course": mark(
        "Under this identifier stands another discipline with journals: %(name)s. A new discipline is sent under "
        "another identifier; of one that is only renamed the code stays."
    ),
    "exchange.row.role_by_it": mark(
        "A file brings only students and teachers; this role is given by IT. An IT administrator can open this import, "
        "look at it again and agree to it."
    ),
    "exchange.row.not_a_teacher": mark(
        "This person is not a teacher here, so no journal is opened. Send the role teacher in the same file, "
        "or ask IT to give it."
    ),
    "exchange.row.teaching_oneself": mark(
        "Nobody gives himself a journal or takes himself off one; another person has to bring this row in."
    ),
    "exchange.row.stay_oneself": mark(
        "Nobody enters himself among the students of a class; another person has to bring this row in."
    ),
    "exchange.row.role_by_hand": mark(
        "A file does not give or take the role of IT administrator; another administrator does it by hand."
    ),
    "exchange.row.role_oneself": mark(
        "Nobody gives himself a role; another person has to bring this row in."
    ),
    "operations.operation.unknown": mark("The diagram asks for an operation that does not exist: %(name)s."),
    "operations.input.missing": mark("The diagram does not say to what the operation applies: %(name)s."),
    "operations.approval.missing": mark("An approval is missing: %(role)s."),
    "operations.approval.out_of_order": mark(
        "The approvals were given in another order than the regulation demands."
    ),
    "operations.approval.other_subject": mark(
        "The diagram would apply something else than what was approved. Nothing was changed."
    ),
    "operations.approval.same_person": mark("One person cannot approve twice, nor his own request."),
    "bpmn.task.not_open": mark(
        "Somebody has completed this task meanwhile, or the case has moved on. Nothing of yours was needed any more."
    ),
    "bpmn.diagram.refused": mark("The diagram cannot be used: %(count)s findings."),
    "bpmn.state.damaged": mark(
        "This case cannot be read. It was stopped, nothing was changed, and IT has been told."
    ),
    "bpmn.case.stalled": mark(
        "The case cannot go on. It was stopped, nothing was changed, and IT has been told."
    ),
    "bpmn.facts.not_plain": mark("The case was handed something it cannot keep."),
}
DIAGRAM_TO_MEND = mark("Tell the administrator of processes: the diagram has to be mended.")
NEXT: Mapping[str, str] = {
    **calendar_messages.NEXT,
    "kernel.object.missing": mark("Check the address, or go to the start."),
    "people.invitation.unknown": mark("Open it once more from where it was printed, copied whole."),
    "people.invitation.used": mark(
        "Sign in with the user name and password that were chosen then. If it was not you who used it, tell the IT"
        " administrator at once."
    ),
    "people.invitation.replaced": mark("Open the newest link, or ask whoever runs Depter for another one."),
    "people.invitation.expired": mark("Ask whoever runs Depter for a new link."),
    "kernel.input.no_token": mark("Go back, load the page again and send once more."),
    "kernel.input.invalid": mark("Go back and mend the fields; nothing was saved."),
    "journal.mark.entry_closed": mark(
        "Ask for a correction: the button opens the request with this cell filled in."
    ),
    "journal.mark.self_window_closed": mark(
        "Ask for a correction: the button opens the request with this cell filled in."
    ),
    "journal.mark.sheet_closed": mark("A closed sheet is changed only by the protocol of a commission."),
    "journal.correction.sheet_closed": mark(
        "A closed sheet is changed only by the protocol of a commission."
    ),
    "journal.sheet.signed": mark(
        "What a signed sheet fixes is changed only by the protocol of a commission."
    ),
    "journal.sheet.lines_changed": mark("Load the page again, look at the lines and sign then."),
    "journal.sheet.lessons_run": mark("Close the sheet once these deadlines are over."),
    "journal.sheet.permits_run": mark("Close the sheet once these permissions are over."),
    "journal.sheet.incomplete": mark("Open the sheet, fill in the empty lines and sign then."),
    "journal.mark.sheet_signed": mark(
        "What a signed sheet fixes is changed only by the protocol of a commission."
    ),
    "journal.correction.sheet_signed": mark(
        "What a signed sheet fixes is changed only by the protocol of a commission."
    ),
    "journal.correction.not_needed_yet": mark(
        "Open the cell in the journal and write the new value with a reason."
    ),
    "journal.cell.changed": mark("Look at the present value and decide again."),
    "cases.task.closed": mark("Go on with the next task of your inbox."),
    "cases.task.answered_otherwise": mark(
        "Look in the case at what you answered; what is missing there can be said in a comment."
    ),
    "bpmn.task.not_open": mark("Go on with the next task of your inbox."),
    "cases.task.taken": mark("Choose another task, or ask the person to give it back."),
    "cases.task.excluded": mark("The task goes to a deputy; you need not do anything."),
    "cases.case.already_decided": mark("Write a comment in the case: who decides next will read it."),
    "people.sign_in.wrong": mark(
        "Look at the keyboard's language, or ask the IT administrator for a new password."
    ),
    "operations.approval.missing": mark(
        "The case has to go through the missing step; tell the academic office."
    ),
    "operations.approval.other_subject": mark(
        "Tell the administrator of processes: the diagram has to be mended."
    ),
}
"""Next steps, for codes whose message does not contain them."""
