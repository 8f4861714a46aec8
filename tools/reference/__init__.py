"""Writes `docs/reference.md` and `docs/processes/` out of what the product knows of itself; they never fall behind."""
