"""Error messages and next steps of the calendar, the semesters and the exam timetable, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import mark

MESSAGES: Mapping[str, str] = {
    "regulation.calendar.not_yours": mark(
        "The academic office keeps the calendar; a directorate that of its own institute."
    ),
    "regulation.calendar.begun_by_office": mark(
        "A day that has begun is changed by the academic office alone."
    ),
    "regulation.calendar.day_begun": mark(
        "This day has begun: it can become a day off, but nothing that takes time away from anybody."
    ),
    "regulation.calendar.reason_needed": mark("Please say why: terms already run over this day."),
    "regulation.calendar.too_far": mark("Please choose a day within a year back and until %(last)s."),
    "regulation.calendar.from_tomorrow": mark("A week of other length begins tomorrow or later."),
    "regulation.calendar.changed_meanwhile": mark("Somebody changed this day meanwhile."),
    "regulation.calendar.pause_by_office": mark("Only the academic office lets terms stand still."),
    "journal.semester.not_yours": mark("The academic office keeps the academic calendar."),
    "journal.semester.over": mark("This semester ended %(at)s; its dates stay."),
    "journal.semester.reason_needed": mark("Please say why: the semester is running."),
    "journal.semester.out_of_order": mark("This day does not come after the one before it."),
    "journal.semester.outside": mark("This day does not lie in the semester."),
    "journal.semester.passed": mark("A day that has passed stays, and no day is moved into the past."),
    "journal.semester.changed_meanwhile": mark("Somebody changed this semester meanwhile."),
    "journal.exam.not_yours": mark("The academic office keeps the exam timetable."),
    "journal.exam.signed": mark("The final of this exam is signed; its day stays (4.4.3)."),
    "journal.exam.passed": mark(
        "An exam that was held stays, and none is put on a day that has passed (4.3.3)."
    ),
    "journal.exam.outside": mark(
        "The session lasts from %(first)s until %(last)s (4.3.3). Choose a day in it, or change the academic calendar."
    ),
    "journal.exam.day_off": mark(
        "The department does not work on this day (4.3.3). Choose a working day, or make it one in the calendar."
    ),
    "journal.exam.reason_needed": mark("Please say why: a day that was set moves, and people know it."),
    "journal.exam.not_a_day": mark("This is not a day."),
    "journal.exam.too_many": mark("At most %(most)s exams are set at once, each of them once."),
    "journal.exam.changed_meanwhile": mark("Somebody changed the day of this exam meanwhile."),
    "regulation.pause.too_long": mark("A pause lasts at most %(days)s days."),
    "regulation.pause.over": mark("This pause ended %(at)s; terms were counted with it."),
}

NEXT: Mapping[str, str] = {
    "regulation.calendar.day_begun": mark(
        "What stopped work in the past is recorded as a pause with its act; open terms get the time back."
    ),
    "regulation.calendar.changed_meanwhile": mark("Look at the day as it is now and decide again."),
    "journal.semester.changed_meanwhile": mark("Look at the dates as they are now and decide again."),
    "journal.exam.changed_meanwhile": mark("Look at the day as it is now and decide again."),
    "journal.exam.not_yours": mark("Tell the academic office which day you need, and why."),
    "regulation.calendar.begun_by_office": mark("Tell the academic office what happened on this day."),
    "regulation.calendar.pause_by_office": mark("Tell the academic office, with the act of the failure."),
}
