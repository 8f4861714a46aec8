"""The pages of the patterns of a period, for auditors."""
