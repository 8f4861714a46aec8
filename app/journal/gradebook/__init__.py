"""Cells and lessons: who may enter which mark until when, and the only writer of a cell."""
