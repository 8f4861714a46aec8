"""Labels and texts of pages, from the values of queries."""
