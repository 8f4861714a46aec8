"""Pages of the opening of journals, of their states, and of new grading schemes."""
