"""The list of commissions and the form field of their members."""
