"""Depter: `create_app` is the only place where the rooms are wired to Flask."""
