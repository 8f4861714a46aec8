"""The bounds of the patterns. The regulation names none: each is ours, with its reason (ADR 67)."""

from __future__ import annotations

from datetime import time, timedelta

QUICK_APPROVAL = timedelta(seconds=30)
"""An approval sooner after its task opened is listed: a request with its reason and its paper takes longer to read."""
NIGHT_BEGINS, NIGHT_ENDS = time(23), time(5)
"""The night in Osh: no lesson ends later than 21:00, none begins before 7:00."""
LEAST_DOCUMENTS_OF_ISSUER = 5
"""So many documents of one issuer in the period are listed: fewer come from every clinic."""
LEAST_CORRECTIONS_OF_CELL = 2
"""So many corrections of one cell are listed: "more than once"."""
LEAST_APPROVALS_EACH_WAY = 1
"""So many approvals each way make a pair: one approved a request of the other, and the other one of his."""
LAST_DAYS_OF_OFFICE = 1
"""An approval on the last day of a person's account or roles, or so many days before, is listed."""
