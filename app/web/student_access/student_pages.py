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
from app.cases.commands.start import may_begin
from app.journal.gradebook.access import persons_of
from app.journal.makeups.rules import LATE, MAKE_UP
from app.journal.student_views.absence_needs import HAND_IN
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Missing
from app.people import queries as people
from app.people.rules import ALLOWED, may
from app.texts.translate import gettext as _
from app.texts.translate import mark
from app.web.core.visitor import act

DISPUTE, APPEAL, RESULT_DISPUTE = "dispute", "appeal", "result_dispute"
STARTS = (HAND_IN, MAKE_UP, LATE, DISPUTE, APPEAL, RESULT_DISPUTE)
"""Starts offered on a student's pages, where the menu has them."""
WATCHING = frozenset(ALLOWED["cabinet.read"])
PAGES = (
    ("today", mark("Today")),
    ("marks", mark("Marks")),
    ("absences", mark("Absences")),
    ("requests", mark("Requests")),
    ("documents", mark("Documents")),
)


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

    def url(self, page: str, **more: Any) -> str:
        """Return the address of one of the pages of this student."""
        if self.own:
            return url_for("cases.requests" if page == "requests" else f"student.{page}", **more)
        return url_for(f"groups.{page}", student=self.student, **more)

    def begin(self, start: str, **params: Any) -> str | None:
        """Return the form of a start with these values filled in; None when the person may not start it."""
        if start not in self.starts:
            return None
        student: dict[str, Any] = {} if self.own else {"student": self.student}
        return url_for("start.begin", name=start, **params, **student)

    def frame(self, page: str) -> SimpleNamespace:
        """Return the values of `student/cabinet.html` around a page: the student and the tabs."""
        return SimpleNamespace(
            own=self.own,
            page=page,
            name=self.name,
            group=", ".join(group.name for group in self.groups),
            group_url=url_for("groups.group", group_id=self.groups[0].id) if self.groups else None,
            helps=bool(self.starts),
            hand_in_url=self.begin(HAND_IN),
            tabs=[
                {"label": _(label), "url": self.url(name), "active": name == page, "count": None}
                for name, label in PAGES
            ],
        )


def own_cabinet() -> Cabinet:
    """Return the pages of the signed-in student. Raises Missing for a person who is not a student."""
    now = act()
    if now.person is None or not any(hat.role == "student" for hat in now.hats):
        raise Missing
    return Cabinet(now.person, True, "", (), _allowed_starts(now, None), None)


def cabinet_of(student: UUID) -> Cabinet:
    """Return the pages of a student whom the act's person looks after. Raises Missing for any other student.

    The same for a student who does not exist. Three statements, and one for each start of the menu.
    """
    now = act()
    today = local_day(now.at)
    scope = people.scope_of_student(student, today)
    if not may(now.hats, "cabinet.read", scope, persons_of(now)):
        raise Missing
    return Cabinet(
        student=student,
        own=False,
        name=people.names([student])[student].full,
        groups=tuple(people.groups_of(student, today)),
        starts=_allowed_starts(now, student),
        viewer=now,
    )


def may_look(now: Act, student: UUID) -> bool:
    """Return whether the act's person may open the pages of this student.

    One statement; none for a role that never may.
    """
    if not any(hat.role in WATCHING for hat in now.hats):
        return False
    scope = people.scope_of_student(student, local_day(now.at))
    return may(now.hats, "cabinet.read", scope, persons_of(now))


def _allowed_starts(now: Act, behalf: UUID | None) -> frozenset[str]:
    """Return the starts that the person may begin now."""
    return frozenset(_iter_allowed(now, STARTS, behalf))


def _iter_allowed(now: Act, names: Iterable[str], behalf: UUID | None) -> Iterable[str]:
    """Yield the names of the starts that the person may begin now."""
    for name in names:
        start = operations.STARTS.get(name)
        if start is None:
            continue
        try:
            may_begin(now, start, behalf)
        except (Denied, Missing):
            continue
        yield name
