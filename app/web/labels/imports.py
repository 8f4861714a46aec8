"""Texts of the pages of imports: kinds, columns, states and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from app.exchange import remarks
from app.exchange.queries import ImportRow, LineRow
from app.kernel.i18n import day_text
from app.texts.roles import ROLES
from app.texts.translate import gettext as _
from app.texts.translate import locale, mark
from app.web.labels.messages import words

KINDS: Mapping[str, str] = {
    "unit": mark("Units"),
    "semester": mark("Semesters"),
    "course": mark("Disciplines"),
    "study_group": mark("Groups"),
    "person": mark("People"),
    "offering": mark("Journals"),
    "role_grant": mark("Roles"),
    "teaching": mark("Teachers of a group"),
    "membership": mark("Students of a group"),
}
ACTIONS: Mapping[str, str] = {
    "insert": mark("New"),
    "update": mark("Changed"),
    "end": mark("Ended"),
    "remove": mark("Taken back"),
    "absent": mark("Missing in the file"),
}
"""Actions of a line of a plan. Rows missing in the file stay unchanged; only what has not begun is taken back."""
SKIPPED = mark("Not given")
REMARKS: Mapping[str, str] = {
    remarks.TEACHERS: mark(
        "Somebody begins or ends to teach in a journal that has lessons or sheets already"
    ),
    remarks.STAFF_ROLE: mark("A role that decides over others is given, changed or ended"),
    remarks.ROLE_OVER: mark("The role ended before today and is not given"),
    remarks.ROLE_AHEAD: mark("The role begins later; until then it gives nothing"),
    remarks.BEGINS_EARLY: mark(
        "The file names no first day, so the student begins with the semester, also in lessons that were held already"
    ),
    remarks.LEFT_BEFORE: mark(
        "The last day lies before lessons that were held; in these the student counts no more"
    ),
    remarks.ANSWERS: mark(
        "Another unit answers from now on for what stands here, and its staff can look into it"
    ),
}
"""Remarks that should be checked before agreeing to an import."""
COLUMNS: Mapping[str, str] = {
    "academic_year": mark("Academic year"),
    "code": mark("Code"),
    "course_id": mark("Discipline"),
    "department_id": mark("Department"),
    "email": mark("E-mail"),
    "ends_on": mark("Last day"),
    "family_name": mark("Family name"),
    "given_name": mark("Given name"),
    "group_id": mark("Group"),
    "identifier": mark("Identifier"),
    "kind": mark("Kind"),
    "name": mark("Title"),
    "names": mark("Title"),
    "offering_id": mark("Journal"),
    "parent_id": mark("Part of"),
    "patronymic": mark("Patronymic"),
    "person_id": mark("Person"),
    "role": mark("Role"),
    "semester_id": mark("Semester"),
    "starts_on": mark("First day"),
    "unit_id": mark("Unit"),
    "valid_from": mark("First day"),
    "valid_until": mark("Last day"),
}
UNIT_KINDS: Mapping[str, str] = {
    "university": mark("university"),
    "institute": mark("institute"),
    "college": mark("college"),
    "masters": mark("master's school"),
    "department": mark("department"),
}
PLACES = ("role", "unit_id", "starts_on", "valid_from", "ends_on", "valid_until")
"""Columns in a fixed order, after all others."""
DAY = "EEE d MMM y"
DAYS = frozenset({"starts_on", "ends_on", "valid_from", "valid_until"})


def state_of(row: ImportRow) -> SimpleNamespace:
    """Return the state of an import: look and label."""
    if row.state == "finished":
        return SimpleNamespace(look="done", label=_("done"))
    if row.state == "queued":
        return SimpleNamespace(look="open", label=_("is being imported") if row.done else _("waits its turn"))
    if row.state == "failed":
        return SimpleNamespace(look="quarantined", label=_("refused"))
    if row.findings:
        return SimpleNamespace(look="quarantined", label=_("has to be corrected"))
    if not row.changes:
        return SimpleNamespace(look="withdrawn", label=_("nothing to change"))
    return SimpleNamespace(look="open", label=_("waits for you"))


def sums(row: ImportRow) -> list[tuple[str, int]]:
    """Return (label, count) pairs over all kinds of rows, without zeros."""
    labels = [
        (_("new"), "insert"),
        (_("changed"), "update"),
        (_("ended"), "end"),
        (_("taken back"), "remove"),
        (_("unchanged"), "same"),
        (_("missing in the file"), "absent"),
    ]
    totals = [(label, sum(kind.get(action, 0) for kind in row.counts.values())) for label, action in labels]
    return [(label, count) for label, count in totals if count]


def finding_view(finding: Mapping[str, Any]) -> SimpleNamespace:
    """Return file, line, column and message of a finding."""
    params = {
        name: _parse_day(value) if name == "day" else value for name, value in finding["params"].items()
    }
    return SimpleNamespace(
        file=finding["file"],
        line=finding["line"],
        column=finding["column"],
        text=words(finding["code"], params),
    )


def line_view(line: LineRow) -> SimpleNamespace:
    """Return one line of the plan: kind, action and the old and new value of each column."""
    return SimpleNamespace(
        number=line.number,
        kind=_(KINDS[line.kind]),
        action=_(ACTIONS.get(line.action, SKIPPED)),
        skipped=line.action not in ACTIONS,
        remark=_(REMARKS[line.remark]) if line.remark in REMARKS else "",
        about=line.about,
        file=line.file,
        line=line.line,
        columns=[
            SimpleNamespace(
                label=_(COLUMNS.get(column, "")) if column in COLUMNS else column,
                old=_value_text(column, sides[0]),
                new=_value_text(column, sides[1]),
            )
            for column, sides in sorted(line.columns.items(), key=lambda pair: _column_order(pair[0]))
        ],
    )


def _column_order(column: str) -> int:
    """Return the sort key of a column; stored JSON keeps no order."""
    return PLACES.index(column) if column in PLACES else -1


def _value_text(column: str, value: Any) -> str:
    """Return a value of a column as text."""
    if value is None or value == "":
        return ""
    if column in DAYS:
        return _day_text(str(value))
    if column == "role":
        return _(ROLES[value])
    return _(UNIT_KINDS[value]) if column == "kind" else str(value)


def _parse_day(text: str) -> date:
    return date.fromisoformat(text)


def _day_text(text: str) -> str:
    """Return a day with its year: a roster holds past and future years."""
    return day_text(_parse_day(text), locale(), DAY)


def count_rows(row: ImportRow, link: Any) -> Sequence[SimpleNamespace]:
    """Return the table of counts; each count links to its lines unless it is zero."""
    return [
        SimpleNamespace(
            label=_(KINDS[kind]),
            same=counts["same"],
            cells=[
                (counts.get(action, 0), link(kind, action) if counts.get(action) else "")
                for action in ACTIONS
            ],
        )
        for kind, counts in row.counts.items()
    ]


def remark_rows(row: ImportRow, link: Any) -> Sequence[SimpleNamespace]:
    """Return the remarks to check, each with its number of lines and a link to them."""
    return [
        SimpleNamespace(text=_(text), count=row.remarks[code], url=link(code))
        for code, text in REMARKS.items()
        if row.remarks.get(code)
    ]


def kind_order(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts in the order in which kinds refer to each other; stored JSON keeps no order."""
    return {kind: counts[kind] for kind in KINDS if kind in counts}
