"""Change sets: requests to correct cells (4.4) and their application."""
