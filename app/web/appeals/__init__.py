"""Form fields and panels of appeals: the result appealed, hearing, protocol."""
