"""Texts for spreadsheets: what stands in a cell is a text, whoever typed it."""

from __future__ import annotations

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def neutralise_formula(text: str) -> str:
    """Return a text for a CSV file, after an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
