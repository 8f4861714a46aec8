"""Compare a roster with the database and return the plan: the changes that the preview lists and
`execute_import_plan` executes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from app.exchange.changes import ImportPlan, MissingEnds
from app.exchange.checks import check_planned_rows, merge_findings_of_missing_tables
from app.exchange.class_groups import GroupKey
from app.exchange.csv_records import MAX_ROSTER_FINDINGS
from app.exchange.lessons_csv import plan_new_lessons
from app.exchange.moves import RecordedJournals, affected_journal_ids, check_moved_records
from app.exchange.plan_builder import PlanBuilder
from app.exchange.read import Roster
from app.exchange.remarks import remark_by_row_id
from app.exchange.rights import RosterBearer, find_grants_beyond_bearer_rights
from app.exchange.source_ids import load_group_choices
from app.exchange.teacher_roles import plan_teacher_roles
from app.journal.courses.recorded_journals import load_journals_with_lesson_or_sheet
from app.journal.tables import Offering
from app.people.models import Person


def make_import_plan(
    roster: Roster,
    today: date,
    bearer: RosterBearer | None = None,
    ends: MissingEnds | None = None,
    *,
    choices: Mapping[GroupKey, bool] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportPlan:
    """Return the plan for a roster against the present database; one statement a table, and one for the
    affected journals. With findings the plan has no changes.

    `bearer` is the person who would execute it: a file grants nothing that he may not grant by hand (3.1).
    None is the command line. `ends` are the missing students that leave; `choices` whether classes of a unit and
    name are one group, before the decisions on earlier files. `progress` is called with the rows compared and
    their total.
    """
    if roster.findings:
        return ImportPlan((), roster.findings)
    builder = PlanBuilder(roster, today, load_group_choices() | dict(choices or {}), progress)
    planned = [*builder.iterate_planned_rows(), *builder.iterate_ends_of_missing_students(ends)]
    planned += plan_teacher_roles(
        planned, builder.skipped, builder.stored, builder.row_ids.id, builder.names, today
    )
    held = RecordedJournals(load_journals_with_lesson_or_sheet(affected_journal_ids(planned, builder.stored)))
    findings = [
        *builder.findings,
        *check_planned_rows(
            planned, builder.stored, builder.unit_parents_after_plan(planned), today, builder.unread
        ),
        *find_grants_beyond_bearer_rights(planned, builder.stored, bearer, today),
        *check_moved_records(planned, builder.stored, held),
    ]
    lessons = plan_new_lessons(
        roster,
        builder.row_ids.id,
        builder.ids_after_plan(planned, Offering),
        builder.ids_after_plan(planned, Person),
        builder.names,
    )
    findings += lessons.findings
    if lessons.same:
        builder.same["lesson"] = lessons.same
    if findings:
        findings = merge_findings_of_missing_tables(findings, roster)
        groups = tuple(builder.reader.groups.proposals)
        return ImportPlan((), tuple(findings[:MAX_ROSTER_FINDINGS]), names=builder.names, groups=groups)
    remarks = remark_by_row_id(planned, held, builder.reader.groups, today)
    changes = tuple(
        replace(one.change, remark=remarks[one.change.id]) if one.change.id in remarks else one.change
        for one in planned
    )
    return ImportPlan(
        (*changes, *lessons.changes),
        (),
        dict(builder.same),
        tuple(builder.iterate_absent_rows()),
        dict(builder.left_out),
        tuple(builder.skipped),
        builder.names,
        tuple(builder.reader.groups.proposals),
        tuple(builder.sources.added.values()),
        tuple(sorted(builder.sources.replaced)),
        tuple(sorted(builder.sources.journal_changes)),
    )
