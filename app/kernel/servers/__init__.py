"""The private servers of a demo or test: PostgreSQL, Valkey, a mail catcher."""
