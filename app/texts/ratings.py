"""Texts of ratings: how a result was computed, line by line, and the states of sheets and their lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.kernel.i18n import day_text, number_text
from app.texts.subject_line import SHEET_KIND_LABELS
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _

RATING_PART_LABELS: Mapping[str, str] = {
    "current": N_("current grades"),
    "midterm": N_("midterm"),
    "exam": N_("exam"),
    "MODULE1": SHEET_KIND_LABELS["MODULE1"],
    "MODULE2": SHEET_KIND_LABELS["MODULE2"],
}
SHEET_STATE_LABELS: Mapping[str, str] = {
    "DRAFT": N_("being filled in"),
    "SIGNED": N_("signed"),
    "ENDORSED": N_("endorsed"),
    "APPROVED": N_("approved"),
    "CLOSED": N_("closed"),
    "ARCHIVED": N_("archived"),
}
LINE_STATUS_LABELS: Mapping[str, str] = {
    "GRADED": N_("graded"),
    "NOT_ATTENDED": N_("did not come"),
    "NOT_ADMITTED": N_("not admitted"),
}


def sheet_kind_text(kind: str) -> str:
    """Return the kind of a sheet as text."""
    return _(SHEET_KIND_LABELS[kind])


def rating_part_label(key: str) -> str:
    """Return a part of a component as text; a part of a scheme made by the office has its own name."""
    return _(RATING_PART_LABELS[key]) if key in RATING_PART_LABELS else key


def sheet_state_label(state: str) -> str:
    """Return the state of a sheet as text."""
    return _(SHEET_STATE_LABELS[state])


def sheet_line_status_label(status: str | None) -> str:
    """Return the status of a student's line as text; "nothing entered" for None."""
    return _(LINE_STATUS_LABELS[status]) if status else _("nothing entered")


def result_computation_lines(found: Mapping[str, Any]) -> list[str]:
    """Return how a result was computed, one line per part and the sum:
    "current: (80 + 75) / 2 = 77.5; × 20 / 100 = 15.5"."""
    parts = found.get("parts") or []
    lines = [line for part in parts for line in (_part_computation_line(part), *transfer_origin_lines(part))]
    if len(parts) > 1 or found.get("sum") != found.get("total"):
        points = " + ".join(_number_to_text(part["points"]) for part in parts)
        total = "" if found["sum"] == found["total"] else f" ≈ {_number_to_text(found['total'])}"
        lines.append(f"{points} = {_number_to_text(found['sum'])}{total}")
    if found.get("least_final"):
        lines.append(_("The exam is below its least share of %(n)s %%.") % {"n": found["least_final"]})
    return lines + transfer_origin_lines(found) + taken_over_lines(found)


def taken_over_lines(arithmetic: Mapping[str, Any]) -> list[str]:
    """Return the act by which a whole result was taken over as a sum, as one line; [] for a computed one."""
    taken = arithmetic.get("takeover")
    if not taken:
        return []
    day = day_text(date.fromisoformat(taken["day"]), locale())
    return [
        _("taken over as a sum by act No. %(number)s of %(day)s") % {"number": taken["number"], "day": day}
    ]


def transfer_origin_lines(part: Mapping[str, Any]) -> list[str]:
    """Return where a part or a whole result comes from after a transfer, one line each; [] without one."""
    lines = [
        _("from group %(group)s, order No. %(order)s: %(grades)s")
        % {
            "group": one["group"],
            "order": one["order"],
            "grades": " + ".join(map(_number_to_text, one["grades"])),
        }
        for one in part.get("brought", ())
    ]
    if "group" in part:
        lines.append(
            _("fixed in group %(group)s, brought by order No. %(order)s")
            % {"group": part["group"], "order": part["order"]}
        )
    return lines


def _part_computation_line(part: Mapping[str, Any]) -> str:
    """Return how the points of one part were computed from its grades."""
    name, most = rating_part_label(part["key"]), part["most"]
    grades = part.get("grades")
    if grades is None:
        return _("%(part)s: %(points)s of %(most)s") % {
            "part": name,
            "points": _number_to_text(part["points"]),
            "most": most,
        }
    if not grades:
        return _("%(part)s: no grade yet, 0 of %(most)s") % {"part": name, "most": most}
    shown = [_number_to_text(grade) for grade in grades]
    mean = (
        f"({' + '.join(shown)}) / {len(shown)} = {_number_to_text(part['mean'])}"
        if len(shown) > 1
        else shown[0]
    )
    return f"{name}: {mean}; × {most} / 100 = {_number_to_text(part['points'])}"


def _number_to_text(text: str) -> str:
    """Return a stored number with the decimal sign of the reader's language."""
    return number_text(text, locale())
