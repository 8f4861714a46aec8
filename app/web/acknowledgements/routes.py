"""The groups whose students are acquainted with the regulation, the sheet of one group, and its print (annex 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.audit.words import unseal_texts
from app.journal.acknowledgements import commands, queries
from app.journal.acknowledgements.rules import (
    DECLINED,
    KEPT,
    MAX_NOTE_LENGTH,
    MAX_WITNESS_LENGTH,
    MIN_NOTE_LENGTH,
    OWN,
    PAPER,
    RECORDED_WAYS,
    WITHDRAWN,
    may_keep,
    may_record,
)
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.semesters.queries import SemesterRow
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Refused
from app.kernel.ids import parse_id
from app.kernel.typed_values import read_day_field
from app.people import queries as people
from app.people.queries.structure import load_units_in_reach
from app.people.rules import PermissionScope, is_permitted
from app.texts.semesters import semester_title
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act, request_time, writes_every_year
from app.web.labels.deadlines import task_due_view
from app.web.labels.messages import error_message, problem_texts_by_field

blueprint = Blueprint("acknowledgements", __name__)
PAGE_SIZE = 40
WAY_LABELS = {
    OWN: N_("read and confirmed in the system"),
    PAPER: N_("signed on paper"),
    DECLINED: N_("declined to sign"),
}
FORM_LABELS = {
    PAPER: N_("Signed the printed sheet"),
    DECLINED: N_("Declined to sign, two witnesses"),
    WITHDRAWN: N_("Entered by mistake: withdraw the entry"),
}


@blueprint.get("/acknowledgements")
@allow_access("acknowledgements.read")
@writes_every_year
def list_groups_to_acquaint() -> str:
    """List the groups in the visitor's reach with the numbers of one semester; the present one unless chosen."""
    act = current_act()
    today = local_day(act.at)
    semesters = queries.load_begun_semesters(today)
    semester = _chosen_semester(semesters)
    groups: list[queries.GroupToAcquaint] = []
    following = None
    if semester is not None:
        units = load_units_in_reach(act.assignments, "acknowledgements.read")
        is_curator = any(one.role == "curator" for one in act.assignments)
        curators = acting_and_represented_persons(act) if is_curator else frozenset()
        found = queries.load_groups_to_acquaint(units, curators, semester, today, _page_key(), PAGE_SIZE + 1)
        groups = found[:PAGE_SIZE]
        if len(found) > PAGE_SIZE:
            after = f"{groups[-1].id}~{groups[-1].name}"
            following = url_for("acknowledgements.list_groups_to_acquaint", semester=semester.id, after=after)
    return render_template(
        "acknowledgements/groups.html",
        semesters=[
            SimpleNamespace(
                label=semester_title(one.names, one.year),
                url=url_for("acknowledgements.list_groups_to_acquaint", semester=one.id),
                active=one is semester,
            )
            for one in semesters[:6]
        ],
        rows=_group_rows(groups, semester) if semester is not None else [],
        has_semester=semester is not None,
        next=following,
    )


def _page_key() -> tuple[str, UUID] | None:
    """Return the key after which the page begins, None for the first page. Raises Invalid."""
    text = request.args.get("after", "")
    if not text:
        return None
    group, _sign, name = text.partition("~")
    if "\x00" in name:
        raise Invalid.field("after", "kernel.input.not_an_id")
    return name, parse_id(group, "after")


def _chosen_semester(semesters: list[SemesterRow]) -> SemesterRow | None:
    """Return the semester that was named, else the latest that has begun. Raises Missing."""
    wanted = request.args.get("semester")
    if not wanted:
        return semesters[0] if semesters else None
    id = parse_id(wanted, "semester")
    named = next((one for one in semesters if one.id == id), None)
    if named is None:
        raise Missing
    return named


def _group_rows(groups: list[queries.GroupToAcquaint], semester: SemesterRow) -> list[SimpleNamespace]:
    """Build the rows of the groups; a fixed number of statements."""
    now = current_act().at
    lines = queries.load_sheet_lines(groups, semester, now)
    steps = queries.load_newest_sheet_steps([one.id for one in groups], semester.id)
    names = people.load_names({one.curator for one in groups if one.curator})
    rows = []
    for one in groups:
        own = lines[one.id]
        numbers = queries.count_lines(own)
        waiting = [line.deadline for line in own if line.deadline is not None and line.way is None]
        step = steps.get(one.id)
        rows.append(
            SimpleNamespace(
                name=one.name,
                url=commands.sheet_url(one.id, semester.id),
                curator=names[one.curator].short if one.curator in names else "",
                numbers=numbers,
                due=acknowledgement_due_view(min(waiting, key=lambda due: due.moment)) if waiting else None,
                state=_sheet_state(own, step),
            )
        )
    return rows


def acknowledgement_due_view(due: Any) -> Any:
    """Build the view of a deadline; the number of its days stands in no clause, so none is shown."""
    return task_due_view(due.moment, current_act().at, locale(), None, due.as_json(), None)


def _sheet_state(lines: list[queries.SheetLine], step: Any) -> str:
    """Return the words for the state of a sheet."""
    if step is None:
        return _("not signed yet")
    if commands.is_changed_since(lines, step):
        return _("changed since it was signed")
    complete = queries.count_lines(lines).is_complete
    if step.step == KEPT:
        return _("kept, complete") if complete else _("kept, incomplete")
    return _("signed, complete") if complete else _("signed, incomplete")


@blueprint.get("/acknowledgements/<uuid:semester_id>/<uuid:group_id>")
@allow_access("acknowledgements.read")
@writes_every_year
def show_sheet(semester_id: UUID, group_id: UUID, refused: DepterError | None = None) -> str:
    """Show the sheet of a group with the forms of who acquaints it and who keeps it."""
    group, semester, scope = _readable_sheet(semester_id, group_id)
    act = current_act()
    lines = queries.load_sheet_lines([group], semester, act.at)[group.id]
    step = queries.load_newest_sheet_steps([group.id], semester.id).get(group.id)
    records = may_record(act.assignments, scope, acting_and_represented_persons(act))
    changed = step is not None and commands.is_changed_since(lines, step)
    chosen = set(request.form.getlist("student"))
    names = people.load_names({one.student for one in lines} | _makers(lines, step, group))
    values = {
        key: request.form.get(key, "")[:600] for key in ("way", "day", "note", "witness_1", "witness_2")
    }
    return render_template(
        "acknowledgements/sheet.html",
        group=group.name,
        curator=names[group.curator].full if group.curator in names else "",
        semester=semester_title(semester.names, semester.year),
        rows=[_line_row(one, names, chosen) for one in lines],
        notes=_declined_notes(lines, names) if records or may_keep(act.assignments, scope) else [],
        numbers=queries.count_lines(lines),
        state=_sheet_state(lines, step),
        step=SimpleNamespace(by=names[step.made_by].full, at=step.made_at) if step is not None else None,
        may_record=records and bool(lines),
        may_sign=records and any(one.way for one in lines) and (step is None or changed),
        may_keep=may_keep(act.assignments, scope) and step is not None and step.step != KEPT and not changed,
        ways=[(key, _(FORM_LABELS[key])) for key in RECORDED_WAYS],
        values={
            **values,
            "way": values["way"] or PAPER,
            "day": values["day"] or local_day(act.at).isoformat(),
        },
        least=MIN_NOTE_LENGTH,
        most=MAX_NOTE_LENGTH,
        most_name=MAX_WITNESS_LENGTH,
        here=commands.sheet_url(group.id, semester.id),
        list_url=url_for("acknowledgements.list_groups_to_acquaint", semester=semester.id),
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=error_message(refused) if refused is not None else "",
    )


def _readable_sheet(
    semester_id: UUID, group_id: UUID
) -> tuple[queries.GroupToAcquaint, SemesterRow, PermissionScope]:
    """Return group, semester and scope of a sheet that the visitor may read. Raises Missing."""
    act = current_act()
    scope = people.load_group_permission_scope(group_id)
    if not is_permitted(act.assignments, "acknowledgements.read", scope, acting_and_represented_persons(act)):
        raise Missing
    group = queries.find_group_to_acquaint(group_id)
    semesters = queries.load_begun_semesters(local_day(act.at))
    semester = next((one for one in semesters if one.id == semester_id), None)
    if group is None or semester is None:
        raise Missing
    return group, semester, scope


def _makers(lines: list[queries.SheetLine], step: Any, group: queries.GroupToAcquaint) -> set[UUID]:
    """Return the persons named on a sheet beside its students."""
    named = {one.row.made_by for one in lines if one.row is not None}
    return (
        named
        | ({step.made_by} if step is not None else set())
        | ({group.curator} if group.curator else set())
    )


def _line_row(
    one: queries.SheetLine, names: Mapping[UUID, people.PersonName], chosen: set[str]
) -> SimpleNamespace:
    row = one.row if one.way is not None else None
    return SimpleNamespace(
        id=str(one.student),
        name=names[one.student].full,
        is_member=one.is_member,
        way=_(WAY_LABELS[one.way]) if one.way is not None else "",
        is_done=one.way is not None,
        day=row.day if row is not None else None,
        by=names[row.made_by].short if row is not None and row.way != OWN else "",
        due=acknowledgement_due_view(one.deadline) if one.deadline is not None and one.way is None else None,
        chosen=str(one.student) in chosen,
    )


def _declined_notes(
    lines: list[queries.SheetLine], names: Mapping[UUID, people.PersonName]
) -> list[SimpleNamespace]:
    """Build the notes about students who declined; one statement. Erased ones are left out."""
    rows = [one.row for one in lines if one.way == DECLINED and one.row is not None]
    notes = []
    for row, text in zip(rows, unseal_texts([(row.student_id, row.note) for row in rows]), strict=True):
        if text:
            said = json.loads(text)
            notes.append(
                SimpleNamespace(
                    name=names[row.student_id].full, note=said["note"], witnesses=", ".join(said["witnesses"])
                )
            )
    return notes


@blueprint.post("/acknowledgements/<uuid:semester_id>/<uuid:group_id>")
@allow_access("acknowledgements.record")
def record_acknowledgements(semester_id: UUID, group_id: UUID) -> Any:
    """Record the chosen students of a sheet: signed on paper, declined, or entered by mistake."""
    form, act = request.form, current_act()
    try:
        students = [parse_id(one, "student") for one in form.getlist("student")[:500]]
        day = read_day_field("day", form.get("day"))
        with door.write(act):
            count = commands.record_acknowledgements(
                act,
                group_id,
                semester_id,
                students,
                form.get("way", ""),
                day,
                form.get("note", ""),
                (form.get("witness_1", ""), form.get("witness_2", "")),
            )
    except (Invalid, Refused, Denied) as refused:
        return show_sheet(semester_id, group_id, refused), refused.status
    flash(_("Recorded on the sheet: %(count)s") % {"count": count}, "good")
    return redirect(commands.sheet_url(group_id, semester_id))


@blueprint.post("/acknowledgements/<uuid:semester_id>/<uuid:group_id>/sign")
@allow_access("acknowledgements.record")
def sign_sheet(semester_id: UUID, group_id: UUID) -> Any:
    """Sign the sheet and hand it to the directorate."""
    act = current_act()
    try:
        with door.write(act):
            commands.sign_sheet(act, group_id, semester_id)
    except (Refused, Denied) as refused:
        return show_sheet(semester_id, group_id, refused), refused.status
    flash(_("The sheet is signed. The directorate was told."), "good")
    return redirect(commands.sheet_url(group_id, semester_id))


@blueprint.post("/acknowledgements/<uuid:semester_id>/<uuid:group_id>/keep")
@allow_access("acknowledgements.record")
def keep_sheet(semester_id: UUID, group_id: UUID) -> Any:
    """Record that the directorate keeps the sheet."""
    act = current_act()
    try:
        with door.write(act):
            commands.keep_sheet(act, group_id, semester_id)
    except (Refused, Denied) as refused:
        return show_sheet(semester_id, group_id, refused), refused.status
    flash(_("The sheet is kept in the directorate."), "good")
    return redirect(commands.sheet_url(group_id, semester_id))


@blueprint.get("/acknowledgements/<uuid:semester_id>/<uuid:group_id>/print")
@allow_access("acknowledgements.read")
@writes_every_year
def print_sheet(semester_id: UUID, group_id: UUID) -> str:
    """Show the sheet in the form of annex 4, to print and to sign."""
    group, semester, _scope = _readable_sheet(semester_id, group_id)
    lines = queries.load_sheet_lines([group], semester, request_time())[group.id]
    step = queries.load_newest_sheet_steps([group.id], semester.id).get(group.id)
    names = people.load_names({one.student for one in lines} | _makers(lines, step, group))
    return render_template(
        "acknowledgements/print.html",
        group=group.name,
        semester=semester_title(semester.names, semester.year),
        curator=names[group.curator].full if group.curator in names else "",
        rows=[_line_row(one, names, set()) for one in lines],
        step=SimpleNamespace(by=names[step.made_by].full, at=step.made_at) if step is not None else None,
        back=commands.sheet_url(group.id, semester.id),
    )
