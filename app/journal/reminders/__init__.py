"""Reminders of lessons without entries."""
