"""Queries of cases for pages. They return frozen rows; no engine state is read for a list."""
