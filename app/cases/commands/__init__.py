"""The verbs of cases. Each runs inside `door.write`, takes the act first, and leaves nothing half-written."""
