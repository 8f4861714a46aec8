"""The week of a group, a teacher or a room; the journals of a semester with their timetables; runs; bells."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from app.journal.semesters import queries as semester_queries
from app.journal.semesters.queries import SemesterRow
from app.journal.timetable import list_queries, queries
from app.journal.timetable.generation_commands import cancel_timetable_run, start_timetable_run
from app.journal.timetable.hours_and_bells import set_bell_schedule
from app.journal.timetable.rules import MAX_PERIODS, find_pattern_conflicts
from app.journal.timetable.run_queries import load_latest_runs
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Missing, Refused, Stale
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.regulation.queries import load_regulation_snapshot
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.core.visitor import allow_access, current_act, current_visitor, request_time
from app.web.labels.messages import error_message, problem_texts_by_field
from app.web.timetable import presenter
from app.web.timetable.form_input import read_bell_schedule, read_generation_day

blueprint = Blueprint("timetable", __name__)
PAGE_SIZE = 60
POLL_SECONDS = 2
SHOWN_RUNS = 3


@blueprint.get("/timetable")
@allow_access("timetable.read")
def show_week() -> str:
    """Show the weekly lessons of one group, one teacher or one room, to drag them where the visitor may."""
    known, today = semester_queries.load_all_semesters(), local_day(request_time())
    semester = chosen_semester(known, today)
    if semester is None:
        return render_template("timetable/week.html", tabs=presenter.timetable_tabs("week"), term=None)
    group, teacher = _id_param("group"), _id_param("teacher")
    room = request.args.get("room", "").strip()[:100] or None
    if not (group or teacher or room) and "group" not in request.args:
        teacher = _own_week(semester.id)
    rows = queries.load_patterns_of_semester(semester.id, group=group, teacher=teacher, room=room)
    lessons = [row.lesson for row in rows]
    clashing = {one.id for one in lessons if find_pattern_conflicts(one, lessons)}
    groups = list_queries.load_group_options(semester.id)
    teachers = list_queries.load_teacher_options(semester.id)
    rooms = list_queries.load_room_options(semester.id)
    place = {"semester": semester.id, "group": group, "teacher": teacher, "room": room}
    return render_template(
        "timetable/week.html",
        tabs=presenter.timetable_tabs("week"),
        term=_term_view(semester, today),
        semesters=_semester_options(known, semester),
        groups=[(str(id), name, id == group) for id, name in groups],
        teachers=[(str(id), name, id == teacher) for id, name in teachers],
        rooms=[(name, name, name == room) for name in rooms],
        chosen=", ".join(_chosen_names(groups, teachers, group, teacher, room)),
        week=presenter.week_view(
            rows, queries.load_bell_periods(), queries.load_timetable_versions(rows), clashing=clashing
        ),
        place={name: str(value) for name, value in place.items() if value},
        arranges=presenter.arranges_anything(),
    )


def _own_week(semester: UUID) -> UUID | None:
    """Return the visitor when a teacher's own week is to be shown: one who has weekly lessons in the semester."""
    me = current_visitor()
    is_listed = me.person_id in dict(list_queries.load_teacher_options(semester))
    return me.person_id if me.has_role("teacher") and is_listed else None


def _chosen_names(
    groups: list[tuple[UUID, str]],
    teachers: list[tuple[UUID, str]],
    group: UUID | None,
    teacher: UUID | None,
    room: str | None,
) -> list[str]:
    """Return the names of what was chosen."""
    named = [
        dict(groups).get(group) if group else None,
        dict(teachers).get(teacher) if teacher else None,
        room,
    ]
    return [name for name in named if name]


def chosen_semester(known: list[SemesterRow], today: date) -> SemesterRow | None:
    """Return the semester in the address, else the one that runs, else the next one, else the newest. Raises
    Missing."""
    wanted = _id_param("semester")
    if wanted is not None:
        named = next((row for row in known if row.id == wanted), None)
        if named is None:
            raise Missing
        return named
    ahead = sorted((row for row in known if row.dates.ends_on >= today), key=lambda row: row.dates.starts_on)
    return next(iter([*ahead, *known]), None)


def _id_param(name: str) -> UUID | None:
    return parse_id(request.values[name], name) if request.values.get(name) else None


def _term_view(semester: SemesterRow, today: date) -> SimpleNamespace:
    return SimpleNamespace(
        id=semester.id,
        label=presenter.semester_label(semester),
        week=presenter.current_week_text(semester.dates, today),
        first=semester.dates.starts_on,
        last=semester.dates.ends_on,
        over=semester.dates.ends_on < today,
        since=max(today, semester.dates.starts_on),
    )


def _semester_options(known: list[SemesterRow], chosen: SemesterRow) -> list[tuple[str, str, bool]]:
    return [(str(row.id), presenter.semester_label(row), row.id == chosen.id) for row in known]


@blueprint.get("/timetable/journals")
@allow_access("timetable.read")
def list_timetabled_journals(refused: DepterError | None = None) -> str:
    """List the journals of a semester with their weekly lessons, and the form that generates all lessons."""
    known, today = semester_queries.load_all_semesters(), local_day(request_time())
    semester = chosen_semester(known, today)
    tabs = presenter.timetable_tabs("journals")
    if semester is None:
        return render_template("timetable/journals.html", tabs=tabs, term=None)
    group, unit, only_empty = _id_param("group"), _id_param("unit"), request.values.get("empty") == "1"
    snapshot = load_regulation_snapshot(db.session)
    rows, has_more = list_queries.load_journal_list(
        semester.id,
        PAGE_SIZE,
        group=group,
        institutes=snapshot.unit_and_descendants(unit) if unit else None,
        only_empty=only_empty,
        after=_id_param("after"),
    )
    kept: dict[str, Any] = {
        "semester": semester.id,
        "group": group,
        "unit": unit,
        "empty": "1" if only_empty else None,
    }
    return render_template(
        "timetable/journals.html",
        tabs=tabs,
        term=_term_view(semester, today),
        semesters=_semester_options(known, semester),
        groups=[(str(id), name, id == group) for id, name in list_queries.load_group_options(semester.id)],
        units=_unit_options(unit),
        only_empty=only_empty,
        rows=[
            SimpleNamespace(
                url=url_for("timetable.show_journal_timetable", offering=row.id),
                title=f"{row.code} {pick_text(row.names, locale())}",
                group=row.group,
                planned=row.planned,
                patterns=row.patterns,
                lessons=row.lessons,
                waits=row.is_waiting,
            )
            for row in rows
        ],
        next=url_for("timetable.list_timetabled_journals", **kept, after=rows[-1].id) if has_more else None,
        first=url_for("timetable.list_timetabled_journals", **kept) if request.values.get("after") else None,
        run_units=_arranged_unit_options(),
        run_id=new_id(),
        since=request.form.get("since") or _term_view(semester, today).since.isoformat(),
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=error_message(refused) if refused is not None and not isinstance(refused, Invalid) else "",
        runs=_run_views(semester.id),
    )


def _unit_options(chosen: UUID | None) -> list[tuple[str, str, bool]]:
    """Return the units that have groups, by name."""
    units = people.load_unit_tree().values()
    named = sorted(
        (pick_text(one.names, locale()), one.id)
        for one in units
        if one.kind not in ("university", "department")
    )
    return [(str(id), name, id == chosen) for name, id in named]


def _arranged_unit_options() -> list[tuple[str, str]]:
    """Return the units whose timetables the visitor arranges; for the academic office the university first."""
    options = [(id, name) for id, name, _chosen in _unit_options(None) if presenter.may_arrange(UUID(id))]
    if presenter.may_keep_bells():
        return [("", _("The whole university")), *options]
    return options


def _run_views(semester: UUID) -> SimpleNamespace:
    """Build the view of the latest runs of a semester for `timetable/_runs.html`."""
    found = load_latest_runs(semester, SHOWN_RUNS)
    units, names = people.load_unit_tree(), people.load_names(run.asked_by for run in found)
    mine = current_act().person
    return SimpleNamespace(
        semester=semester,
        often=POLL_SECONDS,
        is_running=any(run.state == "RUNNING" for run in found),
        rows=[
            SimpleNamespace(
                id=run.id,
                state=run.state,
                unit=pick_text(units[run.unit].names, locale())
                if run.unit in units
                else _("The whole university"),
                by=names[run.asked_by].full,
                at=run.asked_at,
                ended_at=run.ended_at,
                done=run.done,
                journals=run.journals,
                lessons=ngettext("%(n)s lesson generated", "%(n)s lessons generated", run.inserted)
                % {"n": run.inserted},
                moved=run.moved,
                removed=run.removed,
                left=run.left,
                may_cancel=run.state == "RUNNING" and (run.asked_by == mine or presenter.may_keep_bells()),
            )
            for run in found
        ],
    )


@blueprint.post("/timetable/runs")
@allow_access("timetable.manage")
def start_run() -> Any:
    """Let the worker generate the lessons of a semester."""
    act = current_act()
    semester = parse_id(request.form.get("semester"), "semester")
    unit = _id_param("run_unit")
    try:
        since = read_generation_day(request.form)
        with door.write(act):
            start_timetable_run(act, parse_id(request.form.get("id")), semester, unit, since)
    except (Invalid, Refused) as refused:
        return list_timetabled_journals(refused), refused.status
    return redirect(url_for("timetable.list_timetabled_journals", semester=semester, _anchor="runs"))


@blueprint.get("/timetable/runs")
@allow_access("timetable.read")
def show_runs() -> Response:
    """Render the progress of the latest runs as a fragment that reloads itself while one goes on."""
    semester = chosen_semester(semester_queries.load_all_semesters(), local_day(request_time()))
    if semester is None:
        return Response(status=204)
    runs = _run_views(semester.id)
    answer = Response(render_template("timetable/_runs.html", runs=runs))
    if not runs.is_running:
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/timetable/runs/cancel")
@allow_access("timetable.manage")
def cancel_run() -> Any:
    """Stop a run after its present batch."""
    semester = parse_id(request.form.get("semester"), "semester")
    with door.write(current_act()):
        cancel_timetable_run(current_act(), parse_id(request.form.get("run"), "run"))
    return redirect(url_for("timetable.list_timetabled_journals", semester=semester, _anchor="runs"))


@blueprint.get("/timetable/bells")
@allow_access("timetable.read")
def show_bell_schedule(refused: DepterError | None = None) -> str:
    """Show the bell schedule, with fields for the academic office."""
    stored = queries.load_bell_periods()
    known = {one.number: one for one in stored}
    rows = []
    for number in range(1, MAX_PERIODS + 1):
        one = known.get(number)
        rows.append(
            SimpleNamespace(
                number=number,
                times=presenter.times_text(one.starts_at, one.ends_at) if one else "",
                starts=request.form.get(f"starts-{number}", f"{one.starts_at:%H:%M}" if one else ""),
                ends=request.form.get(f"ends-{number}", f"{one.ends_at:%H:%M}" if one else ""),
            )
        )
    return render_template(
        "timetable/bells.html",
        tabs=presenter.timetable_tabs("bells"),
        rows=rows,
        is_empty=not stored,
        keeps=presenter.may_keep_bells(),
        seen=queries.bell_schedule_digest(stored),
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=error_message(refused) if refused is not None and not isinstance(refused, Invalid) else "",
    )


@blueprint.post("/timetable/bells")
@allow_access("bells.manage")
def save_bell_schedule() -> Any:
    """Replace the bell schedule."""
    act = current_act()
    try:
        periods = read_bell_schedule(request.form)
        with door.write(act):
            waiting = set_bell_schedule(act, periods, request.form.get("seen", ""))
    except (Invalid, Stale) as refused:
        return show_bell_schedule(refused), refused.status
    flash(_("Saved."), "good")
    if waiting:
        text = ngettext(
            "%(n)s journal has weekly lessons at other times now: generate its lessons again.",
            "%(n)s journals have weekly lessons at other times now: generate their lessons again.",
            waiting,
        )
        flash(text % {"n": waiting}, "late")
    return redirect(url_for("timetable.show_bell_schedule"))
