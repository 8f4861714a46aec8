"""Acquaintance of students with the regulation: rows of annex 4, reminders and the sheet of a group (8.7, 8.8)."""
