"""Who decides an appeal, and what the votes make (6.3): conflicts, reserves, quorum, ties. Facts in, a decision out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.journal.appeals.rules import CHANGED, REEXAM, UPHELD
from app.journal.commissions.rules import CHAIR, MEMBER, RESERVE, SECRETARY, Seat, voters
from app.kernel.errors import DepterError, Invalid, Refused

AUTHOR, REQUESTER, CURATOR, DECLARED = "AUTHOR", "REQUESTER", "CURATOR", "DECLARED"
KEEP, RAISE, LOWER, EXAM, ABSENT = "KEEP", "RAISE", "LOWER", "REEXAM", "ABSENT"
VOTES = (KEEP, RAISE, LOWER, EXAM, ABSENT)
VOTES_OF_PROPOSAL = (KEEP, RAISE, ABSENT)
"""Points of a work-off count as they were accepted, or they do not (5.4.3)."""
DECISIONS: Mapping[str, str] = {KEEP: UPHELD, RAISE: CHANGED, LOWER: CHANGED, EXAM: REEXAM}


@dataclass(frozen=True, slots=True)
class Seating:
    """Who hears an appeal: chair and members vote, the secretary writes."""

    chair: UUID
    secretary: UUID
    members: tuple[UUID, ...]


def seat(seats: Sequence[Seat], quorum: int, excluded: Mapping[UUID, str]) -> Seating | None:
    """Seat a commission without those who must not decide. A free chair is taken by the first member, a free seat of
    the secretary or a member by the reserves in their order. None: too few are left for the quorum."""
    able = [one for one in seats if one.person not in excluded]
    free = {
        part: [one.person for one in able if one.part == part] for part in (CHAIR, SECRETARY, MEMBER, RESERVE)
    }
    chair = next(iter(free[CHAIR] + free[MEMBER]), None)
    secretary = next(iter(free[SECRETARY] + free[RESERVE]), None)
    members = [person for person in free[MEMBER] if person != chair]
    reserves = [person for person in free[RESERVE] if person != secretary]
    missing = len(voters(seats)) - 1 - len(members)
    members += reserves[:missing]
    if chair is None or secretary is None or 1 + len(members) < quorum:
        return None
    return Seating(chair, secretary, tuple(members))


@dataclass(frozen=True, slots=True)
class Vote:
    """How one person voted, or that he was absent."""

    person: UUID
    vote: str


def outcome_of_votes(votes: Sequence[Vote], chair: UUID) -> str | None:
    """What most of those present voted for; at a tie the chair's vote decides; None: tied without it."""
    cast = Counter(one.vote for one in votes if one.vote != ABSENT)
    ahead = [vote for vote, count in cast.items() if count == max(cast.values())]
    if len(ahead) == 1:
        return ahead.pop()
    return next((one.vote for one in votes if one.person == chair and one.vote in ahead), None)


@dataclass(frozen=True, slots=True)
class Minutes:
    """What a protocol says; `warned`: the student was told that his points may be lowered."""

    votes: tuple[Vote, ...]
    points: Decimal | None
    motive: str
    warned: bool = False


def may_write(
    minutes: Minutes,
    chair: UUID,
    members: Sequence[UUID],
    quorum: int,
    held_at: datetime | None,
    old: Decimal | None,
    most: int,
    now: datetime,
    proposed: Decimal | None = None,
) -> DepterError | None:
    """Whether these minutes are a protocol: the hearing has begun, everybody who may vote did or was absent, the chair
    was there, the quorum is kept, no tie without the chair, points that go the way of the decision (6.3). `proposed`
    are the points of a work-off that count or do not (5.4.3)."""
    if held_at is None or now < held_at:
        return Refused("journal.protocol.not_heard_yet", clause="6.3", at=held_at)
    if [one.person for one in minutes.votes] != [chair, *members]:
        return Invalid.field("protocol", "journal.protocol.votes_missing")
    if minutes.votes[0].vote == ABSENT:
        return Invalid.field("protocol", "journal.protocol.no_chair")
    if sum(one.vote != ABSENT for one in minutes.votes) < quorum:
        return Invalid.field("protocol", "journal.protocol.no_quorum", quorum=quorum)
    decided = outcome_of_votes(minutes.votes, chair)
    if decided is None:
        return Invalid.field("protocol", "journal.protocol.tied")
    if proposed is not None:
        return _check_proposal(decided, minutes, proposed)
    return _check_points(decided, minutes, old, most)


def _check_proposal(decided: str, minutes: Minutes, proposed: Decimal) -> DepterError | None:
    if not {one.vote for one in minutes.votes} <= set(VOTES_OF_PROPOSAL):
        return Invalid.field("protocol", "journal.protocol.counted_or_not")
    if minutes.points not in ((None, proposed) if decided == RAISE else (None,)):
        return Invalid.field("points", "journal.protocol.points_as_accepted", points=str(proposed))
    return None


def _check_points(decided: str, minutes: Minutes, old: Decimal | None, most: int) -> DepterError | None:
    points = minutes.points
    if decided not in (RAISE, LOWER):
        return Invalid.field("points", "journal.protocol.no_points_wanted") if points is not None else None
    if points is None or not 0 <= points <= most or points != round(points, 1):
        return Invalid.field("points", "journal.mark.not_points", most=most)
    higher = old is None or points > old
    lower = old is not None and points < old
    if not (higher if decided == RAISE else lower):
        return Invalid.field("points", "journal.protocol.wrong_way")
    if decided == LOWER and not minutes.warned:
        return Invalid.field("warned", "journal.protocol.not_warned")
    return None


def may_take_seat(person: UUID | None, *seats: UUID) -> DepterError | None:
    """Whether one of these seats of the hearing is his own. A seat goes to a reserve, never to a substitute."""
    return None if person in seats else Refused("journal.hearing.not_your_seat")


def may_sign(signer: UUID | None, chair: UUID, secretary: UUID) -> DepterError | None:
    """The chair of the hearing signs, himself, and nobody signs what he wrote (6.3)."""
    if signer != chair or chair == secretary:
        return Refused("journal.protocol.chair_signs", clause="6.3")
    return None
