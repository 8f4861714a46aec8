"""The timetable of journals: weekly patterns, the lessons generated from them, single lessons, topic plans."""
