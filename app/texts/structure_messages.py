"""Error messages and next steps of units, groups, programmes, disciplines, curricula and journals, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

STRUCTURE_MESSAGES: Mapping[str, str] = {
    "people.structure.not_yours": N_(
        "The academic office and IT keep the structure; a directorate in its institute, a head in the department."
    ),
    "people.structure.changed_meanwhile": N_("Someone else changed this meanwhile."),
    "people.structure.busy": N_("An import or another change of the structure is going on."),
    "people.structure.unit_ended": N_("This unit ended on %(at)s."),
    "people.structure.code_taken": N_("The code %(code)s is in use already."),
    "people.unit.cycle": N_("A unit cannot be below itself or below one of its own parts."),
    "people.unit.too_deep": N_("Units may lie at most %(most)s levels deep."),
    "people.unit.wrong_parent": N_(
        "A university stands at the top, an institute below it, a department below an institute."
    ),
    "people.unit.still_used": N_(
        "After that day this unit still has: units %(units)s, groups %(groups)s, programmes %(programmes)s, "
        "roles %(roles)s, disciplines %(disciplines)s."
    ),
    "people.programme.still_used": N_("Groups of this programme go on after that day: %(groups)s."),
    "people.programme.ended": N_("This programme ended on %(at)s."),
    "people.group.still_used": N_(
        "After that day this group still has: students %(students)s, journals %(journals)s."
    ),
    "people.group.ended": N_("This group ended on %(at)s."),
    "people.group.name_taken": N_("There is a group %(name)s already."),
    "people.group.foreign_programme": N_("This programme belongs to another institute."),
    "people.group.curator_before": N_("The curator before began on %(at)s: choose a later day."),
    "journal.course.still_used": N_(
        "This discipline goes on after that day: journals %(journals)s, lines of curricula %(lines)s."
    ),
    "journal.course.ended": N_("This discipline ended on %(at)s."),
    "journal.curriculum.line_exists": N_("The curriculum has this discipline in this semester already."),
    "journal.structure.semester_over": N_("This semester ended on %(at)s."),
    "journal.structure.journal_exists": N_(
        "This group has a journal of this discipline in this semester already."
    ),
    "journal.structure.after_end": N_("The journal ends on %(at)s: choose an earlier day."),
    "journal.structure.before_start": N_("The semester begins on %(at)s: choose a later day."),
    "journal.structure.teacher_twice": N_("This teacher has this part already, from %(at)s."),
    "journal.structure.teacher_begun": N_("This teacher has taught since %(at)s and cannot be taken out."),
    "journal.structure.teacher_in_timetable": N_(
        "Weekly lessons of this teacher go on after that day: %(count)s."
    ),
    "journal.structure.lessons_left": N_("Lessons are in the timetable after %(at)s: %(lessons)s."),
    "journal.structure.marks_stay": N_(
        "The journal has %(marks)s marks and %(rolls)s rolls. They stay; say why it ends."
    ),
    "exchange.accounts_file.empty": N_("There is no row in this file."),
    "exchange.accounts_file.no_header": N_(
        "The first row names no known column. Take the table that is offered here."
    ),
    "exchange.accounts_file.no_column_of": N_("One of these columns is needed: %(columns)s."),
    "exchange.accounts_file.unknown_person": N_("There is nobody like this in Depter: %(text)s."),
    "exchange.accounts_file.several_persons": N_(
        "Several people are called %(text)s. Write the personal number or the Depter code."
    ),
    "exchange.accounts_file.has_left": N_("%(text)s has left the university."),
    "exchange.accounts_file.other_name": N_("This number belongs to another person: %(name)s."),
    "exchange.accounts_file.person_twice": N_("This person stands in row %(row)s already."),
    "exchange.accounts_file.has_account": N_(
        "This person has an account already, with the user name %(login)s."
    ),
    "exchange.accounts_file.wrong_login": N_("A user name has no space in it and at most %(most)s letters."),
    "exchange.accounts_file.login_taken": N_("Another person has this user name."),
    "exchange.accounts_file.address_of_account": N_(
        "This person has an account already: the address of an account is not changed by a file."
    ),
    "exchange.accounts_file.wrong_email": N_("This is not an e-mail address: %(text)s."),
    "exchange.accounts_file.email_of_another": N_("This address belongs to another person: %(text)s."),
    "exchange.structure_file.twice": N_("This stands in an earlier row already."),
    "exchange.structure_file.unknown": N_("This is neither in Depter nor in the workbook: %(text)s."),
    "exchange.structure_file.several": N_("Several have this name or code: %(text)s."),
    "exchange.structure_file.hours_in_timetable": N_(
        "The hours of a journal that exists are changed in the timetable: leave them empty or as they are."
    ),
    "exchange.structure_file.changed_meanwhile": N_(
        "The structure was changed meanwhile: nothing was imported."
    ),
    "exchange.structure_file.lost": N_("The file of this import is no longer there: nothing was imported."),
    "exchange.structure_file.not_waiting": N_("This import does not wait for a decision any more."),
    "exchange.structure_file.not_at_work": N_("This import is not under way any more."),
}

STRUCTURE_NEXT_STEPS: Mapping[str, str] = {
    "people.structure.not_yours": N_("Tell the academic office what has to change."),
    "people.structure.changed_meanwhile": N_("Look at it as it is now and decide again."),
    "people.structure.busy": N_("Wait a minute and send it again."),
    "people.unit.still_used": N_("End or move them first, or choose a later day."),
    "people.programme.still_used": N_("End these groups or give them another programme first."),
    "people.group.still_used": N_("End the journals, and transfer the students by an order, first."),
    "people.group.ended": N_("Choose another group."),
    "journal.course.still_used": N_("End them first, or choose a later day."),
    "journal.structure.teacher_begun": N_("End this part after a day instead."),
    "journal.structure.teacher_in_timetable": N_(
        "Give these lessons to another teacher in the timetable first."
    ),
    "journal.structure.lessons_left": N_(
        "End the weekly lessons or cancel the lessons in the timetable first."
    ),
}
