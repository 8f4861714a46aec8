"""Migrations of the tables, applied as `depter_owner`."""
