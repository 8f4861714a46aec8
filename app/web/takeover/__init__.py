"""Pages of the takeover of a running semester."""
