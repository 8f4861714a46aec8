"""Backups of an installation: copies with a manifest, restore, the approved schedule, its runs and drills (7.3)."""
