"""The form field of a commission order: its scope and members (P07)."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.commissions.queries import load_all_courses
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.texts.case_subjects import COMMISSION_PART_LABELS
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act

SEAT_COUNTS_BY_PART: tuple[tuple[str, int], ...] = (
    ("CHAIR", 1),
    ("SECRETARY", 1),
    ("MEMBER", 6),
    ("RESERVE", 3),
)
"""Number of lines in the form for each part of a commission."""
UNIVERSITY_SCOPE = "university"


def read_posted_commission(posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """Read the posted scope and seats; None when the form was not on the page.

    Raises Invalid (`commission`).
    """
    scope = posted.get("commission_scope")
    if not scope:
        return None
    kind, _colon, id = scope.partition(":")
    labels = {line.label: str(line.person) for line in _uniquely_labelled_staff()}
    seats = []
    for part, count in SEAT_COUNTS_BY_PART:
        for number in range(count):
            typed_name = posted.get(f"seat:{part}:{number}", "").strip()
            if not typed_name:
                continue
            if typed_name not in labels:
                raise Invalid.field("commission", "journal.commission.unknown_name", name=typed_name[:80])
            seats.append({"person": labels[typed_name], "part": part})
    answer: dict[str, Any] = {"seats": seats}
    return answer | ({kind: id} if kind in ("unit", "course") else {})


def commission_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build an empty form with the scope from the address chosen."""
    return _commission_members_form_view(typed, address.get("scope", UNIVERSITY_SCOPE), {})


def commission_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the form from the draft of the case."""
    subject = view.case.subject
    labels = {str(line.person): line.label for line in _uniquely_labelled_staff()}
    seats: dict[str, str] = {}
    counted: dict[str, int] = {}
    for seat in subject.get("seats") or []:
        number = counted.get(seat["part"], 0)
        counted[seat["part"]] = number + 1
        seats[f"seat:{seat['part']}:{number}"] = labels.get(seat["person"], "")
    return _commission_members_form_view(typed, subject.get("scope_id") or UNIVERSITY_SCOPE, seats)


def commission_other_form_values(subject: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of the form's other fields from the draft of the case."""
    names = {"kind": "of", "order_no": "order_no", "order_date": "order_date", "valid_from": "from"}
    names |= {"valid_until": "until", "quorum": "quorum"}
    return {field: str(subject.get(name, "")) for field, name in names.items()}


def _commission_members_form_view(typed: Any, scope: str, seats: Mapping[str, str]) -> SimpleNamespace:
    kept = (lambda name: typed.get(name)) if typed else (lambda name: None)
    return SimpleNamespace(
        scopes=_commission_scope_options(kept("commission_scope") or scope),
        staff=_uniquely_labelled_staff(),
        seats=[
            SimpleNamespace(
                name=f"seat:{part}:{number}",
                part=COMMISSION_PART_LABELS[part],
                value=kept(f"seat:{part}:{number}") or seats.get(f"seat:{part}:{number}", ""),
                needed=part in ("CHAIR", "SECRETARY") or (part == "MEMBER" and number < 2),
            )
            for part, count in SEAT_COUNTS_BY_PART
            for number in range(count)
        ],
    )


def _commission_scope_options(chosen: str) -> SimpleNamespace:
    def scope_option(value: str, label: str) -> SimpleNamespace:
        return SimpleNamespace(value=value, label=label, chosen=value == chosen)

    units = people.load_unit_tree()
    names = {unit.id: pick_text(unit.names, locale()) for unit in units.values()}
    return SimpleNamespace(
        university=scope_option(UNIVERSITY_SCOPE, ""),
        units=[
            scope_option(f"unit:{unit.id}", names[unit.id])
            for unit in units.values()
            if unit.kind != "university"
        ],
        courses=[
            scope_option(
                f"course:{course.id}", f"{pick_text(course.names, locale())}, {names[course.department]}"
            )
            for course in load_all_courses()
        ],
    )


def _uniquely_labelled_staff() -> list[SimpleNamespace]:
    """List all staff, each with a unique label: the name, followed by the unit where two share a name."""
    found = people.load_staff_members(local_day(current_act().at))
    units = people.load_unit_tree()
    seen: dict[str, int] = {}
    for one in found:
        seen[one.name.full] = seen.get(one.name.full, 0) + 1
    lines: list[SimpleNamespace] = []
    taken: set[str] = set()
    for one in found:
        unit = units.get(one.unit) if one.unit else None
        label = one.name.full
        if seen[label] > 1:
            label = f"{label}, {unit.code if unit else ''}".rstrip(", ")
        while label in taken:
            label += " ·"
        taken.add(label)
        lines.append(
            SimpleNamespace(
                person=one.person, label=label, where=pick_text(unit.names, locale()) if unit else ""
            )
        )
    return lines


COMMISSION_FIELD = SubjectField(
    "commission",
    "commissions/_commission.html",
    commission_start_view,
    commission_task_view,
    read_posted_commission,
    commission_other_form_values,
)
