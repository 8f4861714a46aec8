"""Error messages and next steps of the timetable, single lessons and topic plans, by error code."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

TIMETABLE_MESSAGES: Mapping[str, str] = {
    "journal.timetable.not_yours": N_(
        "The academic office arranges the timetable; a directorate that of the groups of its own institute."
    ),
    "journal.timetable.changed_meanwhile": N_("%(name)s changed this timetable meanwhile, %(at)s."),
    "journal.timetable.group_busy": N_(
        "The group %(group)s has %(course)s then: %(day)s, %(from)s–%(until)s, %(teacher)s, room %(room)s."
    ),
    "journal.timetable.teacher_busy": N_(
        "%(teacher)s teaches %(course)s to %(group)s then: %(day)s, %(from)s–%(until)s, room %(room)s."
    ),
    "journal.timetable.room_busy": N_(
        "Room %(room)s is taken then: %(day)s, %(from)s–%(until)s, %(course)s, %(group)s, %(teacher)s."
    ),
    "journal.timetable.not_teaching": N_(
        "This person does not teach the journal on %(day)s. Choose another teacher or other days."
    ),
    "journal.timetable.no_time": N_("Choose a period, or give both times."),
    "journal.timetable.times_backwards": N_("The lesson ends before it begins."),
    "journal.timetable.lesson_length": N_("A lesson takes %(min)s to %(max)s minutes."),
    "journal.timetable.not_a_time": N_("This is not a time of day."),
    "journal.timetable.too_many": N_("A journal has at most %(most)s weekly lessons."),
    "journal.timetable.last_outside": N_("Choose a day from %(first)s to %(last)s."),
    "journal.timetable.pattern_has_lessons": N_(
        "Lessons of it were held or worked on (%(count)s), so it cannot be taken out altogether."
    ),
    "journal.timetable.run_going_on": N_("The lessons of this semester are being generated since %(at)s."),
    "journal.lesson.is_cancelled": N_("This lesson is cancelled."),
    "journal.lesson.sheet_stands": N_("A grade sheet covers this day since %(at)s, so its lessons stay."),
    "journal.lesson.has_marks": N_(
        "Marks or attendance are recorded for this lesson (%(count)s marks), so it is not cancelled."
    ),
    "journal.lesson.look_first": N_("Look first at what depends on this lesson."),
    "journal.lesson.into_the_past": N_(
        "A lesson to come is not put into the past: its attendance would be late at once."
    ),
    "journal.lesson.was_held": N_(
        "The attendance of this lesson is recorded, so it is not put into the future."
    ),
    "journal.lesson.on_day_off": N_(
        "This is a day off. Choose a working day, or make it one in the calendar."
    ),
    "journal.lesson.on_session": N_("This day lies in the exam session. Choose a day before it."),
    "journal.lesson.days_over": N_("These days are over."),
    "journal.lesson.teaches_already": N_("This person teaches the journal on these days already."),
    "journal.lesson.no_teacher": N_("This person is not a teacher on these days."),
    "journal.topics.not_yours": N_("The teachers of the journal keep its topic plan."),
    "journal.topics.changed_meanwhile": N_("%(name)s changed this topic plan meanwhile, %(at)s."),
    "journal.topics.no_topic": N_("Line %(line)s has no topic."),
    "journal.topics.long_topic": N_("The topic in line %(line)s is longer than %(max)s characters."),
    "journal.topics.wrong_hours": N_("The hours in line %(line)s are not from 1 to %(hours)s."),
    "journal.topics.too_many": N_("A topic plan has at most %(most)s topics."),
    "journal.timetable_file.no_rows": N_("The sheet has no rows."),
    "journal.timetable_file.no_weekday": N_("“%(text)s” is not a weekday."),
    "journal.timetable_file.no_weeks": N_("“%(text)s” does not say which weeks: every, odd or even."),
    "journal.timetable_file.no_type": N_("“%(text)s” is not a type of lesson."),
    "journal.timetable_file.no_journal": N_(
        "The group %(group)s has no journal of the discipline %(course)s in this semester."
    ),
    "journal.timetable_file.several_journals": N_(
        "The group %(group)s has several journals of the discipline %(course)s: enter its lessons on their pages."
    ),
    "journal.timetable_file.not_yours": N_("The group %(group)s does not belong to your institute."),
    "journal.timetable_file.period_and_times": N_("Give a period or times, not both."),
    "journal.timetable_file.no_bells": N_(
        "The file names periods, and there are no bells yet: write first when each period begins and ends."
    ),
    "journal.timetable_file.no_period": N_("The bell schedule has no period %(period)s."),
    "journal.timetable_file.no_period_or_times": N_("Give a period, or both times."),
    "journal.timetable_file.which_teacher": N_("The journal has several teachers: write which one."),
    "journal.timetable_file.no_teacher": N_("%(name)s does not teach this journal of the group %(group)s."),
    "journal.timetable_file.same_name": N_(
        "Several teachers of this journal are called %(name)s: enter the lesson on the page of the journal."
    ),
    "journal.timetable_file.no_lesson_day": N_(
        "This weekly lesson has days off only, so it gives no lesson."
    ),
    "journal.timetable_file.row_twice": N_("This row is the same as row %(other)s."),
    "journal.timetable_file.too_many": N_("The journal would have too many weekly lessons."),
    "journal.timetable_file.group_in_row": N_(
        "The group has a lesson at this time in row %(other)s already: %(day)s."
    ),
    "journal.timetable_file.teacher_in_row": N_(
        "The teacher has a lesson at this time in row %(other)s already: %(day)s. For a stream write the same word in"
        " the column of streams of both rows."
    ),
    "journal.timetable_file.room_in_row": N_(
        "The room is taken at this time by row %(other)s: %(day)s. For a stream write the same word in the column of"
        " streams of both rows."
    ),
    "journal.timetable_file.group_stored": N_("The group has a lesson then: %(day)s, %(from)s, %(course)s."),
    "journal.timetable_file.teacher_stored": N_(
        "The teacher has a lesson then: %(day)s, %(from)s, %(course)s, %(group)s."
    ),
    "journal.timetable_file.room_stored": N_(
        "The room is taken then: %(day)s, %(from)s, %(course)s, %(group)s."
    ),
    "journal.timetable_file.changed_meanwhile": N_(
        "The timetable, the bells or your roles changed after the preview, so nothing was imported."
    ),
    "journal.bells.not_yours": N_("The academic office keeps the bell schedule."),
    "journal.bells.overlap": N_("This period begins before period %(number)s ends."),
    "journal.bells.in_use": N_("Weekly lessons use this period: move them first."),
    "journal.bells.half": N_("Give both times, or none."),
    "journal.bells.changed_meanwhile": N_("Someone else changed the bell schedule meanwhile."),
}

TIMETABLE_NEXT_STEPS: Mapping[str, str] = {
    "journal.timetable.not_yours": N_("Tell the academic office which lesson has to change, and why."),
    "journal.timetable.changed_meanwhile": N_("Look at the timetable as it is now and decide again."),
    "journal.timetable.pattern_has_lessons": N_("End it after a day instead."),
    "journal.timetable.run_going_on": N_("Wait until it is done, or stop it."),
    "journal.lesson.has_marks": N_("If it did not take place, correct its marks first, then cancel it."),
    "journal.lesson.look_first": N_("Nothing was changed yet."),
    "journal.lesson.sheet_stands": N_("What is signed is changed by a decision of a commission only."),
    "journal.topics.changed_meanwhile": N_("Look at the plan as it is now and decide again."),
    "journal.topics.not_yours": N_("Tell a teacher of the journal what has to change."),
    "journal.timetable_file.changed_meanwhile": N_("Send the file again and look at its new preview."),
    "journal.bells.not_yours": N_("Tell the academic office which times have to change."),
    "journal.bells.changed_meanwhile": N_("Look at the times as they are now and decide again."),
}
