"""The initial schema (version 0001), one module for each room. Frozen once Depter is released."""
