"""Routes of processes: list, live map with running cases, versions and their files; read only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from app.cases.mining.variant_queries import load_variants
from app.cases.queries import processes as queries
from app.cases.queries.incidents import count_open_incidents
from app.cases.queries.processes import RunningFilter, VersionRow
from app.cases.queries.step_statistics import (
    StatisticsFilter,
    StepStatistics,
    load_finished_tasks_page,
    load_step_statistics,
)
from app.diagrams.versions import PublishedDiagram
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.rules import is_permitted
from app.regulation import queries as regulation
from app.texts.translate import locale
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels import processes as process_labels
from app.web.labels.process_steps import StepDetailsView, step_details_view
from app.web.labels.processes import LaneView
from app.web.processes.draft_rows import load_draft_views, may_edit_processes
from app.web.processes.heat import DEVIATING, MEASURES, heat_by_step, heat_legend, steps_with_longest_waits
from app.web.processes.map_filters import FINISHED_LIST, MapFilter, read_map_filter
from app.web.processes.presenter import (
    case_list_params_for_measure,
    diagram_url,
    finished_task_row,
    heat_diagram_json,
    load_undamaged_diagram,
    outcome_titles,
    process_summary,
    process_version_view,
    published_or_newest_version,
    running_case_row,
    running_cases_url,
    waiting_steps_of_old_versions,
)
from app.web.processes.proposal_rows import load_waiting_proposal_views
from app.web.processes.scenario_rows import load_scenario_views_of_version
from app.web.processes.variant_presenter import statistics_with_deviations, variant_section

blueprint = Blueprint("processes", __name__)
_PROCESS_KEY_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,79}")


@blueprint.get("/processes")
@allow_access("processes.read")
def list_processes() -> str:
    """Show every process: description, version in force, number of running and of late cases."""
    rows = queries.load_diagram_versions(current_act())
    groups = [[row for row in rows if row.key == key] for key in dict.fromkeys(row.key for row in rows)]
    named = people.load_names(row.published_by for row in rows)
    return render_template(
        "processes/processes.html",
        rows=[process_summary(group, named) for group in groups],
        drafts=load_draft_views(),
        proposals=load_waiting_proposal_views(),
        import_url=url_for("studio.show_import_form") if may_edit_processes() else None,
    )


@blueprint.get("/processes/<process>")
@allow_access("processes.read")
@writes_every_year
def show_process(process: str) -> tuple[str, int]:
    """Show one process: live map, steps with their figures, the cases behind a figure, versions.

    Status 422 when a day of the period cannot be read; the usual period is drawn then.
    """
    rows = load_version_rows(process)
    current = published_or_newest_version(rows)
    published = load_undamaged_diagram(current)
    chosen = read_map_filter(current_act(), keep_problems=True)
    counts = load_step_statistics(current_act(), process, chosen.statistics)
    lanes = process_labels.lane_views(published, counts, locale()) if published else []
    wanted, params = _read_running_case_filters(rows, lanes, counts)
    params |= chosen.params
    wanted = replace(wanted, units=chosen.statistics.units)
    cases, finished, following = _list_cases_behind_figure(process, published, params["list"], wanted, chosen)
    ways = load_variants(current_act(), process, chosen.statistics)
    if chosen.measure == DEVIATING and published:
        counts = statistics_with_deviations(counts, ways, published.model)
    named = people.load_names(person for row in rows for person in (row.published_by, row.made_by))
    page = render_template(
        "processes/process.html",
        process=process_summary(rows, named),
        versions=[process_version_view(row, named) for row in rows],
        lanes=lanes,
        left=waiting_steps_of_old_versions(rows, published, counts),
        chosen=_chosen_step_details(published, lanes, wanted.step),
        cases=cases,
        finished=finished,
        said=params,
        map=chosen,
        measures=MEASURES,
        painted=heat_by_step(counts, chosen.measure),
        legend=heat_legend(counts, chosen.measure),
        long_waits=steps_with_longest_waits(lanes, counts, current_act().at),
        steps=[step for lane in lanes for step in lane.steps],
        published=published,
        ends=outcome_titles(published),
        drafts=load_draft_views(process),
        proposals=load_waiting_proposal_views(process),
        scenarios=load_scenario_views_of_version(published) if published else [],
        edit_url=url_for("studio.open_own_draft", process=process) if may_edit_processes() else None,
        next=running_cases_url(process, params, after=following) if following else None,
        link=lambda **changed: running_cases_url(
            process,
            params,
            **{
                "after": "",
                **(case_list_params_for_measure(chosen.measure) if "step" in changed else {}),
                **changed,
            },
        ),
        diagram_url=diagram_url(process, chosen.params),
        ways=variant_section(process, published, ways, chosen.params) if published else None,
        event_log_url=_event_log_url(process),
        incidents=count_open_incidents(process) if _may_read_incidents() else 0,
        migration_url=_process_migrations_url(process),
    )
    return page, 422 if chosen.problems else 200


@blueprint.get("/processes/<process>/versions/<int:version>")
@allow_access("processes.read")
@writes_every_year
def show_process_version(process: str, version: int) -> str:
    """Show one version: diagram, steps, fingerprint, file."""
    rows = load_version_rows(process)
    row = _version_by_number(rows, version)
    published = load_undamaged_diagram(row)
    named = people.load_names([row.published_by, row.made_by])
    counts = load_step_statistics(current_act(), process, StatisticsFilter(version=row.id))
    return render_template(
        "processes/version.html",
        process=process_summary(rows, named),
        version=process_version_view(row, named),
        published=published,
        lanes=process_labels.lane_views(published, counts, locale()) if published else [],
        ends=outcome_titles(published),
        compare_url=url_for("studio.show_version_comparison", process=process, after=version)
        if len(rows) > 1
        else None,
        replay_url=url_for("studio.show_version_replay", process=process, version=version),
        propose_url=_version_proposal_url(row),
        link=lambda **changed: running_cases_url(process, {"version": str(version)}, **changed),
    )


@blueprint.get("/processes/<process>/diagram.json")
@allow_access("processes.read")
def get_process_diagram_json(process: str) -> Any:
    """Return the diagram in force with the painted value per step, of all versions.

    `{xml, names, steps: [{id, url, title, open, late, level, text}], legend: [{level, text}]}`
    """
    row = published_or_newest_version(load_version_rows(process))
    chosen = read_map_filter(current_act())
    counts = load_step_statistics(current_act(), process, chosen.statistics)
    published = load_undamaged_diagram(row)
    if chosen.measure == DEVIATING and published:
        ways = load_variants(current_act(), process, chosen.statistics)
        counts = statistics_with_deviations(counts, ways, published.model)
    return heat_diagram_json(row, counts, chosen.params, chosen.measure)


@blueprint.get("/processes/<process>/versions/<int:version>/diagram.json")
@allow_access("processes.read")
def get_version_diagram_json(process: str, version: int) -> Any:
    """Return the diagram of one version with the open tasks per step of its own cases."""
    row = _version_by_number(load_version_rows(process), version)
    return heat_diagram_json(
        row,
        load_step_statistics(current_act(), process, StatisticsFilter(version=row.id)),
        {"version": str(version)},
    )


@blueprint.get("/processes/<process>/versions/<int:version>/file")
@allow_access("processes.read")
def download_diagram_file(process: str, version: int) -> Response:
    """Return the diagram file as published, byte for byte, as a download. Raises Missing if it is damaged."""
    published = load_undamaged_diagram(_version_by_number(load_version_rows(process), version))
    if published is None:
        raise Missing
    answer = Response(published.xml.encode(), content_type="application/xml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{process}-{version}.bpmn"'
    return answer


def _process_migrations_url(process: str) -> str | None:
    """Return the address of the migrations of a process; None for a role that may not read them."""
    if not is_permitted(current_act().assignments, "processes.migrations"):
        return None
    return url_for("migrations.show_migration_plan", process=process)


def _event_log_url(process: str) -> str | None:
    """Return where the event log of a process is downloaded; None for a role that may not."""
    if not is_route_access_allowed(("processes.export",), current_act().assignments):
        return None
    return url_for("variants.download_event_log", process=process)


def _may_read_incidents() -> bool:
    """Return whether the visitor may open the page of incidents."""
    return is_permitted(current_act().assignments, "incidents.read")


def _list_cases_behind_figure(
    process: str,
    published: PublishedDiagram | None,
    list_name: str,
    wanted: RunningFilter,
    chosen: MapFilter,
) -> tuple[list[SimpleNamespace], list[SimpleNamespace], str]:
    """Return one page of the list behind a figure: running cases or completed tasks, and the next page."""
    if list_name == FINISHED_LIST:
        behind = replace(chosen.statistics, version=wanted.version)
        done, following = load_finished_tasks_page(current_act(), process, wanted.step, behind, wanted.after)
        return [], [finished_task_row(row, published) for row in done], following
    found, following = queries.load_running_cases_page(current_act(), process, wanted)
    return [running_case_row(row, published) for row in found], [], following


def load_version_rows(key: str) -> list[VersionRow]:
    """Return the versions of a process, the newest first. Raises Missing for an unknown key."""
    rows = queries.load_diagram_versions(current_act(), key) if _PROCESS_KEY_PATTERN.fullmatch(key) else []
    if not rows:
        raise Missing
    return rows


def _version_by_number(rows: Sequence[VersionRow], number: int) -> VersionRow:
    """Return the version with this number. Raises Missing."""
    for row in rows:
        if row.number == number:
            return row
    raise Missing


def _version_proposal_url(row: VersionRow) -> str | None:
    """Return where a version that is not in force is proposed, for a visitor who may edit."""
    if row.state in ("published", "scheduled") or not may_edit_processes():
        return None
    return url_for("studio.show_version_proposal_form", process=row.key, version=row.number)


def _read_running_case_filters(
    rows: Sequence[VersionRow], lanes: Sequence[LaneView], counts: dict[str, StepStatistics]
) -> tuple[RunningFilter, dict[str, str]]:
    """Return the filters in the address, and the address without unknown values."""
    args = request.args
    known = {step.id for lane in lanes for step in lane.steps} | set(counts)
    version = next((row for row in rows if str(row.number) == args.get("version")), None)
    step = args.get("step", "") if args.get("step") in known else ""
    finished = args.get("list") == FINISHED_LIST
    late = args.get("late") == "1" and not finished
    wanted = RunningFilter(version.id if version else None, step, late, args.get("after", ""))
    params = {
        "version": str(version.number) if version else "",
        "step": step,
        "late": "1" if late else "",
        "list": FINISHED_LIST if finished else "",
        "after": wanted.after,
    }
    return wanted, params


def _chosen_step_details(
    published: PublishedDiagram | None, lanes: Sequence[LaneView], step: str
) -> StepDetailsView | None:
    """Return the details of the chosen step, or None."""
    found = next((one for lane in lanes for one in lane.steps if one.id == step), None)
    if published is None or found is None:
        return None
    terms = regulation.load_unit_deadline_calendar(db.session, None, local_day(current_act().at))
    return step_details_view(published, found, terms, locale())
