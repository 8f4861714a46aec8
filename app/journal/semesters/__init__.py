"""Dates of a semester and the deadline anchors that depend on them."""
