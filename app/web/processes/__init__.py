"""Pages of process models."""
