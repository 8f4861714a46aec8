"""Texts that need more than a code: states of cases, processes, deadlines, refusals."""
