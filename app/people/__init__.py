"""Persons, accounts, roles with scope and dates, units, groups, memberships, substitutes, sessions."""
