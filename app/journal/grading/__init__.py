"""Grading schemes and the computation of a rating."""
