"""Whose cabinet is open: the student's own, or one that a curator or the directorate looks into (6.1, 3.1).

Knows the way between its pages and what may be asked for from them; what stands on a page the page says itself.
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
"""What a student asks for from his cabinet, where the menu has it."""
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
    """One student's cabinet as the present person sees it. `starts` are what may be begun from it now: by the student
    himself, or in his name by who looks after him. `viewer` limits what others see of his cases; None: everything."""

    student: UUID
    own: bool
    name: str
    groups: tuple[people.GroupRow, ...]
    starts: frozenset[str]
    viewer: Act | None

    def url(self, page: str, **more: Any) -> str:
        """The address of one of `PAGES` of this cabinet."""
        if self.own:
            return url_for("cases.requests" if page == "requests" else f"student.{page}", **more)
        return url_for(f"groups.{page}", student=self.student, **more)

    def begin(self, start: str, **place: Any) -> str | None:
        """The form of a start, filled in for this place; None when this person may not begin it."""
        if start not in self.starts:
            return None
        whose: dict[str, Any] = {} if self.own else {"student": self.student}
        return url_for("start.begin", name=start, **place, **whose)

    def frame(self, page: str) -> SimpleNamespace:
        """What `student/cabinet.html` draws around a page: whose it is and the way between pages."""
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
    """The cabinet of who is signed in; raises Missing for who is no student."""
    now = act()
    if now.person is None or not any(hat.role == "student" for hat in now.hats):
        raise Missing
    return Cabinet(now.person, True, "", (), _starts(now, None), None)


def cabinet_of(student: UUID) -> Cabinet:
    """The cabinet of a student whom the act's person looks after; raises Missing for every other, as if he did not
    exist. Three statements, and one for each start of the menu."""
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
        starts=_starts(now, student),
        viewer=now,
    )


def may_look(now: Act, student: UUID) -> bool:
    """Whether the act's person may open the cabinet of this student; one statement, none for who never may."""
    if not any(hat.role in WATCHING for hat in now.hats):
        return False
    scope = people.scope_of_student(student, local_day(now.at))
    return may(now.hats, "cabinet.read", scope, persons_of(now))


def _starts(now: Act, behalf: UUID | None) -> frozenset[str]:
    return frozenset(_allowed(now, STARTS, behalf))


def _allowed(now: Act, names: Iterable[str], behalf: UUID | None) -> Iterable[str]:
    for name in names:
        start = operations.STARTS.get(name)
        if start is None:
            continue
        try:
            may_begin(now, start, behalf)
        except (Denied, Missing):
            continue
        yield name
