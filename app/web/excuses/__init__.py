"""The register of excuses and the form fields of an excuse."""
