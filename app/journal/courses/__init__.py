"""Journals a person may open, personal timetables and title data (2.1)."""
