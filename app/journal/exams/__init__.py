"""Exam days of journals."""
