"""Texts for codes, in the current language. Knows codes and texts; no page, no request, no table."""
