"""Persons, accounts, dated role assignments, units, groups, memberships, substitutes, sessions."""
