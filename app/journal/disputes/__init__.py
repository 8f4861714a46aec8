"""Disputes of marks (6.2)."""
