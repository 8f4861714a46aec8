"""Rules of hearings (6.3): seats, reserves, quorum, ties, votes and signatures. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.journal.appeals.rules import CHANGED, REEXAM, UPHELD
from app.journal.commissions.rules import CHAIR, MEMBER, RESERVE, SECRETARY, Seat, select_voting_seats
from app.kernel.errors import DepterError, Invalid, Refused

CONFLICT_GRADE_AUTHOR, CONFLICT_REQUESTER, CONFLICT_CURATOR, CONFLICT_DECLARED = (
    "AUTHOR",
    "REQUESTER",
    "CURATOR",
    "DECLARED",
)
VOTE_KEEP, VOTE_RAISE, VOTE_LOWER, VOTE_REEXAM, VOTE_ABSENT = "KEEP", "RAISE", "LOWER", "REEXAM", "ABSENT"
PROPOSAL_VOTE_CHOICES = (VOTE_KEEP, VOTE_RAISE, VOTE_ABSENT)
"""Accepted points of make-up work either count as they are or do not count (5.4.3)."""
DECISION_BY_VOTE: Mapping[str, str] = {
    VOTE_KEEP: UPHELD,
    VOTE_RAISE: CHANGED,
    VOTE_LOWER: CHANGED,
    VOTE_REEXAM: REEXAM,
}


@dataclass(frozen=True, slots=True)
class Seating:
    """The occupied seats of a hearing: chair and members vote, the secretary writes the protocol."""

    chair: UUID
    secretary: UUID
    members: tuple[UUID, ...]


def assign_commission_seats(
    seats: Sequence[Seat], quorum: int, excluded: Mapping[UUID, str]
) -> Seating | None:
    """Assign the seats of a commission to persons who are not excluded; return None
    when the quorum is not reached.

    A free chair goes to the first member; a free seat of the secretary or a member
    to the reserves in their order.
    """
    able = [one for one in seats if one.person not in excluded]
    free = {
        part: [one.person for one in able if one.part == part] for part in (CHAIR, SECRETARY, MEMBER, RESERVE)
    }
    chair = next(iter(free[CHAIR] + free[MEMBER]), None)
    secretary = next(iter(free[SECRETARY] + free[RESERVE]), None)
    members = [person for person in free[MEMBER] if person != chair]
    reserves = [person for person in free[RESERVE] if person != secretary]
    # Reserves fill only as many seats as the order provides.
    missing = len(select_voting_seats(seats)) - 1 - len(members)
    members += reserves[:missing]
    if chair is None or secretary is None or 1 + len(members) < quorum:
        return None
    return Seating(chair, secretary, tuple(members))


@dataclass(frozen=True, slots=True)
class Vote:
    """The vote of one person, or the absence."""

    person: UUID
    vote: str


def find_winning_decision(votes: Sequence[Vote], chair: UUID) -> str | None:
    """Return the decision with the most votes of those present; the chair decides a tie.

    None: a tie without the chair's vote.
    """
    cast = Counter(one.vote for one in votes if one.vote != VOTE_ABSENT)
    # A plurality is enough; the chair decides only among the votes that lead.
    ahead = [vote for vote, count in cast.items() if count == max(cast.values())]
    if len(ahead) == 1:
        return ahead.pop()
    return next((one.vote for one in votes if one.person == chair and one.vote in ahead), None)


@dataclass(frozen=True, slots=True)
class HearingMinutes:
    """The content of a protocol; `warned`: the student was told that the points may be lowered."""

    votes: tuple[Vote, ...]
    points: Decimal | None
    motive: str
    warned: bool = False


def refusal_to_write_protocol(
    minutes: HearingMinutes,
    chair: UUID,
    members: Sequence[UUID],
    quorum: int,
    held_at: datetime | None,
    old: Decimal | None,
    most: int,
    now: datetime,
    proposed: Decimal | None = None,
    *,
    proposal: bool = False,
) -> DepterError | None:
    """Return None if these minutes make a valid protocol, else the refusal (6.3).

    The hearing has begun, everybody with a vote voted or was absent, the chair was present, the quorum is
    kept, no tie stays undecided, and the points go in the direction of the decision. A `proposal` is
    accepted or not; `proposed` are its points of make-up work (5.4.3), None for a change of cells (4.4.3).
    """
    if held_at is None or now < held_at:
        return Refused("journal.protocol.not_heard_yet", at=held_at)
    if [one.person for one in minutes.votes] != [chair, *members]:
        return Invalid.field("protocol", "journal.protocol.votes_missing")
    if minutes.votes[0].vote == VOTE_ABSENT:
        return Invalid.field("protocol", "journal.protocol.no_chair")
    if sum(one.vote != VOTE_ABSENT for one in minutes.votes) < quorum:
        return Invalid.field("protocol", "journal.protocol.no_quorum", quorum=quorum)
    decided = find_winning_decision(minutes.votes, chair)
    if decided is None:
        return Invalid.field("protocol", "journal.protocol.tied")
    if proposal:
        return _proposal_decision_refusal(decided, minutes, proposed)
    return _appeal_points_refusal(decided, minutes, old, most)


def _proposal_decision_refusal(
    decided: str, minutes: HearingMinutes, proposed: Decimal | None
) -> DepterError | None:
    """Check votes and points of a decision about make-up work: counted as accepted, or not (5.4.3)."""
    if not {one.vote for one in minutes.votes} <= set(PROPOSAL_VOTE_CHOICES):
        return Invalid.field("protocol", "journal.protocol.counted_or_not")
    if minutes.points not in ((None, proposed) if decided == VOTE_RAISE else (None,)):
        return Invalid.field("points", "journal.protocol.points_as_accepted", points=str(proposed))
    return None


def _appeal_points_refusal(
    decided: str, minutes: HearingMinutes, old: Decimal | None, most: int
) -> DepterError | None:
    """Check that the points match the decision: within 0..`most`, one decimal, raised
    or lowered, warned when lower."""
    points = minutes.points
    if decided not in (VOTE_RAISE, VOTE_LOWER):
        return Invalid.field("points", "journal.protocol.no_points_wanted") if points is not None else None
    if points is None or not 0 <= points <= most or points != round(points, 1):
        return Invalid.field("points", "journal.mark.not_points", most=most)
    higher = old is None or points > old
    lower = old is not None and points < old
    if not (higher if decided == VOTE_RAISE else lower):
        return Invalid.field("points", "journal.protocol.wrong_way")
    if decided == VOTE_LOWER and not minutes.warned:
        return Invalid.field("warned", "journal.protocol.not_warned")
    return None


def refusal_to_act_in_seat(person: UUID | None, *seats: UUID) -> DepterError | None:
    """Return None if this person holds one of these seats, else the refusal.

    A seat passes to a reserve only, never to a substitute by role.
    """
    return None if person in seats else Refused("journal.hearing.not_your_seat")


def refusal_to_sign_protocol(signer: UUID | None, chair: UUID, secretary: UUID) -> DepterError | None:
    """Return None if the signer is the chair and did not write the protocol, else the refusal (6.3)."""
    if signer != chair or chair == secretary:
        return Refused("journal.protocol.chair_signs")
    return None
