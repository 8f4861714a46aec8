"""Cells and lessons: who may enter what until when, and the one writer of a cell."""
