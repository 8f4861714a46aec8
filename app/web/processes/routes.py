"""Routes of processes: list, live map with running cases, versions and their files; read only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from app.cases.queries import processes as queries
from app.cases.queries.processes import RunningCase, RunningFilter, StepStatistics, VersionRow
from app.diagrams.versions import PublishedDiagram, VersionDamaged, load_version
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.regulation import queries as regulation
from app.regulation.clauses import find_clause
from app.texts.subject_line import subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import act, allow
from app.web.labels import cases as case_labels
from app.web.labels import processes as process_labels
from app.web.labels.deadlines import due_view
from app.web.labels.process_steps import StepFacts, step_facts
from app.web.labels.processes import LaneView, StepView

blueprint = Blueprint("processes", __name__)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,79}")


@blueprint.get("/processes")
@allow("processes.read")
def processes() -> str:
    """Show every process: description, version in force, number of running and of late cases."""
    rows = queries.load_versions(act())
    groups = [[row for row in rows if row.key == key] for key in dict.fromkeys(row.key for row in rows)]
    named = people.load_names(row.published_by for row in rows)
    return render_template(
        "processes/processes.html", rows=[_process_summary(group, named) for group in groups]
    )


@blueprint.get("/processes/<process>")
@allow("processes.read")
def process(process: str) -> str:
    """Show one process: live map, steps, running cases, versions."""
    rows = _version_rows(process)
    current = _version_in_force(rows)
    published = _load_intact(current)
    counts = queries.step_statistics(act(), process)
    lanes = process_labels.lanes(published, counts, locale()) if published else []
    wanted, params = _read_filters(rows, lanes, counts)
    found, following = queries.running_cases(act(), process, wanted)
    named = people.load_names(person for row in rows for person in (row.published_by, row.made_by))
    return render_template(
        "processes/process.html",
        process=_process_summary(rows, named),
        versions=[_version_view(row, named) for row in rows],
        lanes=lanes,
        left=_retired_steps(rows, published, counts),
        chosen=_chosen_step(published, lanes, wanted.step),
        cases=[_case_row(row, published) for row in found],
        said=params,
        steps=[step for lane in lanes for step in lane.steps],
        published=published,
        ends=_outcome_titles(published),
        next=_process_url(process, params, after=following) if following else None,
        link=lambda **changed: _process_url(process, params, after="", **changed),
    )


@blueprint.get("/processes/<process>/versions/<int:version>")
@allow("processes.read")
def version(process: str, version: int) -> str:
    """Show one version: diagram, steps, fingerprint, file."""
    rows = _version_rows(process)
    row = _version_by_number(rows, version)
    published = _load_intact(row)
    named = people.load_names([row.published_by, row.made_by])
    counts = queries.step_statistics(act(), process, row.id)
    return render_template(
        "processes/version.html",
        process=_process_summary(rows, named),
        version=_version_view(row, named),
        published=published,
        lanes=process_labels.lanes(published, counts, locale()) if published else [],
        ends=_outcome_titles(published),
        link=lambda **changed: _process_url(process, {"version": str(version)}, **changed),
    )


@blueprint.get("/processes/<process>/diagram.json")
@allow("processes.read")
def diagram(process: str) -> Any:
    """Return the diagram in force with the open tasks per step, of all versions: `{xml, names, steps}`."""
    return _diagram_json(
        _version_in_force(_version_rows(process)), queries.step_statistics(act(), process), {}
    )


@blueprint.get("/processes/<process>/versions/<int:version>/diagram.json")
@allow("processes.read")
def version_diagram(process: str, version: int) -> Any:
    """Return the diagram of one version with the open tasks per step of its own cases."""
    row = _version_by_number(_version_rows(process), version)
    return _diagram_json(row, queries.step_statistics(act(), process, row.id), {"version": str(version)})


@blueprint.get("/processes/<process>/versions/<int:version>/file")
@allow("processes.read")
def download_file(process: str, version: int) -> Response:
    """Return the diagram file as published, byte for byte, as a download. Raises Missing if it is damaged."""
    published = _load_intact(_version_by_number(_version_rows(process), version))
    if published is None:
        raise Missing
    answer = Response(published.xml.encode(), content_type="application/xml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{process}-{version}.bpmn"'
    return answer


# --- rows -------------------------------------------------------------------------------------------------


def _version_rows(key: str) -> list[VersionRow]:
    """Return the versions of a process, the newest first. Raises Missing for an unknown key."""
    rows = queries.load_versions(act(), key) if _KEY.fullmatch(key) else []
    if not rows:
        raise Missing
    return rows


def _version_in_force(rows: Sequence[VersionRow]) -> VersionRow:
    """Return the published version, else the newest."""
    return next((row for row in rows if row.state == "published"), rows[0])


def _version_by_number(rows: Sequence[VersionRow], number: int) -> VersionRow:
    """Return the version with this number. Raises Missing."""
    for row in rows:
        if row.number == number:
            return row
    raise Missing


def _load_intact(row: VersionRow) -> PublishedDiagram | None:
    """Return the loaded version; None when its file is damaged."""
    try:
        return load_version(row.id)
    except VersionDamaged:
        return None


def _process_summary(rows: Sequence[VersionRow], named: dict[UUID, people.Name]) -> SimpleNamespace:
    """Return title, description, version in force and counts of a process."""
    current = _version_in_force(rows)
    published = _load_intact(current)
    running, late = sum(row.running for row in rows), sum(row.late for row in rows)
    return SimpleNamespace(
        key=current.key,
        url=url_for("processes.process", process=current.key),
        title=pick_text(current.titles, locale()),
        about=pick_text(published.model.about, locale()) if published else "",
        meaning=_clause_meaning(current.clause),
        clause=current.clause,
        in_force=_version_view(current, named),
        running=running,
        late=late,
    )


def _clause_meaning(number: str) -> str:
    """Return the meaning of a clause, for a process without a description; "" for an unknown clause."""
    try:
        return pick_text(find_clause(number).meaning, locale())
    except KeyError:
        return ""


def _version_view(row: VersionRow, named: dict[UUID, people.Name]) -> SimpleNamespace:
    """Return one version as a row."""
    person = named.get(row.published_by or row.made_by or row.id)
    place: dict[str, Any] = {"process": row.key, "version": row.number}
    return SimpleNamespace(
        number=row.number,
        state=row.state,
        state_label=_(process_labels.STATES[row.state]),
        origin=_(process_labels.ORIGINS[row.origin]),
        sha256=row.sha256,
        at=row.published_at or row.made_at,
        by=person.short if person else None,
        running=row.running,
        late=row.late,
        url=url_for("processes.version", **place),
        file_url=url_for("processes.download_file", **place),
        diagram_url=url_for("processes.version_diagram", **place),
        cases_url=_process_url(row.key, {"version": str(row.number)}),
    )


# --- one process ------------------------------------------------------------------------------------------


def _read_filters(
    rows: Sequence[VersionRow], lanes: Sequence[LaneView], counts: dict[str, StepStatistics]
) -> tuple[RunningFilter, dict[str, str]]:
    """Return the filters in the address, and the address without unknown values."""
    args = request.args
    known = {step.id for lane in lanes for step in lane.steps} | set(counts)
    version = next((row for row in rows if str(row.number) == args.get("version")), None)
    step = args.get("step", "") if args.get("step") in known else ""
    late = args.get("late") == "1"
    wanted = RunningFilter(version.id if version else None, step, late, args.get("after", ""))
    params = {
        "version": str(version.number) if version else "",
        "step": step,
        "late": "1" if late else "",
        "after": wanted.after,
    }
    return wanted, params


def _process_url(key: str, params: dict[str, str], **changed: str) -> str:
    """Return the address of the running cases with these filters."""
    query: dict[str, Any] = {name: value for name, value in {**params, **changed}.items() if value}
    anchor = "step" if "step" in changed else "cases"
    return url_for("processes.process", process=key, _anchor=anchor, **query)


def _chosen_step(
    published: PublishedDiagram | None, lanes: Sequence[LaneView], step: str
) -> StepFacts | None:
    """Return the details of the chosen step, or None."""
    found = next((one for lane in lanes for one in lane.steps if one.id == step), None)
    if published is None or found is None:
        return None
    terms = regulation.load_calendar(db.session, None, local_day(act().at))
    return step_facts(published, found, terms, locale())


def _retired_steps(
    rows: Sequence[VersionRow], published: PublishedDiagram | None, counts: dict[str, StepStatistics]
) -> list[StepView]:
    """Return steps that only older versions have and that still have open tasks."""
    present = {*published.model.user_tasks, *published.model.services} if published else set()
    waiting = {id_: row for id_, row in counts.items() if row.open and id_ not in present}
    if not waiting:
        return []
    running = [version for row in rows if row.running and (version := _load_intact(row))]
    titles = {id_: _step_title(id_, running) for id_ in waiting}
    return [
        StepView(id_, 0, titles[id_], "task", process_labels.load_of(row), (), "")
        for id_, row in waiting.items()
    ]


def _step_title(element: str, versions: Sequence[PublishedDiagram]) -> str:
    """Return the title of an element from the first version that has it."""
    found = next((one for one in versions if element in one.model.user_tasks), None)
    return case_labels.element_title(found, element, locale())


def _outcome_titles(published: PublishedDiagram | None) -> list[str]:
    """Return the titles of the ways a case can end, each once."""
    ends = published.model.ends.values() if published else ()
    return list(dict.fromkeys(pick_text(end.titles, locale()) for end in ends if end.outcome))


def _case_row(row: RunningCase, published: PublishedDiagram | None) -> SimpleNamespace:
    """Return one running case as a row."""
    known = published is not None and row.element in published.model.user_tasks
    return SimpleNamespace(
        number=row.number,
        url=url_for("cases.case", case_id=row.id) if row.readable else None,
        about=subject_line(row.subject, locale()) if row.readable else "",
        requester=row.requester,
        step=case_labels.element_title(published if known else _older_version(row), row.element, locale()),
        state=row.status,
        state_label=case_labels.state_label(row.status, None, None),
        version=row.version,
        opened_at=row.opened_at,
        due=(
            due_view(row.due_at, act().at, locale(), row.unit, row.computation, row.clause)
            if row.due_at
            else None
        ),
    )


def _older_version(row: RunningCase) -> PublishedDiagram | None:
    """Return the older version that a case runs on; None without a step or when it is damaged."""
    try:
        return load_version(row.version_id) if row.element else None
    except VersionDamaged:
        return None


def _diagram_json(
    row: VersionRow, counts: dict[str, StepStatistics], params: dict[str, str]
) -> dict[str, Any]:
    """Return a diagram as JSON with the open tasks of each step. Raises Missing if it is damaged."""
    published = _load_intact(row)
    if published is None:
        raise Missing
    model = published.model
    return {
        "xml": published.xml,
        "names": process_labels.names(model, locale()),
        "steps": [
            _diagram_step(row.key, element, published, counts.get(element), params)
            for element in (*model.user_tasks, *model.services)
        ],
    }


def _diagram_step(
    key: str, element: str, published: PublishedDiagram, row: StepStatistics | None, params: dict[str, str]
) -> dict[str, Any]:
    """Return one step of a diagram: id, address, title, texts of open and late tasks."""
    workload = process_labels.load_of(row)
    return {
        "id": element,
        "url": _process_url(key, params, step=element),
        "title": case_labels.element_title(published, element, locale()),
        "open": workload.waiting_text,
        "late": workload.late_text,
    }
