"""The engine room: diagrams in, steps of a case out. Pure: no database, no Flask, no clock, no user."""
