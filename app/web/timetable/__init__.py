"""Pages of the timetable: weeks of groups, teachers and rooms, journals, lessons, bells."""
