"""Checks for open cases: whether the subject is still valid, and until when a permit lasts."""
