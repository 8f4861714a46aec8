"""The student's pages ("cabinet"), opened by the student, a curator or the directorate (6.1, 3.1).

This module provides the links between these pages and the requests that may be started from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app import operations
from app.audit.reads import MARKS
from app.cases.commands.start import require_may_start_process
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.makeups.rules import MAKEUP_DIAGRAM, MAKEUP_EXTENSION_DIAGRAM
from app.journal.student_views.absence_needs import SUBMIT_EXCUSE
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Missing
from app.people import queries as people
from app.people.rules import PERMISSIONS, is_permitted
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.core.read_records import record_read
from app.web.core.visitor import current_act

DISPUTE, APPEAL, RESULT_DISPUTE = "dispute", "appeal", "result_dispute"
CABINET_STARTS = (SUBMIT_EXCUSE, MAKEUP_DIAGRAM, MAKEUP_EXTENSION_DIAGRAM, DISPUTE, APPEAL, RESULT_DISPUTE)
"""Starts offered on a student's pages, where the menu has them."""
CABINET_READER_ROLES = frozenset(PERMISSIONS["cabinet.read"])
CABINET_PAGES = (
    ("today", N_("Today")),
    ("marks", N_("Marks")),
    ("absences", N_("Absences")),
    ("requests", N_("Requests")),
    ("documents", N_("Documents")),
)


def load_groups_in_care() -> list[people.GroupRow]:
    """Return the groups of the visitor's institutes, and those of which the visitor is the curator, by name."""
    now = current_act()
    units = {one.unit for one in now.assignments if one.role == "directorate" and one.unit}
    found = {group.id: group for group in people.load_groups_of_units(units)}
    if any(assignment.role == "curator" for assignment in now.assignments):
        for person in acting_and_represented_persons(now):
            found |= {group.id: group for group in people.load_curated_groups(person)}
    return sorted(found.values(), key=lambda group: group.name)


@dataclass(frozen=True, slots=True)
class Cabinet:
    """One student's pages for the present person.

    `starts` are the requests that may be started now, by the student or on the student's behalf. `viewer`
    limits what others see of the student's cases; None: everything.
    """

    student: UUID
    own: bool
    name: str
    groups: tuple[people.GroupRow, ...]
    starts: frozenset[str]
    viewer: Act | None

    def student_page_url(self, page: str, **more: Any) -> str:
        """Return the address of one of the pages of this student."""
        if self.own:
            return url_for("cases.list_own_requests" if page == "requests" else f"student.{page}", **more)
        return url_for(f"groups.{page}", student=self.student, **more)

    def start_form_url(self, start: str, **params: Any) -> str | None:
        """Return the form of a start with these values filled in; None when the person may not start it."""
        if start not in self.starts:
            return None
        student: dict[str, Any] = {} if self.own else {"student": self.student}
        return url_for("start.show_start_form", name=start, **params, **student)

    def page_frame_view(self, page: str) -> SimpleNamespace:
        """Return the values of `student/cabinet.html` around a page: the student and the tabs."""
        return SimpleNamespace(
            own=self.own,
            page=page,
            name=self.name,
            group=", ".join(group.name for group in self.groups),
            group_url=url_for("groups.group", group_id=self.groups[0].id) if self.groups else None,
            helps=bool(self.starts),
            hand_in_url=self.start_form_url(SUBMIT_EXCUSE),
            tabs=[
                {"label": _(label), "url": self.student_page_url(name), "active": name == page, "count": None}
                for name, label in CABINET_PAGES
            ],
        )


def own_cabinet() -> Cabinet:
    """Return the pages of the signed-in student. Raises Missing for a person who is not a student."""
    now = current_act()
    if now.person is None or not any(assignment.role == "student" for assignment in now.assignments):
        raise Missing
    return Cabinet(now.person, True, "", (), _allowed_start_names(now, None), None)


def student_cabinet(student: UUID) -> Cabinet:
    """Return the pages of a student whom the act's person looks after. Raises Missing for any other student.

    The same for a student who does not exist. Three statements, and one for each start of the menu.
    """
    now = current_act()
    today = local_day(now.at)
    scope = people.load_student_permission_scope(student, today)
    if not is_permitted(now.assignments, "cabinet.read", scope, acting_and_represented_persons(now)):
        raise Missing
    record_read(MARKS, "people.person", student, (student,))
    return Cabinet(
        student=student,
        own=False,
        name=people.load_names([student])[student].full,
        groups=tuple(people.load_student_groups(student, today)),
        starts=_allowed_start_names(now, student),
        viewer=now,
    )


def can_open_cabinet(now: Act, student: UUID) -> bool:
    """Return whether the act's person may open the pages of this student.

    One statement; none for a role that never may.
    """
    if not any(assignment.role in CABINET_READER_ROLES for assignment in now.assignments):
        return False
    scope = people.load_student_permission_scope(student, local_day(now.at))
    return is_permitted(now.assignments, "cabinet.read", scope, acting_and_represented_persons(now))


def _allowed_start_names(now: Act, behalf: UUID | None) -> frozenset[str]:
    """Return the starts that the person may begin now."""
    return frozenset(_iter_allowed_start_names(now, CABINET_STARTS, behalf))


def _iter_allowed_start_names(now: Act, names: Iterable[str], behalf: UUID | None) -> Iterable[str]:
    """Yield the names of the starts that the person may begin now."""
    for name in names:
        start = operations.STARTS.get(name)
        if start is None:
            continue
        try:
            require_may_start_process(now, start, behalf)
        except (Denied, Missing):
            continue
        yield name
