"""Import and export rosters as OneRoster 1.1 and 1.2 CSV; the plan in the preview is the plan that is
executed."""
