"""What every room stands on: one door, one act, one clock, five errors. Knows no room above it."""
