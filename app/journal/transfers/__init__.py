"""Marks that a student brings from a former group, and reviews after orders with effect in the past."""
