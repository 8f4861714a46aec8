"""Rules for permissions, the assignment of tasks, names and enrolment. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from app.kernel.act import RoleAssignment
from app.kernel.errors import Invalid
from app.people.audit_limits_rules import AUDITOR, reaches_audited_object

PermissionReach = Literal["anywhere", "unit", "teacher", "curator", "self"]

_KYRGYZ_ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
_LETTER_ORDER = {letter: chr(0x100 + place) for place, letter in enumerate(_KYRGYZ_ALPHABET)}
_LETTERS_OF_NEIGHBOURS = dict(zip("әғіӣқўұӯҳһҷ", "агиикуууххч", strict=True))
"""Letters of Uzbek, Kazakh and Tajik names, each with the Kyrgyz letter after which it stands."""
# A sign behind every letter of the alphabet keeps the neighbour's letter after its own and before the next one.
_LETTER_ORDER |= {one: f"{_LETTER_ORDER[own]}\u01ff{one}" for one, own in _LETTERS_OF_NEIGHBOURS.items()}


@dataclass(frozen=True, slots=True)
class PermissionScope:
    """The units of an object with their ancestors, its teachers, the curators of its groups, its persons, and its first
    and last day."""

    units: frozenset[UUID] = frozenset()
    teachers: frozenset[UUID] = frozenset()
    curators: frozenset[UUID] = frozenset()
    persons: frozenset[UUID] = frozenset()
    days: tuple[date, date] | None = None


PERMISSIONS: Mapping[str, Mapping[str, PermissionReach]] = {
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
        "programme_head": "unit",
        "directorate": "unit",
        "curator": "curator",
        "academic_office": "anywhere",
        "auditor": "anywhere",
    },
    "requests.make": {"student": "self"},
    "cabinet.own": {"student": "self"},
    "cabinet.read": {"directorate": "unit", "curator": "curator"},
    "acknowledgements.read": {
        "curator": "curator",
        "directorate": "unit",
        "academic_office": "anywhere",
        "auditor": "anywhere",
    },
    "acknowledgements.record": {"curator": "curator", "directorate": "unit"},
    "acknowledgements.own": {"student": "self"},
    "excuses.read": {"directorate": "unit", "academic_office": "anywhere", "auditor": "anywhere"},
    "requests.file_for": {"directorate": "unit", "curator": "curator"},
    "requests.about_student": {
        "teacher": "teacher",
        "curator": "curator",
        "department_head": "unit",
        "programme_head": "unit",
        "directorate": "unit",
        "academic_office": "anywhere",
    },
    "people.read": {"it_admin": "anywhere", "academic_office": "anywhere", "auditor": "anywhere"},
    "people.manage": {"it_admin": "anywhere"},
    "people.erase": {"academic_office": "anywhere"},
    "reads.read": {"auditor": "anywhere"},
    "access.ask": {
        "department_head": "unit",
        "directorate": "unit",
        "academic_office": "anywhere",
        "rector": "anywhere",
    },
    "rules.acceptances": {"it_admin": "anywhere", "auditor": "anywhere"},
    "setup.read": {"it_admin": "anywhere", "academic_office": "anywhere", "directorate": "unit"},
    "accounts.hand_out": {"it_admin": "anywhere", "directorate": "unit"},
    "roster.import": {"it_admin": "anywhere", "academic_office": "anywhere"},
    "incidents.read": {"it_admin": "anywhere", "process_admin": "anywhere"},
    "incidents.solve": {"it_admin": "anywhere", "process_admin": "anywhere"},
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
    "processes.export": {"process_admin": "anywhere", "auditor": "anywhere"},
    "processes.edit": {"process_admin": "anywhere"},
    "processes.publish": {"process_admin": "anywhere"},
    "processes.migrate": {"process_admin": "anywhere"},
    "processes.migrations": {"process_admin": "anywhere", "auditor": "anywhere"},
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
    "policies.propose": {"academic_office": "anywhere"},
    "policies.decide": {"academic_office": "anywhere", "rector": "anywhere"},
    "timetable.read": {
        "teacher": "anywhere",
        "department_head": "anywhere",
        "programme_head": "anywhere",
        "directorate": "anywhere",
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "curator": "anywhere",
        "auditor": "anywhere",
    },
    "timetable.manage": {"academic_office": "anywhere", "directorate": "unit"},
    "takeover.send": {"academic_office": "anywhere", "it_admin": "anywhere"},
    "takeover.confirm": {"academic_office": "anywhere", "directorate": "unit"},
    "takeover.read": {
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "directorate": "anywhere",
        "auditor": "anywhere",
    },
    "archive.read": {"academic_office": "anywhere", "auditor": "anywhere", "it_admin": "anywhere"},
    "archive.manage": {"academic_office": "anywhere"},
    "bells.manage": {"academic_office": "anywhere"},
    "structure.read": {
        "department_head": "unit",
        "programme_head": "unit",
        "directorate": "unit",
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "auditor": "anywhere",
    },
    "units.manage": {"academic_office": "anywhere", "it_admin": "anywhere", "directorate": "unit"},
    "groups.manage": {"academic_office": "anywhere", "it_admin": "anywhere", "directorate": "unit"},
    "programmes.manage": {"academic_office": "anywhere", "it_admin": "anywhere", "directorate": "unit"},
    "disciplines.manage": {
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "directorate": "unit",
        "department_head": "unit",
    },
    "journals.manage": {
        "academic_office": "anywhere",
        "it_admin": "anywhere",
        "directorate": "unit",
        "department_head": "unit",
    },
    "openings.begin": {"academic_office": "anywhere"},
    "schemes.draft": {"academic_office": "anywhere", "department_head": "anywhere"},
    "audit.read": {"auditor": "anywhere"},
    "patterns.read": {"auditor": "anywhere"},
    "seals.read": {"it_admin": "anywhere", "auditor": "anywhere", "rector": "anywhere"},
    "backups.read": {"it_admin": "anywhere", "auditor": "anywhere", "rector": "anywhere"},
    "orders.draft": {"directorate": "unit"},
    "orders.read": {
        "directorate": "unit",
        "academic_office": "anywhere",
        "rector": "anywhere",
        "auditor": "anywhere",
    },
    "dossiers.revoke": {"academic_office": "anywhere"},  # it answers for the papers that are given out
    "commissions.read": {
        "academic_office": "anywhere",
        "auditor": "anywhere",
        "rector": "anywhere",
        "directorate": "anywhere",
    },
}
"""Verbs each role may use and how far it reaches; what is not listed is denied (3.1, 7.1)."""


def is_permitted(
    assignments: Iterable[RoleAssignment],
    verb: str,
    scope: PermissionScope = PermissionScope(),
    persons: frozenset[UUID] = frozenset(),
) -> bool:
    """Return whether a role permits the verb on an object of this scope. `persons`: who acts, and for whom."""
    reaches = PERMISSIONS.get(verb, {})
    return any(
        _is_scope_in_reach(reaches.get(assignment.role), verb, assignment, scope, persons)
        for assignment in assignments
    )


def _is_scope_in_reach(
    reach: PermissionReach | None,
    verb: str,
    assignment: RoleAssignment,
    scope: PermissionScope,
    persons: frozenset[UUID],
) -> bool:
    """Return whether the reach of a role includes the scope."""
    if reach == "anywhere":
        if assignment.role != AUDITOR or (assignment.unit is None and assignment.limits is None):
            return True
        return reaches_audited_object(assignment, verb, scope.units, scope.days)
    if reach == "unit":
        return assignment.unit is not None and assignment.unit in scope.units
    if reach == "teacher":
        return bool(scope.teachers & persons)
    if reach == "curator":
        return bool(scope.curators & persons)
    return reach == "self" and bool(scope.persons & persons)


def kyrgyz_sort_key(family: str, given: str, patronymic: str = "") -> str:
    """Return a text that sorts by code point as the Kyrgyz alphabet does: ң after н, ө after о, ү after у, ё
    after е. Letters of the neighbours stand after the letter they resemble: ў after у, қ after к, ҳ after х, ғ after
    г."""
    name = " ".join(part.strip() for part in (family, given, patronymic) if part.strip()).lower()
    return "".join(_LETTER_ORDER.get(letter, letter) for letter in name)


NAME_PARTICLES = frozenset({"уулу", "кызы", "uulu", "kyzy"})
"""Words of a name (son of, daughter of) that belong to the word before them and are never shortened."""


def full_name(family: str, given: str, patronymic: str = "") -> str:
    """Return the name, family name first, as on a grade sheet."""
    return " ".join(part for part in _name_parts(family, given, patronymic) if part)


def short_name(family: str, given: str, patronymic: str = "") -> str:
    """Return the family name with initials: "Асанова А. К.", "Токтогул уулу Б."; an only name in full."""
    first, *others = [part for part in _name_parts(family, given, patronymic) if part] or [""]
    return " ".join([first, *map(_name_initial, others)])


def face_letters(name: str) -> str:
    """Return at most two capital letters for a name as it is shown: "АА" for "Асан кызы Айгүл"."""
    words = [word for word in name.split() if word.lower() not in NAME_PARTICLES]
    return "".join(letter for word in words[:2] for letter in _first_letter(word))


def _name_parts(family: str, given: str, patronymic: str) -> tuple[str, str, str]:
    """Return the three parts without blanks; a particle that a roster put elsewhere stands after the family name."""
    family, given, patronymic = (" ".join(part.split()) for part in (family, given, patronymic))
    head, _blank, rest = given.partition(" ")
    if family and head.lower() in NAME_PARTICLES:
        family, given = f"{family} {head}", rest
    if family and patronymic.lower() in NAME_PARTICLES:
        family, patronymic = f"{family} {patronymic}", ""
    return family, given, patronymic


def _name_initial(part: str) -> str:
    """Return the initial of a given name or patronymic: "А.", and "Н.-А." for "Нур-Айым"."""
    return "-".join(
        f"{_first_letter(word)}." for word in part.split(" ")[0].split("-") if _first_letter(word)
    )


def _first_letter(word: str) -> str:
    return next((sign.upper() for sign in word if sign.isalpha()), "")


MIN_PERIOD_YEAR, MAX_PERIOD_YEAR = 2000, 2100
"""The years in which a role or a substitution may begin and end, both included."""


def refusal_to_set_validity_period(first: date, last: date | None) -> Invalid | None:
    """Return the refusal of a day outside the years of a role or a substitution, at the field `from` or `until`."""
    years = {"first": MIN_PERIOD_YEAR, "last": MAX_PERIOD_YEAR}
    for field, day in (("from", first), ("until", last)):
        if day is not None and not MIN_PERIOD_YEAR <= day.year <= MAX_PERIOD_YEAR:
            return Invalid.field(field, "people.period.out_of_bounds", **years)
    return None


def is_day_in_period(valid_from: date, valid_until: date | None, day: date) -> bool:
    """Return whether the day lies in the period, both ends included."""
    return valid_from <= day and (valid_until is None or day <= valid_until)


TRANSFER_ORDER, LEAVE_ORDER, EXPEL_ORDER, GRADUATE_ORDER = "TRANSFER", "LEAVE", "EXPEL", "GRADUATE"
MEMBERSHIP_ENDING_ORDERS = (TRANSFER_ORDER, LEAVE_ORDER, EXPEL_ORDER, GRADUATE_ORDER)
"""Kinds of order that end a membership."""
ENROLLED_STATUS, ON_LEAVE_STATUS, LEFT_STATUS, UNKNOWN_STATUS = "belongs", "on_leave", "left", "unknown"


@dataclass(frozen=True, slots=True)
class EnrolmentPeriod:
    """A dated membership of a student in a group (both days included), its unit, and how it ended."""

    group: UUID
    unit: UUID
    starts_on: date
    ends_on: date | None
    order_no: str = ""
    ended_as: str | None = None
    end_order_no: str = ""

    def covers(self, day: date) -> bool:
        """Return whether the student belonged to the group on this day."""
        return is_day_in_period(self.starts_on, self.ends_on, day)


@dataclass(frozen=True, slots=True)
class EnrolmentStatus:
    """Status of a student on a day: he `belongs` to groups of these units, is `on_leave`, has `left`
    (`ended_as`), or is `unknown`, because no order named how his last membership ended. `order` is the number
    of the order, `since` its day."""

    kind: str
    units: frozenset[UUID] = frozenset()
    order: str = ""
    since: date | None = None
    ended_as: str | None = None


def enrolment_status(stays: Sequence[EnrolmentPeriod], day: date) -> EnrolmentStatus:
    """Return the enrolment status of a student on this day by his orders (2.1b)."""
    running = [stay for stay in stays if stay.covers(day)]
    if running:
        last = max(running, key=lambda stay: stay.starts_on)
        return EnrolmentStatus(
            ENROLLED_STATUS, frozenset(stay.unit for stay in running), last.order_no, last.starts_on
        )
    gone = {stay.ends_on: stay for stay in stays if stay.ends_on is not None and stay.ends_on < day}
    if not gone:
        return EnrolmentStatus(UNKNOWN_STATUS)
    last_day = max(gone)
    ended = gone[last_day]
    kind = {LEAVE_ORDER: ON_LEAVE_STATUS, EXPEL_ORDER: LEFT_STATUS, GRADUATE_ORDER: LEFT_STATUS}.get(
        ended.ended_as or "", UNKNOWN_STATUS
    )
    since = last_day + timedelta(days=1)
    return EnrolmentStatus(kind, frozenset({ended.unit}), ended.end_order_no, since, ended.ended_as)


def find_academic_leaves(stays: Sequence[EnrolmentPeriod]) -> list[tuple[date, date | None, str]]:
    """Return the academic leaves of a student: first day, day of return (None: not yet), number of the order."""
    found = []
    for stay in stays:
        if stay.ended_as == LEAVE_ORDER and stay.ends_on is not None:
            first = stay.ends_on + timedelta(days=1)
            back = min((other.starts_on for other in stays if other.starts_on >= first), default=None)
            found.append((first, back, stay.end_order_no))
    return sorted(found, key=lambda leave: leave[0])


MAX_UNIT_DEPTH = 32
"""Maximum depth of the tree of units; the database refuses more (`people.keep_unit_depth`)."""


def compute_unit_depths(above: Mapping[UUID, UUID | None]) -> dict[UUID, int | None]:
    """Return the depth of each unit, from (unit, its parent): 1 at the top; None in a cycle and below one."""
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
