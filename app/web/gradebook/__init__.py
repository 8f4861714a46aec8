"""Pages of a journal: grid, cell, lesson, roll call."""
