"""Excuses for absences (4.2): submitted, confirmed, entered, revoked."""
