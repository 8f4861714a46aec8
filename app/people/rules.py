"""Who may do what, who gets a task, in what order names stand. Pure: facts in, a decision out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from app.kernel.act import Hat

Reach = Literal["anywhere", "unit", "teacher", "curator", "self"]

_ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
_ORDER = {letter: chr(0x100 + place) for place, letter in enumerate(_ALPHABET)}


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose matter an object is: its units with those above them, who teaches it, the curators of its groups, whom it
    is about."""

    units: frozenset[UUID] = frozenset()
    teachers: frozenset[UUID] = frozenset()
    curators: frozenset[UUID] = frozenset()
    persons: frozenset[UUID] = frozenset()


ALLOWED: Mapping[str, Mapping[str, Reach]] = {
    "journal.read": {
        "teacher": "teacher",
        "department_head": "unit",
        "programme_head": "unit",
        "directorate": "unit",
        "curator": "curator",
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "auditor": "anywhere",
    },
    "journal.write": {"teacher": "teacher"},
    "marks.read": {
        "student": "self",
        "teacher": "teacher",
        "department_head": "unit",
        "directorate": "unit",
        "curator": "curator",
        "academic_office": "anywhere",
        "auditor": "anywhere",
    },
    "requests.make": {"student": "self"},
    "cabinet.own": {"student": "self"},
    "cabinet.read": {"directorate": "unit", "curator": "curator"},
    "excuses.read": {"directorate": "unit", "academic_office": "anywhere", "auditor": "anywhere"},
    "requests.file_for": {"directorate": "unit", "curator": "curator"},
    "people.read": {"it_admin": "anywhere", "academic_office": "anywhere", "auditor": "anywhere"},
    "people.manage": {"it_admin": "anywhere"},
    "roster.import": {"it_admin": "anywhere", "academic_office": "anywhere"},
    "incidents.manage": {"it_admin": "anywhere"},
    "processes.read": {
        "rector": "anywhere",
        "process_admin": "anywhere",
        "auditor": "anywhere",
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "department_head": "anywhere",
        "programme_head": "anywhere",
        "directorate": "anywhere",
    },
    "processes.cases": {
        "process_admin": "anywhere",
        "auditor": "anywhere",
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "department_head": "unit",
        "programme_head": "unit",
        "directorate": "unit",
    },
    "calendar.read": {
        "teacher": "anywhere",
        "department_head": "anywhere",
        "programme_head": "anywhere",
        "directorate": "anywhere",
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "curator": "anywhere",
        "auditor": "anywhere",
        "process_admin": "anywhere",
    },
    "calendar.manage": {"academic_office": "anywhere", "directorate": "unit"},
    "audit.read": {"auditor": "anywhere"},
    "commissions.read": {
        "academic_office": "anywhere",
        "auditor": "anywhere",
        "rector": "anywhere",
        "directorate": "anywhere",
    },
}
"""What each role may do and how far it reaches; what is not listed is denied (3.1, 7.1)."""


def may(
    hats: Iterable[Hat], verb: str, scope: Scope = Scope(), persons: frozenset[UUID] = frozenset()
) -> bool:
    """Whether one of the hats allows the verb on an object of this scope. `persons`: who acts, and for whom."""
    reaches = ALLOWED.get(verb, {})
    return any(_fits(reaches.get(hat.role), hat, scope, persons) for hat in hats)


def _fits(reach: Reach | None, hat: Hat, scope: Scope, persons: frozenset[UUID]) -> bool:
    if reach == "anywhere":
        return True
    if reach == "unit":
        return hat.unit is not None and hat.unit in scope.units
    if reach == "teacher":
        return bool(scope.teachers & persons)
    if reach == "curator":
        return bool(scope.curators & persons)
    if reach == "self":
        return bool(scope.persons & persons)
    return False


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who holds the role today. `distance`: 0 in the unit itself, 1 in its parent, and so on."""

    person: UUID
    unit: UUID | None
    distance: int
    deputy: bool
    substitutes: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who has to act: one person, a pool of several, or nobody (an incident)."""

    role: str
    unit: UUID | None
    person: UUID | None = None
    on_behalf_of: UUID | None = None
    pool: tuple[UUID, ...] = field(default=())

    @property
    def nobody(self) -> bool:
        """Whether nobody could be found."""
        return self.person is None and not self.pool


def assign(
    role: str,
    unit: UUID | None,
    excluded: frozenset[UUID],
    candidates: Sequence[Candidate],
    *,
    deputy: bool = False,
) -> Assignment:
    """Find the owner of a step: holders in the unit, else their substitutes, deputies, then the unit above.

    Excluded are persons, not hats. With `deputy` the deputies come first: the step was late in the holder's hands.
    Somebody who is absent himself gets the step only when nobody else is left anywhere.
    """
    able = [candidate for candidate in candidates if candidate.person not in excluded]
    kinds = [
        [one for one in able if one.distance == distance and one.deputy == deputies]
        for distance in sorted({candidate.distance for candidate in able})
        for deputies in ((True, False) if deputy else (False, True))
    ]
    found = (_present(role, kind) or _substituted(role, kind, excluded) for kind in kinds)
    absent = (_of(role, kind) for kind in kinds)
    return next((one for one in (*found, *absent) if one is not None), Assignment(role, unit))


def _present(role: str, kind: Sequence[Candidate]) -> Assignment | None:
    return _of(role, [candidate for candidate in kind if not candidate.substitutes])


def _substituted(role: str, kind: Sequence[Candidate], excluded: frozenset[UUID]) -> Assignment | None:
    for candidate in kind:
        for substitute in candidate.substitutes:
            if substitute not in excluded:
                return Assignment(role, candidate.unit, person=substitute, on_behalf_of=candidate.person)
    return None


def _of(role: str, kind: Sequence[Candidate]) -> Assignment | None:
    """One person, or a pool of several who hold the role in the same unit."""
    persons = tuple(dict.fromkeys(candidate.person for candidate in kind))
    if not persons:
        return None
    if len(persons) == 1:
        return Assignment(role, kind[0].unit, person=persons[0])
    return Assignment(role, kind[0].unit, pool=persons)


def sort_key(family: str, given: str, patronymic: str = "") -> str:
    """A text that sorts by code point as the Kyrgyz alphabet does: ң after н, ө after о, ү after у, ё after е."""
    name = f"{family} {given} {patronymic}".strip().lower()
    return "".join(_ORDER.get(letter, letter) for letter in name)


def full_name(family: str, given: str, patronymic: str = "") -> str:
    """Family name first, as on a grade sheet."""
    return " ".join(part for part in (family, given, patronymic) if part)


def short_name(family: str, given: str, patronymic: str = "") -> str:
    """Family name with initials: "Асанова А. К."."""
    initials = " ".join(f"{part[0]}." for part in (given, patronymic) if part)
    return f"{family} {initials}".strip()


def covers(valid_from: date, valid_until: date | None, day: date) -> bool:
    """Whether the day lies in the period, both ends included."""
    return valid_from <= day and (valid_until is None or day <= valid_until)


TRANSFER, LEAVE, EXPEL, GRADUATE = "TRANSFER", "LEAVE", "EXPEL", "GRADUATE"
ENDINGS = (TRANSFER, LEAVE, EXPEL, GRADUATE)
"""What an order that ends a stay in a group may be."""
BELONGS, ON_LEAVE, LEFT, UNKNOWN = "belongs", "on_leave", "left", "unknown"


@dataclass(frozen=True, slots=True)
class Stay:
    """A dated stay of a student in a group (both days included), the unit of the group, and how it ended."""

    group: UUID
    unit: UUID
    starts_on: date
    ends_on: date | None
    order_no: str = ""
    ended_as: str | None = None
    end_order_no: str = ""

    def covers(self, day: date) -> bool:
        """Whether he belonged to the group on this day."""
        return covers(self.starts_on, self.ends_on, day)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a student is on a day: he `belongs` to groups of these units, is `on_leave`, has `left` (`ended_as`), or is
    `unknown`, because no order said how his last stay ended. `order` is the number of the order, `since` its day."""

    kind: str
    units: frozenset[UUID] = frozenset()
    order: str = ""
    since: date | None = None
    ended_as: str | None = None


def standing(stays: Sequence[Stay], day: date) -> Standing:
    """What the orders about a student say of him on this day (2.1b)."""
    running = [stay for stay in stays if stay.covers(day)]
    if running:
        last = max(running, key=lambda stay: stay.starts_on)
        return Standing(BELONGS, frozenset(stay.unit for stay in running), last.order_no, last.starts_on)
    gone = {stay.ends_on: stay for stay in stays if stay.ends_on is not None and stay.ends_on < day}
    if not gone:
        return Standing(UNKNOWN)
    last_day = max(gone)
    ended = gone[last_day]
    kind = {LEAVE: ON_LEAVE, EXPEL: LEFT, GRADUATE: LEFT}.get(ended.ended_as or "", UNKNOWN)
    since = last_day + timedelta(days=1)
    return Standing(kind, frozenset({ended.unit}), ended.end_order_no, since, ended.ended_as)


def leaves(stays: Sequence[Stay]) -> list[tuple[date, date | None, str]]:
    """The academic leaves of a student: first day, the day he came back (None: not yet), the number of the order."""
    found = []
    for stay in stays:
        if stay.ended_as == LEAVE and stay.ends_on is not None:
            first = stay.ends_on + timedelta(days=1)
            back = min((other.starts_on for other in stays if other.starts_on >= first), default=None)
            found.append((first, back, stay.end_order_no))
    return sorted(found, key=lambda leave: leave[0])


MAX_UNIT_DEPTH = 32
"""So many units stand in one line from the university down; the database refuses more (`people.keep_unit_depth`)."""


def unit_depths(above: Mapping[UUID, UUID | None]) -> dict[UUID, int | None]:
    """How deep each unit stands, from (unit, its parent): 1 on top; None in a circle of units and below one."""
    depths: dict[UUID, int | None] = {}
    for unit in above:
        path: dict[UUID, None] = {}
        at: UUID | None = unit
        while at is not None and at in above and at not in depths and at not in path:
            path[at] = None
            at = above[at]
        depth = None if at in path else depths.get(at, 0) if at is not None else 0
        for one in reversed(path):
            depth = None if depth is None else depth + 1
            depths[one] = depth
    return depths


OPEN, USED, REPLACED, EXPIRED = "open", "used", "replaced", "expired"
"""Whether a one-time link opens an account, or why it does not any more."""


def invitation_stage(
    used_at: datetime | None,
    replaced_at: datetime | None,
    expires_at: datetime,
    has_account: bool,
    now: datetime,
) -> str:
    """The stage of a one-time link. One whose person got an account in another way is used too."""
    if used_at is not None or has_account:
        return USED
    if replaced_at is not None:
        return REPLACED
    return EXPIRED if now >= expires_at else OPEN
