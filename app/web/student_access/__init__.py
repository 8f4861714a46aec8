"""Whose pages a visitor may open, and which requests may start there."""
