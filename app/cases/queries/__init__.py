"""What pages ask of cases. Frozen rows out; no state blob is opened for a list."""
