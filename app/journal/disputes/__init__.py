"""Disputes of marks."""
