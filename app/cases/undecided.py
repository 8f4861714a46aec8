"""Every end of a case without a decision passes here: the room below hears that what it waits for does not come."""

from __future__ import annotations

from app import operations
from app.cases.case_record import HeldCase
from app.kernel.act import Act


def tell_undecided(act: Act, case: HeldCase, how: str) -> None:
    """Tell whoever made the subject of this case how it ends, before it does; nothing for a start that does not ask."""
    begun = next((one for one in operations.STARTS.values() if one.diagram == case.diagram), None)
    if begun is not None and begun.undecided is not None:
        begun.undecided(act, case.subject, how)
