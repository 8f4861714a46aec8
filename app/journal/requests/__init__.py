"""General requests: what a process without code of its own is about, its decisions and its notes."""
