"""Processes: the list, the live map of one with its running cases, its versions and their files. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for

from app.cases.queries import processes as queries
from app.cases.queries.processes import RunningCase, StepRow, VersionRow, Wanted
from app.diagrams.versions import Published, VersionDamaged, load
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.i18n import pick
from app.people import queries as people
from app.regulation import queries as regulation
from app.regulation.clauses import clause
from app.texts.subject_line import subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import act, allow
from app.web.labels import cases as case_labels
from app.web.labels import processes as process_labels
from app.web.labels.deadlines import due_view
from app.web.labels.processes import LaneView, StepView

blueprint = Blueprint("processes", __name__)
_KEY = re.compile(r"[a-z][a-z0-9_]{0,79}")


@blueprint.get("/processes")
@allow("processes.read")
def processes() -> str:
    """Every process: what it does, the version in force, how many run and how many are late."""
    rows = queries.versions(act())
    groups = [[row for row in rows if row.key == key] for key in dict.fromkeys(row.key for row in rows)]
    named = people.names(row.published_by for row in rows)
    return render_template("processes/processes.html", rows=[_summary(group, named) for group in groups])


@blueprint.get("/processes/<process>")
@allow("processes.read")
def process(process: str) -> str:
    """The live map of one process, its steps, its running cases, its versions."""
    rows = _rows(process)
    here = _in_force(rows)
    published = _intact(here)
    counted = queries.steps(act(), process)
    lanes = process_labels.lanes(published, counted, locale()) if published else []
    wanted, said = _wanted(rows, lanes, counted)
    found, following = queries.running(act(), process, wanted)
    named = people.names(person for row in rows for person in (row.published_by, row.made_by))
    return render_template(
        "processes/process.html",
        process=_summary(rows, named),
        versions=[_version(row, named) for row in rows],
        lanes=lanes,
        left=_left(rows, published, counted),
        chosen=_chosen(published, lanes, wanted.step),
        cases=[_case(row, published) for row in found],
        said=said,
        steps=[step for lane in lanes for step in lane.steps],
        published=published,
        ends=_ends(published),
        next=_address(process, said, after=following) if following else None,
        link=lambda **changed: _address(process, said, after="", **changed),
    )


@blueprint.get("/processes/<process>/versions/<int:version>")
@allow("processes.read")
def version(process: str, version: int) -> str:
    """One version: its drawing, its steps, its fingerprint, its file."""
    rows = _rows(process)
    row = _numbered(rows, version)
    published = _intact(row)
    named = people.names([row.published_by, row.made_by])
    counted = queries.steps(act(), process, row.id)
    return render_template(
        "processes/version.html",
        process=_summary(rows, named),
        version=_version(row, named),
        published=published,
        lanes=process_labels.lanes(published, counted, locale()) if published else [],
        ends=_ends(published),
        link=lambda **changed: _address(process, {"version": str(version)}, **changed),
    )


@blueprint.get("/processes/<process>/diagram.json")
@allow("processes.read")
def diagram(process: str) -> Any:
    """The drawing in force with who waits where, of all versions: `{xml, names, steps}`."""
    return _drawing(_in_force(_rows(process)), queries.steps(act(), process), {})


@blueprint.get("/processes/<process>/versions/<int:version>/diagram.json")
@allow("processes.read")
def version_diagram(process: str, version: int) -> Any:
    """The drawing of one version with who waits where among its own cases."""
    row = _numbered(_rows(process), version)
    return _drawing(row, queries.steps(act(), process, row.id), {"version": str(version)})


@blueprint.get("/processes/<process>/versions/<int:version>/file")
@allow("processes.read")
def file(process: str, version: int) -> Response:
    """The diagram as it was published, byte for byte, to keep or to open in another editor; never shown inline."""
    published = _intact(_numbered(_rows(process), version))
    if published is None:
        raise Missing
    answer = Response(published.xml.encode(), content_type="application/xml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{process}-{version}.bpmn"'
    return answer


# --- rows -------------------------------------------------------------------------------------------------


def _rows(key: str) -> list[VersionRow]:
    """The versions of a process, the newest first; raises Missing for a key that is none."""
    rows = queries.versions(act(), key) if _KEY.fullmatch(key) else []
    if not rows:
        raise Missing
    return rows


def _in_force(rows: Sequence[VersionRow]) -> VersionRow:
    return next((row for row in rows if row.state == "published"), rows[0])


def _numbered(rows: Sequence[VersionRow], number: int) -> VersionRow:
    for row in rows:
        if row.number == number:
            return row
    raise Missing


def _intact(row: VersionRow) -> Published | None:
    """The version ready to be shown; None when it is not what was published."""
    try:
        return load(row.id)
    except VersionDamaged:
        return None


def _summary(rows: Sequence[VersionRow], named: dict[UUID, people.Name]) -> SimpleNamespace:
    here = _in_force(rows)
    published = _intact(here)
    running, late = sum(row.running for row in rows), sum(row.late for row in rows)
    return SimpleNamespace(
        key=here.key,
        url=url_for("processes.process", process=here.key),
        title=pick(here.titles, locale()),
        about=pick(published.model.about, locale()) if published else "",
        meaning=_meaning(here.clause),
        clause=here.clause,
        in_force=_version(here, named),
        running=running,
        late=late,
    )


def _meaning(number: str) -> str:
    """What the clause says: for a process that does not tell what it does."""
    try:
        return pick(clause(number).meaning, locale())
    except KeyError:
        return ""


def _version(row: VersionRow, named: dict[UUID, people.Name]) -> SimpleNamespace:
    person = named.get(row.published_by or row.made_by or row.id)
    here: dict[str, Any] = {"process": row.key, "version": row.number}
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
        url=url_for("processes.version", **here),
        file_url=url_for("processes.file", **here),
        diagram_url=url_for("processes.version_diagram", **here),
        cases_url=_address(row.key, {"version": str(row.number)}),
    )


# --- one process ------------------------------------------------------------------------------------------


def _wanted(
    rows: Sequence[VersionRow], lanes: Sequence[LaneView], counted: dict[str, StepRow]
) -> tuple[Wanted, dict[str, str]]:
    """What the address asks for, and the address without what it cannot mean."""
    asked = request.args
    known = {step.id for lane in lanes for step in lane.steps} | set(counted)
    number = next((row for row in rows if str(row.number) == asked.get("version")), None)
    step = asked.get("step", "") if asked.get("step") in known else ""
    late = asked.get("late") == "1"
    wanted = Wanted(number.id if number else None, step, late, asked.get("after", ""))
    said = {
        "version": str(number.number) if number else "",
        "step": step,
        "late": "1" if late else "",
        "after": wanted.after,
    }
    return wanted, said


def _address(key: str, said: dict[str, str], **changed: str) -> str:
    """The list of running cases with these filters."""
    kept: dict[str, Any] = {name: value for name, value in {**said, **changed}.items() if value}
    return url_for("processes.process", process=key, _anchor="step" if "step" in changed else "cases", **kept)


def _chosen(
    published: Published | None, lanes: Sequence[LaneView], step: str
) -> process_labels.StepFacts | None:
    found = next((one for lane in lanes for one in lane.steps if one.id == step), None)
    if published is None or found is None:
        return None
    terms = regulation.terms(db.session, None, local_day(act().at))
    return process_labels.facts(published, found, terms, locale())


def _left(
    rows: Sequence[VersionRow], published: Published | None, counted: dict[str, StepRow]
) -> list[StepView]:
    """Steps that only older versions have and where somebody still waits."""
    shown = {*published.model.user_tasks, *published.model.services} if published else set()
    waiting = {id_: row for id_, row in counted.items() if row.open and id_ not in shown}
    if not waiting:
        return []
    older = [found for row in rows if row.running and (found := _intact(row))]
    titles = {id_: _title(id_, older) for id_ in waiting}
    return [
        StepView(id_, 0, titles[id_], "task", process_labels.load_of(row), (), "")
        for id_, row in waiting.items()
    ]


def _title(element: str, versions: Sequence[Published]) -> str:
    found = next((one for one in versions if element in one.model.user_tasks), None)
    return case_labels.element_title(found, element, locale())


def _ends(published: Published | None) -> list[str]:
    """How a case can end, each way once."""
    ends = published.model.ends.values() if published else ()
    return list(dict.fromkeys(pick(end.titles, locale()) for end in ends if end.outcome))


def _case(row: RunningCase, published: Published | None) -> SimpleNamespace:
    known = published is not None and row.element in published.model.user_tasks
    return SimpleNamespace(
        number=row.number,
        url=url_for("cases.case", case_id=row.id) if row.readable else None,
        about=subject_line(row.subject, locale()) if row.readable else "",
        requester=row.requester,
        step=case_labels.element_title(published if known else _other(row), row.element, locale()),
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


def _other(row: RunningCase) -> Published | None:
    """The older version that a case runs on; asked for only when the step is not in the one that is shown."""
    try:
        return load(row.version_id) if row.element else None
    except VersionDamaged:
        return None


def _drawing(row: VersionRow, counted: dict[str, StepRow], said: dict[str, str]) -> dict[str, Any]:
    published = _intact(row)
    if published is None:
        raise Missing
    model = published.model
    return {
        "xml": published.xml,
        "names": process_labels.names(model, locale()),
        "steps": [
            _drawn(row.key, element, published, counted.get(element), said)
            for element in (*model.user_tasks, *model.services)
        ],
    }


def _drawn(
    key: str, element: str, published: Published, row: StepRow | None, said: dict[str, str]
) -> dict[str, Any]:
    load = process_labels.load_of(row)
    return {
        "id": element,
        "url": _address(key, said, step=element),
        "title": case_labels.element_title(published, element, locale()),
        "open": load.waiting_text,
        "late": load.late_text,
    }
