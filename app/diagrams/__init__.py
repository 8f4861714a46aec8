"""Process diagrams and their immutable published versions."""
