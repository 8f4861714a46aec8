"""Rosters in and out: OneRoster 1.1 and 1.2 CSV. The preview is the plan, and the plan is what is executed."""
