"""Group views of absences by need and by month, and cut groups into pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import SimpleNamespace

from app.cases.queries.requests import RequestedCaseRow
from app.journal.student_views import absence_needs as rules
from app.journal.student_views.absences import MissedLesson
from app.kernel.i18n import day_text
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _

RUNNING_GROUP, IN_CASE_GROUP, OVERDUE_GROUP, LAST_DAY_PASSED_GROUP = "running", "case", "overdue", "last"
GROUP_HEADINGS: Mapping[str, str] = {
    RUNNING_GROUP: N_("The time is running"),
    IN_CASE_GROUP: N_("Under way"),
    OVERDUE_GROUP: N_("The 14 days are over"),
    LAST_DAY_PASSED_GROUP: N_("The make-up deadline of the semester has passed"),
}


def absence_group_key(absence: MissedLesson, cases: Sequence[RequestedCaseRow]) -> str:
    """Return the key of the group of an absence, one of `GROUP_HEADINGS`."""
    if cases:
        return IN_CASE_GROUP
    kinds = {need.kind for need in absence.needs}
    if kinds & {rules.NEED_EXTENSION, rules.NEED_COMMISSION}:
        return LAST_DAY_PASSED_GROUP
    return OVERDUE_GROUP if rules.NEED_OVERDUE_MAKEUP in kinds else RUNNING_GROUP


def month_heading(day: date) -> str:
    """Return the month of a day as a heading."""
    return day_text(day, locale(), "LLLL y").capitalize()


def absence_groups_by_need(views: Iterable[SimpleNamespace]) -> list[SimpleNamespace]:
    """Group absences that need something: deadlines that run, open cases, 14 days over, last day passed.

    Within a group the first to end comes first.
    """
    sorted_in: dict[str, list[SimpleNamespace]] = {key: [] for key in GROUP_HEADINGS}
    for view in views:
        sorted_in[view.group].append(view)
    return [
        SimpleNamespace(
            key=key, title=_(GROUP_HEADINGS[key]), rows=sorted(found, key=_absence_urgency_sort_key)
        )
        for key, found in sorted_in.items()
        if found
    ]


def _absence_urgency_sort_key(view: SimpleNamespace) -> tuple[float, date]:
    ends = [need.due.at.timestamp() for need in view.needs if need.due and need.due.state != "missed"]
    return min(ends, default=float("inf")), view.day


def absence_groups_by_month(views: Iterable[SimpleNamespace]) -> list[SimpleNamespace]:
    """Group absences by month, in the given order."""
    found: dict[str, list[SimpleNamespace]] = {}
    for view in views:
        found.setdefault(month_heading(view.day), []).append(view)
    return [SimpleNamespace(key="month", title=title, rows=rows) for title, rows in found.items()]


def page_of_groups(
    groups: Sequence[SimpleNamespace], page: int, most: int
) -> tuple[list[SimpleNamespace], bool]:
    """Return the rows of one page in their groups, and whether more follow."""
    first, last = max(page, 0) * most, (max(page, 0) + 1) * most
    page_groups, seen = [], 0
    for group in groups:
        rows = group.rows[max(first - seen, 0) : max(last - seen, 0)]
        seen += len(group.rows)
        if rows:
            page_groups.append(
                SimpleNamespace(key=group.key, title=group.title, rows=rows, count=len(group.rows))
            )
    return page_groups, seen > last
