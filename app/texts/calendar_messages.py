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
    "regulation.calendar.reason_needed": N_("Please say why: deadlines are already counted over this day."),
    "regulation.calendar.too_far": N_("Please choose a day within a year back and until %(last)s."),
    "regulation.calendar.from_tomorrow": N_("A week of other length begins tomorrow or later."),
    "regulation.calendar.changed_meanwhile": N_("Someone else changed this day."),
    "regulation.calendar.pause_by_office": N_("Only the academic office can pause deadlines."),
    "journal.semester.not_yours": N_("The academic office keeps the academic calendar."),
    "journal.semester.over": N_("This semester ended %(at)s; its dates stay."),
    "journal.semester.reason_needed": N_("Please say why: the semester is running."),
    "journal.semester.out_of_order": N_("This day does not come after the one before it."),
    "journal.semester.outside": N_("This day does not lie in the semester."),
    "journal.semester.passed": N_("A day that has passed stays, and no day is moved into the past."),
    "journal.semester.changed_meanwhile": N_("Someone else changed this semester."),
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
    "journal.exam.too_many": N_("At most %(most)s exams are set at once, each of them once."),
    "journal.exam.changed_meanwhile": N_("Someone else changed the day of this exam."),
    "regulation.pause.too_long": N_("A pause lasts at most %(days)s days."),
    "regulation.pause.over": N_("This pause ended %(at)s; deadlines were counted with it."),
    "regulation.policy.proposed_by_office": N_("The academic office proposes a change of a setting."),
    "regulation.policy.set_elsewhere": N_("The grading scheme is set on the page of grading schemes."),
    "regulation.policy.said_by_regulation": N_(
        "The regulation itself says this length of time. It changes only with a new edition of the regulation."
    ),
    "regulation.policy.out_of_limits": N_("A whole number from %(least)s to %(most)s."),
    "regulation.policy.from_today": N_("Choose today or a later day, until the year 2100."),
    "regulation.policy.same_value": N_("This value is already set by a decision or by the regulation."),
    "regulation.policy.one_waits": N_("Another change of this setting waits for a decision."),
    "regulation.policy.changed_meanwhile": N_("Another value is in force than the one you saw."),
    "regulation.policy.decided_by_office": N_(
        "A change of a setting is decided by the academic office, the rector or a vice-rector."
    ),
    "regulation.policy.own": N_("Another person decides about a change that you or your principal proposed."),
    "regulation.policy.decided": N_("This change is already decided or withdrawn."),
    "regulation.policy.day_passed": N_("The day from which the value should hold has passed: %(day)s."),
    "regulation.policy.not_yours": N_("Only the person who proposed a change withdraws it."),
    "regulation.question.answered_by_office": N_("The academic office answers the open questions."),
}

CALENDAR_NEXT_STEPS: Mapping[str, str] = {
    "regulation.calendar.day_begun": N_(
        "What stopped work in the past is recorded as a pause with its act; open deadlines get the time back."
    ),
    "regulation.calendar.changed_meanwhile": N_("Look at the day as it is now and decide again."),
    "journal.semester.changed_meanwhile": N_("Look at the dates as they are now and decide again."),
    "journal.exam.changed_meanwhile": N_("Look at the day as it is now and decide again."),
    "journal.exam.not_yours": N_("Tell the academic office which day you need, and why."),
    "regulation.calendar.begun_by_office": N_("Tell the academic office what happened on this day."),
    "regulation.calendar.pause_by_office": N_("Tell the academic office, with the act of the failure."),
    "regulation.policy.proposed_by_office": N_("Tell the academic office which value is needed, and why."),
    "regulation.policy.one_waits": N_("Wait for the decision, or withdraw the change that waits."),
    "regulation.policy.changed_meanwhile": N_("Look at the setting as it is now and decide again."),
    "regulation.policy.own": N_("A colleague of the academic office, the rector or a vice-rector decides."),
    "regulation.policy.decided": N_("Look at the setting as it is now."),
    "regulation.policy.day_passed": N_("Reject it; the academic office proposes it again with a later day."),
    "regulation.policy.not_yours": N_("Who decides about it may reject it with a reason."),
    "regulation.question.answered_by_office": N_("Send your answer and its document to the academic office."),
}
