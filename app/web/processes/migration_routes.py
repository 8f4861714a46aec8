"""Routes of migrations: the plan for running cases, its start, one migration with progress, steering and report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app.cases.migration import queries, runs
from app.cases.migration.plan import PlannedCase, plan_migration
from app.cases.queries.inbox import format_page_key, parse_page_key
from app.cases.queries.processes import RunningFilter, VersionRow
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid, Missing
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.people.rules import is_permitted
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels import processes as process_labels
from app.web.labels.messages import problem_texts_by_field
from app.web.labels.migrations import RESULT_LABELS
from app.web.processes.migration_presenter import (
    ProcessVersions,
    chosen_cases_texts,
    is_planned_case_shown,
    migrated_case_row,
    migration_plan_view,
    migration_report_csv_lines,
    migration_view,
    planned_case_row,
)
from app.web.processes.presenter import process_summary, published_or_newest_version
from app.web.processes.routes import load_version_rows

blueprint = Blueprint("migrations", __name__)
CASES_PER_PAGE = 50
MIGRATIONS_PER_PAGE = 20
ALL, TICKED = "all", "ticked"
"""Which cases of the plan a form chooses."""


@blueprint.get("/processes/<process>/migration")
@allow_access("processes.migrations")
def show_migration_plan(process: str) -> str:
    """Show which running cases would move to a version and which would stay, and why; nothing is changed."""
    return _render_migration_plan_page(process, request.args, None)


@blueprint.post("/processes/<process>/migration")
@allow_access("processes.migrate")
def start_migration_from_form(process: str) -> Any:
    """Start a migration of the cases that the plan lists, or of those that are ticked."""
    rows = load_version_rows(process)
    form = request.form
    try:
        target = _target_version(rows, form.get("target", ""))
        filter_ = _read_running_case_filter(rows, form)
        ticked = _read_ticked_case_ids(form.get("choose", ""), form.getlist("case"))
        with door.write(current_act()):
            number = runs.start_migration(
                current_act(), parse_id(form.get("id")), target, filter_, ticked, form.get("reason", "")
            )
    except Invalid as refused:
        return _render_migration_plan_page(process, form, refused), refused.status
    return redirect(url_for("migrations.show_migration", process=process, run=number))


@blueprint.get("/processes/<process>/migration/<int:run>")
@allow_access("processes.migrations")
@writes_every_year
def show_migration(process: str, run: int) -> str:
    """Show one migration: how far it is, what became of each case and why."""
    rows = load_version_rows(process)
    found = _find_migration(process, run)
    show = request.args.get("show", "")
    show = show if show in RESULT_LABELS else ""
    # Positions are 32-bit integers in the database.
    after = max(request.args.get("after", 0, int), 0) % 2**31
    cases = queries.load_migration_cases(current_act(), found.id, CASES_PER_PAGE + 1, state=show, after=after)
    versions = ProcessVersions.load_from_version_rows(rows)
    page, more = cases[:CASES_PER_PAGE], len(cases) > CASES_PER_PAGE
    params: dict[str, Any] = {"process": process, "run": run, "show": show or None}
    return render_template(
        "processes/migration_run.html",
        process=process_summary(rows, {}),
        migration=migration_view(found, people.load_names([found.chosen_by])),
        may_steer=_may_migrate(),
        chosen=chosen_cases_texts(found, versions),
        show=show,
        reasons=[
            (versions.case_stay_reason_text(reason, found.target_version_id), count)
            for reason, count in queries.load_stay_reason_counts(found.id)
        ],
        cases=[migrated_case_row(row, versions, found.target_version_id) for row in page],
        next=url_for("migrations.show_migration", after=page[-1].position, _anchor="cases", **params)
        if more
        else None,
    )


@blueprint.get("/processes/<process>/migration/<int:run>/progress")
@allow_access("processes.migrations")
def show_migration_progress(process: str, run: int) -> Response:
    """Render the progress as a fragment that reloads itself while cases are being moved, and the page at the end."""
    found = _find_migration(process, run)
    answer = Response(
        render_template(
            "processes/_migration_state.html",
            migration=migration_view(found, people.load_names([found.chosen_by])),
            may_steer=_may_migrate(),
        )
    )
    if found.state != "running":
        # The reasons and the cases below the fragment have changed with it.
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.get("/processes/<process>/migration/<int:run>/report.csv")
@allow_access("processes.migrations")
def download_migration_report(process: str, run: int) -> Response:
    """Send what became of each case as a file for a spreadsheet."""
    found, versions = (
        _find_migration(process, run),
        ProcessVersions.load_from_version_rows(load_version_rows(process)),
    )
    lines = migration_report_csv_lines(
        queries.iterate_migration_cases(current_act(), found.id), versions, found
    )
    # Not streamed: the language of the request is reset before a stream is read.
    answer = Response("".join(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{process}-migration-{run}.csv"'
    return answer


@blueprint.post("/processes/<process>/migration/<int:run>/pause")
@allow_access("processes.migrate")
def pause_running_migration(process: str, run: int) -> Any:
    """Pause a migration after the case in hand."""
    return _run_migration_command(runs.pause_migration, process, run)


@blueprint.post("/processes/<process>/migration/<int:run>/resume")
@allow_access("processes.migrate")
def resume_paused_migration(process: str, run: int) -> Any:
    """Go on with a paused migration."""
    return _run_migration_command(runs.resume_migration, process, run)


@blueprint.post("/processes/<process>/migration/<int:run>/revert")
@allow_access("processes.migrate")
def revert_migrated_cases(process: str, run: int) -> Any:
    """Move back every case of a migration that can be moved back."""
    return _run_migration_command(runs.revert_migration, process, run)


def _run_migration_command(command: Callable[[Act, str, int], None], process: str, run: int) -> Any:
    """Run a command on a migration and show its page. Raises Missing, Stale, Refused."""
    if run >= 2**31:
        raise Missing
    with door.write(current_act()):
        command(current_act(), process, run)
    return redirect(url_for("migrations.show_migration", process=process, run=run))


def _render_migration_plan_page(process: str, values: Any, refused: Invalid | None) -> str:
    """Render the plan for the filters in `values`; with `refused`, the form with its errors and its values."""
    rows = load_version_rows(process)
    versions = ProcessVersions.load_from_version_rows(rows)
    target = _target_version_or_in_force(rows, values.get("target", ""))
    filter_ = _read_running_case_filter(rows, values)
    params = _filter_query_params(rows, values, filter_)
    show = values.get("show", "")[:200]

    def plan_page_url(**changed: str) -> str:
        query: dict[str, Any] = {name: value for name, value in {**params, **changed}.items() if value}
        return url_for("migrations.show_migration_plan", process=process, _anchor="plan", **query)

    planned = plan_migration(current_act(), target, filter_)
    page, following = _page_of_planned_cases(
        [case for case in planned.cases if is_planned_case_shown(case, show)],
        values.get("after", "") if not refused else "",
    )
    readable = queries.load_readable_case_ids(current_act(), [case.id for case in page])
    # Numbers are 32-bit integers in the database.
    before = min(max(values.get("before", 0, int), 0), 2**31 - 1) or None
    found = queries.load_migrations(process, MIGRATIONS_PER_PAGE + 1, before)
    named = people.load_names(one.chosen_by for one in found)
    return render_template(
        "processes/migration.html",
        process=process_summary(rows, {}),
        target=target,
        targets=[row for row in rows if row.published_at is not None],
        sources=[row for row in rows if row.running and row.id != target.id],
        steps=_filterable_steps(versions),
        said=params,
        plan=migration_plan_view(planned, versions, target.id, plan_page_url, show),
        cases=[planned_case_row(case, versions, target.id, readable) for case in page],
        next=plan_page_url(show=show, after=following) if following else None,
        migration_id=values.get("id") if refused else new_id(),
        choose=values.get("choose", ALL),
        ticked=set(values.getlist("case")),
        reason=values.get("reason", ""),
        errors=problem_texts_by_field(refused) if refused else {},
        may_migrate=_may_migrate(),
        migrations=[migration_view(one, named) for one in found[:MIGRATIONS_PER_PAGE]],
        earlier=plan_page_url(before=str(found[MIGRATIONS_PER_PAGE - 1].number))
        if len(found) > MIGRATIONS_PER_PAGE
        else None,
    )


def _may_migrate() -> bool:
    """Return whether the visitor may start and steer migrations."""
    return is_permitted(current_act().assignments, runs.MIGRATE_VERB)


def _target_version(rows: Sequence[VersionRow], number: str) -> PublishedDiagram:
    """Return the published version with this number. Raises Invalid (`target`)."""
    row = next((row for row in rows if str(row.number) == number and row.published_at is not None), None)
    found = load_version_unless_damaged(row.id) if row else None
    if found is None:
        raise Invalid.field("target", "cases.migration.target_unknown")
    return found


def _target_version_or_in_force(rows: Sequence[VersionRow], number: str) -> PublishedDiagram:
    """Return the version with this number, else the one in force. Raises Missing when that one is damaged."""
    try:
        return _target_version(rows, number)
    except Invalid:
        found = load_version_unless_damaged(published_or_newest_version(rows).id)
    if found is None:
        raise Missing
    return found


def _read_running_case_filter(rows: Sequence[VersionRow], values: Any) -> RunningFilter:
    """Return the filter of a plan; a version, a step or a word that is unknown counts as none."""
    version = next((row.id for row in rows if str(row.number) == values.get("version")), None)
    return RunningFilter(version, values.get("step", "")[:200], values.get("late") == "1")


def _filter_query_params(rows: Sequence[VersionRow], values: Any, filter_: RunningFilter) -> dict[str, str]:
    """Return the filters as the address and the form carry them."""
    known_target = any(str(row.number) == values.get("target") for row in rows)
    return {
        "target": values.get("target", "") if known_target else "",
        "version": values.get("version", "") if filter_.version else "",
        "step": filter_.step,
        "late": "1" if filter_.late else "",
    }


def _read_ticked_case_ids(choose: str, cases: Sequence[str]) -> list[UUID] | None:
    """Return the ticked cases; None when the form chooses all. Raises Invalid (`choose`, `case`).

    Ticks beside the choice of all are asked about: who ticked three cases does not mean to move thousands.
    """
    if choose not in (ALL, TICKED):
        raise Invalid.field("choose", "forms.field.required")
    if choose == ALL and cases:
        raise Invalid.field("choose", "cases.migration.choice_unclear")
    return [parse_id(case, "case") for case in cases] if choose == TICKED else None


def _page_of_planned_cases(cases: Sequence[PlannedCase], after: str) -> tuple[Sequence[PlannedCase], str]:
    """Return one page of planned cases and the key of the next ("" for the last). Raises Invalid (`after`)."""
    if after:
        key = parse_page_key(after)
        cases = [case for case in cases if (case.opened_at, case.id) > key]
    page = cases[:CASES_PER_PAGE]
    return page, format_page_key(page[-1].opened_at, page[-1].id) if len(cases) > CASES_PER_PAGE else ""


def _filterable_steps(versions: ProcessVersions) -> dict[str, str]:
    """Return the steps of people of all versions with running cases: titles by element."""
    found: dict[str, str] = {}
    for published in versions.loaded.values():
        if published is not None:
            titles = process_labels.element_titles_by_id(published.model, locale())
            found.update({element: titles.get(element, element) for element in published.model.user_tasks})
    return found


def _find_migration(process: str, run: int) -> queries.MigrationView:
    """Return a migration of a process. Raises Missing."""
    found = queries.find_migration(process, run) if run < 2**31 else None
    if found is None:
        raise Missing
    return found
