"""Reads for the pages of a student."""
