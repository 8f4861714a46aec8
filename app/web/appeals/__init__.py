"""Form fields of appeals: the result appealed, hearing, protocol."""
