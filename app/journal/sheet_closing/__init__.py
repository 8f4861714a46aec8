"""Closing of grade sheets after the semester (7.6)."""
