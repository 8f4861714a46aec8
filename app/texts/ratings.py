"""Texts of ratings: how a result was computed, line by line, and the states of sheets and their lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.texts.subject_line import SHEET_KINDS
from app.texts.translate import N_
from app.texts.translate import gettext as _

PARTS: Mapping[str, str] = {
    "current": N_("current grades"),
    "midterm": N_("midterm"),
    "exam": N_("exam"),
    "MODULE1": SHEET_KINDS["MODULE1"],
    "MODULE2": SHEET_KINDS["MODULE2"],
}
SHEET_STATES: Mapping[str, str] = {
    "DRAFT": N_("being filled in"),
    "SIGNED": N_("signed"),
    "ENDORSED": N_("endorsed"),
    "APPROVED": N_("approved"),
    "CLOSED": N_("closed"),
}
LINE_STATUSES: Mapping[str, str] = {
    "GRADED": N_("graded"),
    "NOT_ATTENDED": N_("did not come"),
    "NOT_ADMITTED": N_("not admitted"),
}


def sheet_kind_text(kind: str) -> str:
    """Return the kind of a sheet as text."""
    return _(SHEET_KINDS[kind])


def part_word(key: str) -> str:
    """Return a part of a component as text; a part of a scheme made by the office has its own name."""
    return _(PARTS[key]) if key in PARTS else key


def state_word(state: str) -> str:
    """Return the state of a sheet as text."""
    return _(SHEET_STATES[state])


def status_word(status: str | None) -> str:
    """Return the status of a student's line as text; "nothing entered" for None."""
    return _(LINE_STATUSES[status]) if status else _("nothing entered")


def computation_lines(found: Mapping[str, Any]) -> list[str]:
    """Return how a result was computed, one line per part and the sum:
    "current: (80 + 75) / 2 = 77.5; × 20 / 100 = 15.5"."""
    parts = found.get("parts") or []
    lines = [line for part in parts for line in (_part_line(part), *transfer_lines(part))]
    if len(parts) > 1 or found.get("sum") != found.get("total"):
        points = " + ".join(str(part["points"]) for part in parts)
        total = "" if found["sum"] == found["total"] else f" ≈ {found['total']}"
        lines.append(f"{points} = {found['sum']}{total}")
    if found.get("least_final"):
        lines.append(_("The exam is below its least share of %(n)s %%.") % {"n": found["least_final"]})
    return lines + transfer_lines(found)


def transfer_lines(part: Mapping[str, Any]) -> list[str]:
    """Return where a part or a whole result comes from after a transfer, one line each; [] without one."""
    lines = [
        _("from group %(group)s, order No. %(order)s: %(grades)s")
        % {"group": one["group"], "order": one["order"], "grades": " + ".join(one["grades"])}
        for one in part.get("brought", ())
    ]
    if "group" in part:
        lines.append(
            _("fixed in group %(group)s, brought by order No. %(order)s")
            % {"group": part["group"], "order": part["order"]}
        )
    return lines


def _part_line(part: Mapping[str, Any]) -> str:
    """Return how the points of one part were computed from its grades."""
    name, most = part_word(part["key"]), part["most"]
    grades = part.get("grades")
    if grades is None:
        return _("%(part)s: %(points)s of %(most)s") % {"part": name, "points": part["points"], "most": most}
    if not grades:
        return _("%(part)s: no grade yet, 0 of %(most)s") % {"part": name, "most": most}
    mean = f"({' + '.join(grades)}) / {len(grades)} = {part['mean']}" if len(grades) > 1 else grades[0]
    return f"{name}: {mean}; × {most} / 100 = {part['points']}"
