"""Pages of grade sheets, grading schemes and criteria."""
