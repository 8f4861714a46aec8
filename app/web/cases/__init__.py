"""Pages of a case and of "My requests"; the registry of form fields that draw a case subject."""
