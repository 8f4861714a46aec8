"""Patterns of a period for an auditor: counted, listed, never judged (1.4.4)."""
