"""Title data of a journal (2.1)."""
