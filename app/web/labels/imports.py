"""Texts of the pages of imports: kinds, columns, states and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from app.exchange import remarks
from app.exchange.queries import ImportRow, PlanLineRow
from app.kernel.i18n import day_text
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.labels.messages import message_text

ROW_KIND_LABELS: Mapping[str, str] = {
    "unit": N_("Units"),
    "semester": N_("Semesters"),
    "course": N_("Disciplines"),
    "study_group": N_("Groups"),
    "person": N_("People"),
    "offering": N_("Journals"),
    "role_grant": N_("Roles"),
    "teaching": N_("Teachers of a group"),
    "membership": N_("Students of a group"),
    "lesson": N_("Lessons"),
}
ROW_ACTION_LABELS: Mapping[str, str] = {
    "insert": N_("New"),
    "update": N_("Changed"),
    "end": N_("Ended"),
    "remove": N_("Taken back"),
    "absent": N_("Missing in the file"),
}
"""Actions of a line of a plan. Rows missing in the file stay unchanged; only what has not begun is taken back."""
SKIPPED_ROW_LABEL = N_("Not given")
REMARK_LABELS: Mapping[str, str] = {
    remarks.REMARK_TEACHERS_CHANGED: N_(
        "A teacher joins or leaves a journal that already has classes or sheets"
    ),
    remarks.REMARK_STAFF_ROLE: N_("A role that decides over others is given, changed or ended"),
    remarks.REMARK_ROLE_BY_ENROLMENT: N_(
        "The file knows this person as a teacher only by an enrolment; the role teacher is given with it"
    ),
    remarks.REMARK_ROLE_OVER: N_("The role ended before today and is not given"),
    remarks.REMARK_ROLE_AHEAD: N_("The role begins later; until then it gives nothing"),
    remarks.REMARK_STAY_BEGINS_EARLY: N_(
        "The file names no first day, so the student begins with the semester, also in lessons that were held already"
    ),
    remarks.REMARK_STAY_LEFT_BEFORE: N_(
        "The last day lies before lessons that were held; in these the student counts no more"
    ),
    remarks.REMARK_NOT_ACTIVE: N_("The other system keeps this as inactive, so it is not brought in"),
    remarks.REMARK_SOME_CLASSES: N_(
        "The file has this student in some classes of the group only; here the student is in all its journals"
    ),
    remarks.REMARK_OTHER_JOURNALS: N_(
        "Another class of the same group still has this student, so the student stays in the group"
    ),
    remarks.REMARK_NO_DAY: N_("It ends before its first day, so it is not brought in"),
    remarks.REMARK_DISABLED_THERE: N_(
        "The other system keeps this as inactive; it is brought in all the same"
    ),
    remarks.REMARK_PARENT_NOT_SENT: N_(
        "The unit above this one is neither in the file nor stored, so this one is placed at the top"
    ),
    remarks.REMARK_RESPONSIBLE_UNIT_CHANGED: N_(
        "Another unit is responsible for this from now on, and its staff can see it"
    ),
}
GRAVE_REMARKS = frozenset({remarks.REMARK_STAFF_ROLE})
"""Remarks that stand out: what they name gives rights over others, so a file of the office needs IT for it."""
"""Remarks that should be checked before agreeing to an import."""
COLUMN_LABELS: Mapping[str, str] = {
    "academic_year": N_("Academic year"),
    "code": N_("Code"),
    "course_id": N_("Discipline"),
    "department_id": N_("Department"),
    "email": N_("E-mail"),
    "ends_on": N_("Last day"),
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "group_id": N_("Group"),
    "identifier": N_("Identifier"),
    "kind": N_("Kind"),
    "name": N_("Title"),
    "names": N_("Title"),
    "offering_id": N_("Journal"),
    "parent_id": N_("Part of"),
    "patronymic": N_("Patronymic"),
    "person_id": N_("Person"),
    "role": N_("Role"),
    "semester_id": N_("Semester"),
    "starts_on": N_("First day"),
    "unit_id": N_("Unit"),
    "valid_from": N_("First day"),
    "valid_until": N_("Last day"),
}
UNIT_KIND_LABELS: Mapping[str, str] = {
    "university": N_("university"),
    "institute": N_("institute"),
    "college": N_("college"),
    "masters": N_("master's school"),
    "department": N_("department"),
}
LAST_COLUMNS = ("semester_id", "role", "unit_id", "starts_on", "valid_from", "ends_on", "valid_until")
"""Columns in a fixed order, after all others."""
DAY_COLUMNS = frozenset({"starts_on", "ends_on", "valid_from", "valid_until"})


def import_state_view(row: ImportRow) -> SimpleNamespace:
    """Return the state of an import: look and label."""
    if row.state == "finished":
        return SimpleNamespace(look="done", label=_("done"))
    if row.state == "queued":
        return SimpleNamespace(look="open", label=_("is being imported") if row.done else _("waits its turn"))
    if row.state == "planning":
        return SimpleNamespace(look="open", label=_("is being compared"))
    if row.state == "cancelled":
        return SimpleNamespace(look="withdrawn", label=_("cancelled"))
    if row.state == "dropped":
        return SimpleNamespace(look="withdrawn", label=_("preview deleted"))
    if row.state == "failed":
        return SimpleNamespace(look="quarantined", label=_("refused"))
    if row.findings:
        return SimpleNamespace(look="quarantined", label=_("has to be corrected"))
    if not row.changes:
        return SimpleNamespace(look="withdrawn", label=_("nothing to change"))
    return SimpleNamespace(look="open", label=_("waits for you"))


def import_row_counts_by_action_label(row: ImportRow) -> list[tuple[str, int]]:
    """Return (label, count) pairs over all kinds of rows, without zeros."""
    labels = [
        (_("new"), "insert"),
        (_("changed"), "update"),
        (_("ended"), "end"),
        (_("revoked"), "remove"),
        (_("unchanged"), "same"),
        (_("missing in the file"), "absent"),
    ]
    totals = [(label, sum(kind.get(action, 0) for kind in row.counts.values())) for label, action in labels]
    return [(label, count) for label, count in totals if count]


def import_finding_view(finding: Mapping[str, Any]) -> SimpleNamespace:
    """Return file, line, column and message of a finding."""
    params = {
        name: _parse_day(value) if name == "day" else value for name, value in finding["params"].items()
    }
    return SimpleNamespace(
        file=finding["file"],
        line=finding["line"],
        column=finding["column"],
        text=message_text(finding["code"], params),
    )


def import_plan_line_view(line: PlanLineRow) -> SimpleNamespace:
    """Return one line of the plan: kind, action and the old and new value of each column."""
    return SimpleNamespace(
        number=line.number,
        kind=_(ROW_KIND_LABELS[line.kind]),
        action=_(ROW_ACTION_LABELS.get(line.action, SKIPPED_ROW_LABEL)),
        skipped=line.action not in ROW_ACTION_LABELS,
        remark=_(REMARK_LABELS[line.remark]) if line.remark in REMARK_LABELS else "",
        grave=line.remark in GRAVE_REMARKS,
        about=line.about,
        file=line.file,
        line=line.line,
        columns=[
            SimpleNamespace(
                label=_(COLUMN_LABELS.get(column, "")) if column in COLUMN_LABELS else column,
                old=_column_value_text(column, sides[0]),
                new=_column_value_text(column, sides[1]),
            )
            for column, sides in sorted(line.columns.items(), key=lambda pair: _column_sort_key(pair[0]))
        ],
    )


def _column_sort_key(column: str) -> int:
    """Return the sort key of a column; stored JSON keeps no order."""
    return LAST_COLUMNS.index(column) if column in LAST_COLUMNS else -1


def _column_value_text(column: str, value: Any) -> str:
    """Return a value of a column as text."""
    if value is None or value == "":
        return ""
    if column in DAY_COLUMNS:
        return _iso_day_with_year_text(str(value))
    if column == "role":
        return _(LABEL_BY_ROLE[value])
    return _(UNIT_KIND_LABELS[value]) if column == "kind" else str(value)


def _parse_day(text: str) -> date:
    return date.fromisoformat(text)


def _iso_day_with_year_text(text: str) -> str:
    """Return a day with its year: a roster holds past and future years."""
    return day_text(_parse_day(text), locale(), with_year=True)


def import_count_rows(row: ImportRow, link: Any) -> Sequence[SimpleNamespace]:
    """Return the table of counts; each count links to its lines unless it is zero."""
    return [
        SimpleNamespace(
            label=_(ROW_KIND_LABELS[kind]),
            same=counts["same"],
            cells=[
                (counts.get(action, 0), link(kind, action) if counts.get(action) else "")
                for action in ROW_ACTION_LABELS
            ],
        )
        for kind, counts in row.counts.items()
    ]


def import_remark_rows(row: ImportRow, link: Any) -> Sequence[SimpleNamespace]:
    """Return the remarks to check, grave ones first, each with its number of lines and a link to them."""
    found = [
        SimpleNamespace(text=_(text), count=row.remarks[code], url=link(code), grave=code in GRAVE_REMARKS)
        for code, text in REMARK_LABELS.items()
        if row.remarks.get(code)
    ]
    return sorted(found, key=lambda one: not one.grave)


def counts_in_kind_order(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the counts in the order in which kinds refer to each other; stored JSON keeps no order."""
    return {kind: counts[kind] for kind in ROW_KIND_LABELS if kind in counts}
