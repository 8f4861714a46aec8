"""Notices: the bell in the application, letters and daily letters, built from event payloads alone."""
