"""The engine: parses diagrams and runs steps of a case, without database, Flask, clock or user."""
