"""The form field of a late entry request: its cells, in the start form and in rework (P21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.late_entry.queries import EntryPlace, EntryRow, cells_to_enter
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import day_text, pick
from app.texts.subject_line import LESSON_TYPES
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import act
from app.web.labels.messages import message_of

MOST = 60
ROLL = "roll"
"""In an address, replaces the student: the roll of the whole lesson."""


def place_from(text: str) -> EntryPlace:
    """Parse `lesson:student:kind`, with `roll` as student for the whole roll; raises Invalid (`entries`)."""
    pieces = text.split(":")
    try:
        lesson, kind = UUID(pieces[0]), pieces[2].upper()
        student = None if pieces[1] == ROLL else UUID(pieces[1])
    except (ValueError, IndexError):
        raise Invalid.field("entries", "journal.entry.unreadable") from None
    if kind not in ("ATTENDANCE", "GRADE"):
        raise Invalid.field("entries", "journal.cell.unknown_kind")
    return lesson, student, kind


def name_of(lesson: UUID | str, student: UUID | str | None, kind: str) -> str:
    """Return the name of a cell in an address, or of a whole roll when `student` is None."""
    return f"{lesson}:{student or ROLL}:{kind}"


def entries_from(posted: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Read the posted cells: `entry` is lesson:student:kind, `drop:<entry>` leaves one out.

    Raises Invalid (`entries`).
    """
    entries = []
    for name in posted.getlist("entry")[: MOST + 1]:
        if not posted.get(f"drop:{name}"):
            lesson, student, kind = place_from(name)
            entries.append(
                {"lesson": str(lesson), "student": str(student) if student else None, "kind": kind}
            )
    return entries


def asked(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the view of the cells in the address; raises Invalid (`entries`) when there are none."""
    names = [part for part in address.get("cells", "").split(",") if part][:MOST]
    if not names:
        raise Invalid.field("entries", "journal.change_set.empty")
    return _entries_view([place_from(name) for name in dict.fromkeys(names)], typed)


def again(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the view of the cells of the case as they are now."""
    entries = view.case.subject.get("entries") or []
    places = [place_from(name_of(one["lesson"], one["student_id"], one["kind"])) for one in entries]
    return _entries_view(places, typed)


def _entries_view(places: Sequence[EntryPlace], typed: Any) -> SimpleNamespace:
    found = cells_to_enter(act(), places)
    return SimpleNamespace(
        course=pick(found.names, locale()),
        group=found.group,
        rows=[_entry_row(row, typed) for row in found.rows],
    )


def _entry_row(row: EntryRow, typed: Any) -> SimpleNamespace:
    name = name_of(row.lesson, row.student, row.kind)
    kind = _(LESSON_TYPES[row.type])
    return SimpleNamespace(
        name=name,
        who=row.student_name or None,
        place=f"{day_text(local_day(row.starts_at), locale())}, {kind}",
        what=_("attendance") if row.kind == "ATTENDANCE" else _("grade"),
        dropped=bool(typed and typed.get(f"drop:{name}")),
        refusal=message_of(row.refusal) if row.refusal else None,
    )


FIELD = SubjectField("entries", "start/_entries.html", asked, again, entries_from)
