"""The form field of a disputed mark."""
