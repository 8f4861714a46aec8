"""Dates of a semester and the anchors of deadlines."""
