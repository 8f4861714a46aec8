"""Queries for the grid, a cell, a lesson and the day of a teacher."""
