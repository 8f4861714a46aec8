"""The small school of the journal's tests, for the clauses that are lived in it."""

from tests.journal.conftest import counted, school

__all__ = ["counted", "school"]
