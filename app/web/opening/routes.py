"""Pages of the opening of journals: departments of a semester, journals of a department, journals to be checked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.cases.commands.start import start_case
from app.journal.courses.state_rules import DRAFT, JOURNAL_STATES, has_office_role
from app.journal.gradebook.access import acting_and_represented_persons
from app.journal.opening.queries import (
    load_department_counts,
    load_draft_rows_of_teacher,
    load_opening_rows,
)
from app.journal.semesters.queries import SemesterRow, load_all_semesters
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import DepterError, Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.core.visitor import allow_access, current_act
from app.web.labels.journal_states import JOURNAL_STATE_LABELS
from app.web.labels.messages import error_message, next_step_text
from app.web.opening.presenter import journal_line
from app.web.structure import presenter as structure

blueprint = Blueprint("openings", __name__)
PAGE_SIZE = 50


@blueprint.get("/openings")
@allow_access("structure.read")
def list_openings(refused: DepterError | None = None) -> str:
    """List the departments of a semester with the states of their journals; the academic office begins openings."""
    semesters = load_all_semesters()
    semester = _chosen_semester(semesters)
    act, units = current_act(), people.load_unit_tree()
    counts = load_department_counts(semester.id, structure.reach()) if semester else []
    rows = sorted(
        (
            SimpleNamespace(
                name=pick_text(units[one.department].names, locale()),
                url=url_for(
                    "openings.list_department_journals", unit_id=one.department, semester=semester.id
                ),
                counts=[one.by_state.get(state, 0) for state in JOURNAL_STATES],
                drafts=one.by_state.get(DRAFT, 0),
                case=url_for("cases.show_case", case_id=one.case) if one.case else None,
            )
            for one in counts
            if semester is not None
        ),
        key=lambda row: row.name,
    )
    starts = has_office_role(act.assignments)
    waiting = sum(1 for row in rows if row.drafts and not row.case)
    return render_template(
        "opening/departments.html",
        semesters=_semester_options(semesters, semester),
        semester=str(semester.id) if semester else "",
        states=[_(JOURNAL_STATE_LABELS[state]) for state in JOURNAL_STATES],
        rows=rows,
        starts=starts,
        waiting=waiting if starts and semester and semester.dates.ends_on >= local_day(act.at) else 0,
        token=new_id(),
        refused=_refusal_text(refused),
    )


@blueprint.post("/openings")
@allow_access("openings.begin")
def begin_openings() -> Any:
    """Begin the opening of every department of a semester that has journals to open and no opening yet."""
    act = current_act()
    semester = parse_id(request.form.get("semester"), "semester")
    token = parse_id(request.form.get("id"))
    begun = 0
    try:
        with door.write(act):
            for one in load_department_counts(semester, None):
                if not one.by_state.get(DRAFT) or one.case is not None:
                    continue
                answers = {"opening": {"department": str(one.department), "semester": str(semester)}}
                # The same form sent twice names the same cases.
                case = UUID(int=token.int ^ one.department.int, version=4)
                begun += not start_case(act, case, "journal_opening", answers).repeated
    except DepterError as refused:
        if refused.status == Missing.status:
            raise
        return list_openings(refused), refused.status
    text = ngettext("%(n)s opening has begun.", "%(n)s openings have begun.", begun) % {"n": begun}
    flash(text, "good")
    return redirect(url_for("openings.list_openings", semester=semester))


@blueprint.get("/openings/<uuid:unit_id>")
@allow_access("structure.read")
def list_department_journals(unit_id: UUID) -> str:
    """List the journals of a department in a semester: state, teachers and their answers, what is missing."""
    units = people.load_unit_tree()
    if unit_id not in units:
        raise Missing
    structure.require_in_reach(unit_id, units[unit_id].parent)
    semesters = load_all_semesters()
    semester = _chosen_semester(semesters)
    state = request.args.get("state", "")
    if state not in JOURNAL_STATES:
        state = ""
    found = (
        load_opening_rows(
            semester.id,
            [unit_id],
            state=state,
            after=structure.page_key(3),  # type: ignore[arg-type]
            most=PAGE_SIZE + 1,
        )
        if semester
        else []
    )
    rows, last = found[:PAGE_SIZE], found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    states = [(one, _(JOURNAL_STATE_LABELS[one])) for one in JOURNAL_STATES]
    return render_template(
        "opening/journals.html",
        title=pick_text(units[unit_id].names, locale()),
        back=SimpleNamespace(url=url_for("openings.list_openings"), label=_("Opening of journals")),
        url=url_for("openings.list_department_journals", unit_id=unit_id),
        filters=[
            structure.list_filter(
                "semester",
                _("Any semester"),
                [(one.id, semester_title(one.names, one.year)) for one in semesters],
                semester.id if semester else None,
            ),
            structure.list_filter("state", _("Any state"), states, state),
        ],
        rows=[journal_line(row) for row in rows],
        next=structure.next_url(
            "openings.list_department_journals",
            (last.code, last.group, last.id) if last else None,
            unit_id=unit_id,
            semester=semester.id if semester else None,
            state=state,
        ),
        nothing=_("No journal of this department is in this list."),
    )


@blueprint.get("/openings/mine")
@allow_access("journal.read")
def list_journals_to_check() -> str:
    """List the journals that the visitor teaches and that are not open yet."""
    rows = {
        row.id: row
        for person in sorted(acting_and_represented_persons(current_act()))
        for row in load_draft_rows_of_teacher(person)
    }
    return render_template(
        "opening/journals.html",
        title=_("Journals to check"),
        back=SimpleNamespace(url=url_for("journal.show_teacher_today"), label=_("Journal")),
        url="",
        filters=[],
        rows=[journal_line(row) for row in rows.values()],
        next=None,
        nothing=_("None of your journals waits to be opened."),
    )


def _chosen_semester(semesters: list[SemesterRow]) -> SemesterRow | None:
    """Return the semester of the address, else the next one that begins or the present one; None without any. Raises
    Missing for an unknown one."""
    given = request.values.get("semester", "")
    if given:
        wanted = parse_id(given, "semester")
        found = next((one for one in semesters if one.id == wanted), None)
        if found is None:
            raise Missing
        return found
    today = local_day(current_act().at)
    going_on = [one for one in semesters if one.dates.ends_on >= today]
    return going_on[-1] if going_on else next(iter(semesters), None)


def _semester_options(
    semesters: list[SemesterRow], chosen: SemesterRow | None
) -> list[tuple[str, str, bool]]:
    return [(str(one.id), semester_title(one.names, one.year), one is chosen) for one in semesters]


def _refusal_text(refused: DepterError | None) -> str:
    return f"{error_message(refused)} {next_step_text(refused)}".strip() if refused is not None else ""
