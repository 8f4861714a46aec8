"""Pages of the working and academic calendar and of the exam timetable."""
