"""Rules of changes by a protocol: which of them need the visas of 4.4.2 (7.6). Pure functions."""

from __future__ import annotations

CLOSED_CHANGE_VISAS_POLICY, FOR_NOTE = "closed_change.visas", "NOTE"
"""VISAS: head and directorate endorse the change of a closed document (7.6 with 4.4.2); NOTE: they are told."""
VISAS, NOTE, NO_VISAS = "visas", "note", "none"


def visas_needed_for_result_change(sheet_closed: bool, policy: str) -> str:
    """Return what a change of a result needs: VISAS, NOTE, or NO_VISAS while its sheet is not closed (7.6)."""
    if not sheet_closed:
        return NO_VISAS
    return NOTE if policy == FOR_NOTE else VISAS
