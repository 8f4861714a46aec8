"""Writes `docs/reference.md` from what the product knows about itself, so that the page cannot fall behind."""
