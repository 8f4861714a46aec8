"""Pages of a case and of "My requests", and the registry of form fields for case subjects."""
