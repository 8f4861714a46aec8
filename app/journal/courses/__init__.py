"""Journals a person may open, their timetable and title data (2.1)."""
