"""Base of every room: transactions, the act, the clock, errors, settings and private servers."""
