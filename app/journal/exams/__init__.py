"""Exam days."""
