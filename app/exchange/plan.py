"""Compare a roster with the database and return the plan: the changes that the preview lists and
`execute_plan` executes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.exchange.changes import Plan
from app.exchange.checks import check_planned_rows
from app.exchange.moves import RecordedJournals, affected_journals, check_moves
from app.exchange.plan_builder import PlanBuilder
from app.exchange.read import MAX_FINDINGS, Roster
from app.exchange.remarks import find_remarks
from app.exchange.rights import RosterBearer, check_rights
from app.journal.courses.recorded_journals import load_recorded_journals


def make_plan(roster: Roster, today: date, bearer: RosterBearer | None = None) -> Plan:
    """Return the plan for a roster against the present database; one statement a table, and one for the
    affected journals. With findings the plan has no changes.

    `bearer` is the person who would execute it: a file grants nothing that he may not grant by hand (3.1).
    None is the command line.
    """
    if roster.findings:
        return Plan((), roster.findings)
    builder = PlanBuilder(roster, today)
    planned = list(builder.planned())
    held = RecordedJournals(load_recorded_journals(affected_journals(planned, builder.stored)))
    findings = [
        *builder.findings,
        *check_planned_rows(planned, builder.stored, builder.units(planned), today, builder.unread),
        *check_rights(planned, builder.stored, bearer, today),
        *check_moves(planned, builder.stored, held),
    ]
    if findings:
        return Plan((), tuple(findings[:MAX_FINDINGS]))
    remarks = find_remarks(planned, held, today)
    changes = tuple(
        replace(one.change, remark=remarks[one.change.id]) if one.change.id in remarks else one.change
        for one in planned
    )
    return Plan(
        changes,
        (),
        dict(builder.same),
        tuple(builder.absent()),
        dict(builder.left_out),
        tuple(builder.skipped),
        builder.names,
    )
