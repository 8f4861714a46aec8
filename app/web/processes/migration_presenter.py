"""Views of migrations: the plan with its reasons, the cases, one migration with its progress, the report."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import url_for

from app.cases.migration.plan import MigrationPlan, PlannedCase
from app.cases.migration.queries import MigrationCaseView, MigrationView
from app.cases.migration.reasons import STAY_CODES, StayReason
from app.cases.queries.processes import VersionRow
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.kernel.clock import local_time
from app.kernel.spreadsheets import neutralise_formula
from app.people.queries import PersonName
from app.texts.translate import gettext as _
from app.texts.translate import locale, ngettext
from app.web.labels import migrations as labels
from app.web.labels.cases import element_title
from app.web.labels.messages import message_text

POLL_SECONDS = 2
"""Seconds between two requests for the progress of a migration."""
MOVES = "moves"
"""The value of the parameter `show` for cases that move."""


@dataclass(frozen=True, slots=True)
class ProcessVersions:
    """The versions of one process: rows and loaded diagrams by id."""

    rows: Sequence[VersionRow]
    loaded: Mapping[UUID, PublishedDiagram | None]

    @classmethod
    def load_from_version_rows(cls, rows: Sequence[VersionRow]) -> ProcessVersions:
        """Load the version in force and those with running cases."""
        wanted = [row for row in rows if row.running or row.state == "published"]
        return cls(rows, {row.id: load_version_unless_damaged(row.id) for row in wanted})

    def version_number_of_id(self, version_id: UUID) -> int | None:
        """Return the number of a version."""
        return next((row.number for row in self.rows if row.id == version_id), None)

    def diagrams_for_step_titles(self, *first: UUID) -> list[PublishedDiagram | None]:
        """Return diagrams in which to look for the name of a step: these first, then every other."""
        return [load_version_unless_damaged(version) for version in first] + list(self.loaded.values())

    def case_stay_reason_text(self, reason: StayReason, *first: UUID) -> str:
        """Return why a case stays, in the reader's language."""
        return labels.stay_reason_text(reason, self.diagrams_for_step_titles(*first), locale())


def stay_reason_key(reason: StayReason) -> str:
    """Return a reason as the parameter `show` names it: code without its room, and the step."""
    return ":".join(part for part in (reason.code.rpartition(".")[2], reason.step) if part)


def is_planned_case_shown(case: PlannedCase, show: str) -> bool:
    """Return whether a planned case is in the list that `show` asks for."""
    if not show:
        return True
    return (
        (case.reason is None)
        if show == MOVES
        else (case.reason is not None and stay_reason_key(case.reason) == show)
    )


def migration_plan_view(
    plan: MigrationPlan, versions: ProcessVersions, target: UUID, link: Any, show: str
) -> SimpleNamespace:
    """Return the counts of a plan: how many move, and one line for each reason to stay."""
    reasons: dict[str, tuple[StayReason, int]] = {}
    for case in plan.cases:
        if case.reason is not None:
            key = stay_reason_key(case.reason)
            reasons[key] = (case.reason, reasons.get(key, (case.reason, 0))[1] + 1)
    ordered = sorted(reasons.items(), key=lambda one: (STAY_CODES.index(one[1][0].code), one[0]))
    return SimpleNamespace(
        total=len(plan.cases),
        moving=plan.moving,
        staying=len(plan.cases) - plan.moving,
        is_cut=plan.is_cut,
        moves_url=link(show=MOVES),
        all_url=link(show=""),
        shown=show,
        reasons=[
            SimpleNamespace(
                text=versions.case_stay_reason_text(reason, target),
                count=count,
                url=link(show=key),
                chosen=key == show,
            )
            for key, (reason, count) in ordered
        ],
    )


def planned_case_row(
    case: PlannedCase, versions: ProcessVersions, target: UUID, readable: set[UUID]
) -> SimpleNamespace:
    """Return one case of a plan as a row; it can be ticked when it moves."""
    published = versions.loaded.get(case.version_id)
    return SimpleNamespace(
        id=case.id,
        number=case.number,
        url=url_for("cases.show_case", case_id=case.id) if case.id in readable else None,
        version=versions.version_number_of_id(case.version_id),
        steps=[element_title(published, step, locale()) for step in case.steps],
        opened_at=case.opened_at,
        moves=case.reason is None,
        reason=versions.case_stay_reason_text(case.reason, target) if case.reason else "",
    )


def migration_url(migration: MigrationView, **params: Any) -> str:
    """Return the address of a migration."""
    return url_for("migrations.show_migration", process=migration.diagram, run=migration.number, **params)


def migration_view(migration: MigrationView, named: Mapping[UUID, PersonName]) -> SimpleNamespace:
    """Return one migration for its page, its state and the list."""
    place: dict[str, Any] = {"process": migration.diagram, "run": migration.number}
    return SimpleNamespace(
        title=_("Migration %(number)s to version %(target)s")
        % {"number": migration.number, "target": migration.target_number},
        state=migration.state,
        state_label=labels.migration_state_label(migration),
        is_under_way=migration.state in ("running", "paused"),
        reverting=migration.reverting,
        problem=message_text(migration.problem, {}) if migration.problem else "",
        reason=migration.reason,
        chosen_by=named[migration.chosen_by].short if migration.chosen_by in named else "",
        chosen_at=migration.chosen_at,
        ended_at=migration.ended_at,
        total=migration.total,
        done=migration.done,
        whole=migration.whole,
        can_revert=bool(migration.counts.get("moved")) and not migration.reverting,
        counts=[
            SimpleNamespace(
                label=_(label),
                count=migration.counts.get(state, 0),
                url=migration_url(migration, show=state, _anchor="cases"),
                state=state,
            )
            for state, label in labels.RESULT_LABELS.items()
            if migration.counts.get(state)
        ],
        url=migration_url(migration),
        progress_url=url_for("migrations.show_migration_progress", **place),
        report_url=url_for("migrations.download_migration_report", **place),
        pause_url=url_for("migrations.pause_running_migration", **place),
        resume_url=url_for("migrations.resume_paused_migration", **place),
        revert_url=url_for("migrations.revert_migrated_cases", **place),
        often=POLL_SECONDS,
    )


def chosen_cases_texts(migration: MigrationView, versions: ProcessVersions) -> list[str]:
    """Return which cases were chosen, in words: the filters of the plan, or how many were ticked."""
    chosen = migration.filter
    source = next((row.number for row in versions.rows if str(row.id) == chosen.get("version")), None)
    texts = [_("From version %(number)s") % {"number": source}] if source else []
    if chosen.get("step"):
        texts.append(labels.step_title(chosen["step"], versions.diagrams_for_step_titles(), locale()))
    if chosen.get("late"):
        texts.append(_("Late only"))
    if chosen.get("ticked"):
        count = chosen["ticked"]
        texts.append(ngettext("%(n)s ticked case", "%(n)s ticked cases", count) % {"n": count})
    return texts or [_("Every case that can move")]


def migrated_case_row(row: MigrationCaseView, versions: ProcessVersions, target: UUID) -> SimpleNamespace:
    """Return one case of a migration as a row."""
    return SimpleNamespace(
        number=row.number,
        url=url_for("cases.show_case", case_id=row.case_id) if row.is_readable else None,
        version=row.from_number,
        state=row.state,
        state_label=_(labels.RESULT_LABELS[row.state]),
        reason=versions.case_stay_reason_text(row.reason, target, row.from_version_id) if row.reason else "",
        at=row.at,
    )


def migration_report_csv_lines(
    rows: Iterable[MigrationCaseView], versions: ProcessVersions, migration: MigrationView
) -> Iterator[str]:
    """Yield the lines of the report as CSV: a head, then one line for each case."""
    yield "\ufeff" + _csv_line(
        [_("Case"), _("From version"), _("To version"), _("Result"), _("Why"), _("When"), _("Code")]
    )
    for row in rows:
        reason = row.reason
        yield _csv_line(
            [
                row.number,
                row.from_number,
                migration.target_number,
                _(labels.RESULT_LABELS[row.state]),
                versions.case_stay_reason_text(reason, migration.target_version_id, row.from_version_id)
                if reason
                else "",
                local_time(row.at).isoformat(sep=" ", timespec="seconds") if row.at else "",
                reason.code if reason else "",
            ]
        )


def _csv_line(values: Sequence[Any]) -> str:
    """Return one line of CSV. A spreadsheet must not take a text for a formula."""
    line = StringIO()
    texts = (str(value) for value in values)
    csv.writer(line).writerow([neutralise_formula(text) for text in texts])
    return line.getvalue()
