"""Build journal cells, results, cases and roles again from the audit alone, and compare them with the running ones."""
