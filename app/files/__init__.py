"""Uploads: told by their content, encrypted outside the database, on the disk before their row commits."""
