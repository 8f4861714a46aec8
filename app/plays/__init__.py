"""Plays: a draft is tried in a rehearsal, by synthetic people with a clock of its own; scenarios are kept plays."""
