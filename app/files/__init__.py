"""Uploaded files: typed by content, encrypted outside the database, written to disk before their row
commits."""
