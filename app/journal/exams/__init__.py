"""Exam days (4.3.3)."""
