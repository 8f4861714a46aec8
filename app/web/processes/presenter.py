"""Views of processes: summaries, versions, steps, running cases and the data of a diagram."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.queries.processes import RunningCase, VersionRow
from app.cases.queries.step_statistics import FinishedTask, StepStatistics
from app.diagrams.versions import PublishedDiagram, VersionDamaged, load_version
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.regulation.clauses import clause_by_number
from app.texts.subject_line import case_subject_line
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import current_act
from app.web.labels import cases as case_labels
from app.web.labels import processes as process_labels
from app.web.labels.deadlines import task_due_view
from app.web.labels.processes import DiagramStepView
from app.web.processes.heat import DEFAULT_MEASURE, PAST_MEASURES, Heat, heat_by_step, heat_legend


def published_or_newest_version(rows: Sequence[VersionRow]) -> VersionRow:
    """Return the published version, else the newest."""
    return next((row for row in rows if row.state == "published"), rows[0])


def load_undamaged_diagram(row: VersionRow) -> PublishedDiagram | None:
    """Return the loaded version; None when its file is damaged."""
    try:
        return load_version(row.id)
    except VersionDamaged:
        return None


def process_summary(rows: Sequence[VersionRow], named: dict[UUID, people.PersonName]) -> SimpleNamespace:
    """Return title, description, version in force and counts of a process."""
    current = published_or_newest_version(rows)
    published = load_undamaged_diagram(current)
    running, late = sum(row.running for row in rows), sum(row.late for row in rows)
    return SimpleNamespace(
        key=current.key,
        url=url_for("processes.show_process", process=current.key),
        title=pick_text(current.titles, locale()),
        about=pick_text(published.model.about, locale()) if published else "",
        meaning=_clause_meaning(current.clause),
        clause=current.clause,
        in_force=process_version_view(current, named),
        running=running,
        late=late,
    )


def _clause_meaning(number: str) -> str:
    """Return the meaning of a clause, for a process without a description; "" for an unknown clause."""
    try:
        return pick_text(clause_by_number(number).says, locale())
    except KeyError:
        return ""


def process_version_view(row: VersionRow, named: dict[UUID, people.PersonName]) -> SimpleNamespace:
    """Return one version as a row."""
    person = named.get(row.published_by or row.made_by or row.id)
    place: dict[str, Any] = {"process": row.key, "version": row.number}
    return SimpleNamespace(
        number=row.number,
        state=row.state,
        state_label=_(process_labels.VERSION_STATE_LABELS[row.state]),
        origin=_(process_labels.VERSION_ORIGIN_LABELS[row.origin]),
        sha256=row.sha256,
        at=row.published_at or row.made_at,
        by=person.short if person else None,
        running=row.running,
        late=row.late,
        url=url_for("processes.show_process_version", **place),
        file_url=url_for("processes.download_diagram_file", **place),
        diagram_url=url_for("processes.get_version_diagram_json", **place),
        cases_url=running_cases_url(row.key, {"version": str(row.number)}),
    )


def running_cases_url(key: str, params: dict[str, str], **changed: str) -> str:
    """Return the address of the running cases with these filters."""
    # Sorted: the script of the map compares the address of a step with that of the list of steps.
    query: dict[str, Any] = {name: value for name, value in sorted({**params, **changed}.items()) if value}
    anchor = "step" if "step" in changed else "cases"
    return url_for("processes.show_process", process=key, _anchor=anchor, **query)


def waiting_steps_of_old_versions(
    rows: Sequence[VersionRow], published: PublishedDiagram | None, counts: dict[str, StepStatistics]
) -> list[DiagramStepView]:
    """Return steps that only older versions have and that still have open tasks."""
    present = {*published.model.user_tasks, *published.model.services} if published else set()
    waiting = {id_: row for id_, row in counts.items() if row.open and id_ not in present}
    if not waiting:
        return []
    running = [version for row in rows if row.running and (version := load_undamaged_diagram(row))]
    titles = {id_: _step_title(id_, running) for id_ in waiting}
    return [
        DiagramStepView(id_, 0, titles[id_], "task", process_labels.step_workload_view(row), (), "")
        for id_, row in waiting.items()
    ]


def _step_title(element: str, versions: Sequence[PublishedDiagram]) -> str:
    """Return the title of an element from the first version that has it."""
    found = next((one for one in versions if element in one.model.user_tasks), None)
    return case_labels.element_title(found, element, locale())


def outcome_titles(published: PublishedDiagram | None) -> list[str]:
    """Return the titles of the ways a case can end, each once."""
    ends = published.model.ends.values() if published else ()
    return list(dict.fromkeys(pick_text(end.titles, locale()) for end in ends if end.outcome))


def running_case_row(row: RunningCase, published: PublishedDiagram | None) -> SimpleNamespace:
    """Return one running case as a row."""
    known = published is not None and row.element in published.model.user_tasks
    return SimpleNamespace(
        number=row.number,
        url=url_for("cases.show_case", case_id=row.id) if row.readable else None,
        about=case_subject_line(row.subject, locale()) if row.readable else "",
        requester=row.requester,
        step=case_labels.element_title(
            published if known else _load_diagram_of_case(row), row.element, locale()
        ),
        state=row.status,
        state_label=case_labels.case_state_label(row.status, None, None),
        version=row.version,
        opened_at=row.opened_at,
        due=(
            task_due_view(row.due_at, current_act().at, locale(), row.unit, row.computation, row.clause)
            if row.due_at
            else None
        ),
    )


def finished_task_row(row: FinishedTask, published: PublishedDiagram | None) -> SimpleNamespace:
    """Return one completed task as a row: the case, and the time the step took."""
    known = published is not None and row.element in published.model.user_tasks
    return SimpleNamespace(
        number=row.number,
        url=url_for("cases.show_case", case_id=row.case_id) if row.readable else None,
        about=case_subject_line(row.subject, locale()) if row.readable else "",
        step=case_labels.element_title(
            published if known else _load_diagram_of_case(row), row.element, locale()
        ),
        version=row.version,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        time=process_labels.duration_text(row.time),
    )


def _load_diagram_of_case(row: RunningCase | FinishedTask) -> PublishedDiagram | None:
    """Return the older version that a case runs on; None without a step or when it is damaged."""
    try:
        return load_version(row.version_id) if row.element else None
    except VersionDamaged:
        return None


def diagram_url(key: str, params: dict[str, str]) -> str:
    """Return the address of the diagram with these filters."""
    query: dict[str, Any] = {name: value for name, value in params.items() if value}
    return url_for("processes.get_process_diagram_json", process=key, **query)


def heat_diagram_json(
    row: VersionRow,
    counts: dict[str, StepStatistics],
    params: dict[str, str],
    measure: str = DEFAULT_MEASURE,
) -> dict[str, Any]:
    """Return a diagram as JSON with the painted value of each step. Raises Missing if it is damaged."""
    published = load_undamaged_diagram(row)
    if published is None:
        raise Missing
    model = published.model
    painted = heat_by_step(counts, measure)
    return {
        "xml": published.xml,
        "names": process_labels.element_titles_by_id(model, locale()),
        "steps": [
            _diagram_step_json(element, published, counts.get(element), painted.get(element))
            | {
                "url": running_cases_url(
                    row.key, params, step=element, **case_list_params_for_measure(measure)
                )
            }
            for element in (*model.user_tasks, *model.services)
        ],
        "legend": [{"level": heat.level, "text": heat.text} for heat in heat_legend(counts, measure)],
    }


def case_list_params_for_measure(measure: str) -> dict[str, str]:
    """Return the parameters of the list of cases behind a figure of this measure."""
    if measure in PAST_MEASURES:
        return {"list": "done", "late": ""}
    return {"list": "", "late": "1" if measure == "late" else ""}


def _diagram_step_json(
    element: str,
    published: PublishedDiagram,
    row: StepStatistics | None,
    heat: Heat | None,
) -> dict[str, Any]:
    """Return one step of a diagram: id, title, texts of open and late tasks, level and text of what is painted."""
    workload = process_labels.step_workload_view(row)
    return {
        "id": element,
        "title": case_labels.element_title(published, element, locale()),
        "open": workload.waiting_text,
        "late": workload.late_text,
        "level": heat.level if heat else 0,
        "text": heat.text if heat else "",
    }
