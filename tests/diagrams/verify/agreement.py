"""Compares the verifier with the slow explorer on one mutant, and replays the stories that it tells."""

from __future__ import annotations

from dataclasses import dataclass

from app.diagrams.verify import VerifiedFinding, VerifyResult, verify_diagram
from tests.support.diagram_mutants import DiagramMutant
from tests.support.slow_explorer import DEAD, ENDLESS, STUCK, UNTAKEN, SlowExplorer, SlowVerdict
from tests.support.story_replay import PROBLEM_BY_CODE, WITHOUT_ELEMENT, told_problem_happens

REASON_BY_CODE = {
    "verify.case.cannot_end": STUCK,
    "verify.step.dead": DEAD,
    "verify.flow.dead": UNTAKEN,
}
WITHOUT_PLACE = (*WITHOUT_ELEMENT, STUCK, ENDLESS)
"""Reasons of which each explorer names the place that it saw first."""


@dataclass(frozen=True)
class Comparison:
    """Both verdicts on a mutant, and what does not fit: verdicts, reasons, stories, the length of the shortest one."""

    mutant: DiagramMutant
    slow: SlowVerdict
    verified: VerifyResult
    troubles: tuple[str, ...]


def verdict_of(verified: VerifyResult) -> str:
    """Return the verdict of the verifier; one that only says that a bound was reached is none."""
    if verified.is_sound:
        return "safe"
    return "unsafe" if any(one.finding.code != "verify.not_explored" for one in verified.findings) else "none"


def compare(mutant: DiagramMutant) -> Comparison:
    """Verify a mutant in both ways. A verdict "unknown" of the slow explorer is compared with nothing."""
    slow = SlowExplorer(mutant.model, mutant.forms).verdict()
    verified = verify_diagram(mutant.model, mutant.forms)
    if slow.kind == "unknown":
        return Comparison(mutant, slow, verified, ())
    troubles = []
    if verdict_of(verified) != slow.kind:
        codes = [f"{one.finding.code} {one.finding.element}" for one in verified.findings]
        troubles.append(f"{slow.kind} ({slow.reason}; {'; '.join(slow.way)}), but verified as {codes}")
    elif slow.kind == "unsafe" and verified.explored:
        troubles += _different_reasons(mutant, verified)
    troubles += _wrong_stories(mutant, verified)
    shortest = min((len(one.story) for one in verified.findings if _breaks_at_last_step(one)), default=0)
    if slow.way and shortest and shortest != len(slow.way):
        troubles.append(
            f"the shortest story has {shortest} steps, but {len(slow.way)} are enough: {slow.way}"
        )
    return Comparison(mutant, slow, verified, tuple(f"{mutant.name}: {trouble}" for trouble in troubles))


def _different_reasons(mutant: DiagramMutant, verified: VerifyResult) -> list[str]:
    """Compare everything that is wrong in a mutant, where the slow explorer can say everything."""
    slow = SlowExplorer(mutant.model, mutant.forms).verdict(find_all=True)
    if slow.kind == "unknown":
        return []
    met = {_without_place(reason) for reason in slow.reasons}
    told = {_told_reason(one) for one in verified.findings}
    # The verifier reports that two approvals may come from one person; what comes when they do not is behind that.
    behind = any(one.startswith("operations.approval.same_person") for one in told)
    missed = set() if behind else met - told
    return [f"not found: {one}" for one in sorted(missed)] + [
        f"found, but not met: {one}" for one in sorted(told - met)
    ]


def _told_reason(one: VerifiedFinding) -> str:
    code, element = one.finding.code, one.finding.element
    if code == "verify.case.endless" and one.story[-1].kind == "fire":
        return ENDLESS
    if code in REASON_BY_CODE:
        return _without_place(f"{REASON_BY_CODE[code]}: {element}")
    return _without_place(f"{PROBLEM_BY_CODE[code]} {element}")


def _without_place(reason: str) -> str:
    return next((known for known in WITHOUT_PLACE if reason.startswith(known)), reason)


def _wrong_stories(mutant: DiagramMutant, verified: VerifyResult) -> list[str]:
    explorer = SlowExplorer(mutant.model, mutant.forms)
    return [
        f"{one.finding.code} {one.finding.element}: its story ends otherwise"
        for one in verified.findings
        if one.story and not told_problem_happens(explorer, one)
    ]


def _breaks_at_last_step(one: VerifiedFinding) -> bool:
    """Return whether the last step of a story is the one that goes wrong."""
    code = one.finding.code
    return code in PROBLEM_BY_CODE and not (code == "verify.case.endless" and one.story[-1].kind == "fire")
