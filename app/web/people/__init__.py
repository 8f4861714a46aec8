"""Pages of people, their roles and accounts."""
