"""Marks and grades that a student brings from a former group."""
