"""Error messages and next steps of the calendar, the semesters and the exam timetable, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

CALENDAR_MESSAGES: Mapping[str, str] = {
    "regulation.calendar.not_yours": N_(
        "The academic office keeps the calendar; a directorate that of its own institute."
    ),
    "regulation.calendar.begun_by_office": N_(
        "A day that has begun is changed by the academic office alone."
    ),
    "regulation.calendar.day_begun": N_(
        "This day has begun: it can become a day off, but nothing that takes time away from anybody."
    ),
    "regulation.calendar.reason_needed": N_("Please say why: terms already run over this day."),
    "regulation.calendar.too_far": N_("Please choose a day within a year back and until %(last)s."),
    "regulation.calendar.from_tomorrow": N_("A week of other length begins tomorrow or later."),
    "regulation.calendar.changed_meanwhile": N_("Somebody changed this day meanwhile."),
    "regulation.calendar.pause_by_office": N_("Only the academic office lets terms stand still."),
    "journal.semester.not_yours": N_("The academic office keeps the academic calendar."),
    "journal.semester.over": N_("This semester ended %(at)s; its dates stay."),
    "journal.semester.reason_needed": N_("Please say why: the semester is running."),
    "journal.semester.out_of_order": N_("This day does not come after the one before it."),
    "journal.semester.outside": N_("This day does not lie in the semester."),
    "journal.semester.passed": N_("A day that has passed stays, and no day is moved into the past."),
    "journal.semester.changed_meanwhile": N_("Somebody changed this semester meanwhile."),
    "journal.exam.not_yours": N_("The academic office keeps the exam timetable."),
    "journal.exam.signed": N_("The final of this exam is signed; its day stays (4.4.3)."),
    "journal.exam.passed": N_(
        "An exam that was held stays, and none is put on a day that has passed (4.3.3)."
    ),
    "journal.exam.outside": N_(
        "The session lasts from %(first)s until %(last)s (4.3.3). Choose a day in it, or change the academic calendar."
    ),
    "journal.exam.day_off": N_(
        "The department does not work on this day (4.3.3). Choose a working day, or make it one in the calendar."
    ),
    "journal.exam.reason_needed": N_("Please say why: a day that was set moves, and people know it."),
    "journal.exam.not_a_day": N_("This is not a day."),
    "journal.exam.too_many": N_("At most %(most)s exams are set at once, each of them once."),
    "journal.exam.changed_meanwhile": N_("Somebody changed the day of this exam meanwhile."),
    "regulation.pause.too_long": N_("A pause lasts at most %(days)s days."),
    "regulation.pause.over": N_("This pause ended %(at)s; terms were counted with it."),
}

CALENDAR_NEXT_STEPS: Mapping[str, str] = {
    "regulation.calendar.day_begun": N_(
        "What stopped work in the past is recorded as a pause with its act; open terms get the time back."
    ),
    "regulation.calendar.changed_meanwhile": N_("Look at the day as it is now and decide again."),
    "journal.semester.changed_meanwhile": N_("Look at the dates as they are now and decide again."),
    "journal.exam.changed_meanwhile": N_("Look at the day as it is now and decide again."),
    "journal.exam.not_yours": N_("Tell the academic office which day you need, and why."),
    "regulation.calendar.begun_by_office": N_("Tell the academic office what happened on this day."),
    "regulation.calendar.pause_by_office": N_("Tell the academic office, with the act of the failure."),
}
