"""The form field of a late entry request: its cells, in the start form and in rework (P21)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.cases.queries.case_details import TaskView
from app.journal.late_entry.queries import LateEntryKey, LateEntryLine, load_late_entry_form
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import day_text, pick_text
from app.texts.subject_line import LESSON_TYPE_LABELS
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.subject_fields import SubjectField
from app.web.core.visitor import current_act
from app.web.labels.messages import error_message

MAX_ENTRIES = 60
WHOLE_ROLL = "roll"
"""In an address, replaces the student: the roll of the whole lesson."""


def parse_late_entry_key(text: str) -> LateEntryKey:
    """Parse `lesson:student:kind`, with `roll` as student for the whole roll; raises Invalid (`entries`)."""
    pieces = text.split(":")
    try:
        lesson, kind = UUID(pieces[0]), pieces[2].upper()
        student = None if pieces[1] == WHOLE_ROLL else UUID(pieces[1])
    except (ValueError, IndexError):
        raise Invalid.field("entries", "journal.entry.unreadable") from None
    if kind not in ("ATTENDANCE", "GRADE"):
        raise Invalid.field("entries", "journal.cell.unknown_kind")
    return lesson, student, kind


def late_entry_address_key(lesson: UUID | str, student: UUID | str | None, kind: str) -> str:
    """Return the name of a cell in an address, or of a whole roll when `student` is None."""
    return f"{lesson}:{student or WHOLE_ROLL}:{kind}"


def read_posted_late_entries(posted: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Read the posted cells: `entry` is lesson:student:kind, `drop:<entry>` leaves one out.

    Raises Invalid (`entries`).
    """
    entries = []
    for name in posted.getlist("entry")[: MAX_ENTRIES + 1]:
        if not posted.get(f"drop:{name}"):
            lesson, student, kind = parse_late_entry_key(name)
            entries.append(
                {"lesson": str(lesson), "student": str(student) if student else None, "kind": kind}
            )
    return entries


def late_entries_start_view(address: Mapping[str, str], typed: Any) -> SimpleNamespace:
    """Build the view of the cells in the address; raises Invalid (`entries`) when there are none."""
    names = [part for part in address.get("cells", "").split(",") if part][:MAX_ENTRIES]
    if not names:
        raise Invalid.field("entries", "journal.change_set.empty")
    return _late_entries_view([parse_late_entry_key(name) for name in dict.fromkeys(names)], typed)


def late_entries_task_view(view: TaskView, typed: Any) -> SimpleNamespace:
    """Build the view of the cells of the case as they are now."""
    entries = view.case.subject.get("entries") or []
    places = [
        parse_late_entry_key(late_entry_address_key(one["lesson"], one["student_id"], one["kind"]))
        for one in entries
    ]
    return _late_entries_view(places, typed)


def _late_entries_view(places: Sequence[LateEntryKey], typed: Any) -> SimpleNamespace:
    found = load_late_entry_form(current_act(), places)
    return SimpleNamespace(
        course=pick_text(found.names, locale()),
        group=found.group,
        rows=[_late_entry_row(row, typed) for row in found.rows],
    )


def _late_entry_row(row: LateEntryLine, typed: Any) -> SimpleNamespace:
    name = late_entry_address_key(row.lesson, row.student, row.kind)
    kind = _(LESSON_TYPE_LABELS[row.type])
    return SimpleNamespace(
        name=name,
        who=row.student_name or None,
        place=f"{day_text(local_day(row.starts_at), locale())}, {kind}",
        what=_("attendance") if row.kind == "ATTENDANCE" else _("grade"),
        dropped=bool(typed and typed.get(f"drop:{name}")),
        refusal=error_message(row.refusal) if row.refusal else None,
    )


LATE_ENTRIES_FIELD = SubjectField(
    "entries",
    "start/_entries.html",
    late_entries_start_view,
    late_entries_task_view,
    read_posted_late_entries,
)
