"""The inbox and the pages of a task."""
