"""The form field of a correction request: old and new values of cells."""
