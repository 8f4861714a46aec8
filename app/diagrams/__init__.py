"""Diagrams and their immutable published versions."""
