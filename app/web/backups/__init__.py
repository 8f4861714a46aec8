"""The page of backups: schedule in force, runs, drills (7.3)."""
