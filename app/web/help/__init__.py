"""Pages of the help: guides and clauses."""
