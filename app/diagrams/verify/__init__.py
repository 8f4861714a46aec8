"""Verification of a process diagram: every state of a case is played, and the demands of the regulation are watched.

Found is whatever some order of answers, timers and outcomes can lead to: a case that cannot end, a step twice at once,
an effect without the approvals that its operation demands. Each finding has the shortest story that leads to it.
`docs/verifier.md` says how it reasons and what it cannot see.
"""

from __future__ import annotations

from app.diagrams.verify.findings import (
    VerifiedFinding,
    VerifyResult,
    verify_diagram,
    verify_diagram_of_context,
)

__all__ = ["VerifiedFinding", "VerifyResult", "verify_diagram", "verify_diagram_of_context"]
