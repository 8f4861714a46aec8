"""Pages of incidents: what stopped, why, and the moves that are allowed."""
