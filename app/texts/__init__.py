"""Texts for stored codes and case subjects, without Flask requests and without database access."""
