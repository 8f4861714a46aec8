"""Commands that import a workbook of the structure: store its plan, then execute exactly that plan, all or nothing.

The plan is tried first in a rehearsal: each step runs the command by which a page would do it, with its rules and
permissions, so that whatever would be refused is a finding at its cell before anything is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.record import record_audit_event
from app.exchange.models import StructureImport
from app.exchange.structure_plan import StructurePlan, plan_structure_import
from app.exchange.structure_reading import read_structure_workbook
from app.journal.courses import curriculum_commands, discipline_commands, journal_commands
from app.journal.courses.structure_rules import TeachingDays
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.rehearsal import Rehearsal
from app.kernel.workbook_reading import MAX_FINDINGS, Workbook, WorkbookFinding, WorkbookSheet
from app.people.commands import groups, programmes, units
from app.people.rehearsed_persons import make_persons_visible_in_rehearsal
from app.people.row_changes import lock_structure

IMPORT_DONE = "exchange.structure.imported"
STEPS_PER_REPORT = 50
ReportProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CheckedWorkbook:
    """A workbook with its plan, and everything that is wrong in it."""

    plan: StructurePlan
    findings: tuple[WorkbookFinding, ...]


def check_structure_workbook(act: Act, content: bytes) -> CheckedWorkbook:
    """Read a workbook, plan it and try the plan in a rehearsal; nothing is written."""
    return read_and_try_workbook(act, content, lambda: door.rehearse(act))


def read_and_try_workbook(
    act: Act,
    content: bytes,
    rehearse: Callable[[], AbstractContextManager[Rehearsal]],
    progress: ReportProgress | None = None,
) -> CheckedWorkbook:
    """Read a workbook, plan it and try the plan in the rehearsal that `rehearse` opens; `progress` is told of the steps
    tried."""
    book = read_structure_workbook(content)
    plan = StructurePlan()
    if not book.findings:
        plan = plan_structure_import(book, local_day(act.at))
    if not book.findings:
        persons = {id for step in plan.steps for key, id in step.args.items() if key in ("curator", "person")}
        with rehearse() as rehearsal:
            make_persons_visible_in_rehearsal(rehearsal, persons)
            _try_steps(act, book, plan, progress)
    return CheckedWorkbook(plan, tuple(book.findings[:MAX_FINDINGS]))


def _try_steps(act: Act, book: Workbook, plan: StructurePlan, progress: ReportProgress | None) -> None:
    """Run the steps of a plan; note at its cell what each refuses."""
    sheets: Mapping[str, WorkbookSheet] = {sheet.kind: sheet for sheet in book.sheets}
    for done, step in enumerate(plan.steps, 1):
        try:
            run_structure_step(act, step.as_json())
        except Invalid as refused:
            for field, problems in refused.fields.items():
                for problem in problems:
                    book.add(sheets[step.sheet], step.row, field, problem.code, **problem.params)
        except (Denied, Refused, Stale) as refused:
            book.add(sheets[step.sheet], step.row, "", refused.code, **refused.params)
        except Missing:
            # What it needs is refused in an earlier row.
            pass
        if len(book.findings) >= MAX_FINDINGS:
            return
        if progress is not None and done % STEPS_PER_REPORT == 0:
            progress(done, len(plan.steps))


def store_structure_plan(act: Act, import_id: UUID, plan: StructurePlan) -> None:
    """Store the plan of a workbook without findings; a repeat has no effect. Raises Missing without a person."""
    if act.person is None:
        raise Missing
    if db.session.get(StructureImport, import_id) is None:
        steps = [step.as_json() for step in plan.steps]
        db.session.add(
            StructureImport(
                id=import_id,
                steps=steps,
                counts=plan.counts,
                sent_by=act.person,
                sent_for=act.on_behalf_of,
                sent_at=act.at,
            )
        )
        db.session.flush()


def execute_structure_import(act: Act, import_id: UUID) -> int:
    """Execute the steps of a stored plan; return their number. A repeat has no effect.

    Raises Missing, Stale when a step is no longer possible or the import does not wait: nothing is changed then.
    """
    lock_structure()
    found = lock_own_structure_import(act, import_id)
    if found.state == "finished":
        return len(found.steps)
    if found.state != "previewed" or found.findings:
        raise Stale("exchange.structure_file.not_waiting")
    run_structure_steps(act, found)
    return len(found.steps)


def lock_own_structure_import(act: Act, import_id: UUID) -> StructureImport:
    """Return an import that the person of the act sent, locked. Raises Missing."""
    found = db.session.scalar(
        # FOR NO KEY UPDATE: the progress row, written over another connection, refers to this key.
        select(StructureImport)
        .where(StructureImport.id == import_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None or found.sent_by != act.person:
        raise Missing
    return found


def run_structure_steps(act: Act, found: StructureImport, progress: ReportProgress | None = None) -> None:
    """Run all steps of an import and record that it is done; `progress` is told of the steps done. Raises Stale when
    one is no longer possible; the caller rolls back."""
    import_id, steps = found.id, found.steps
    try:
        for number, step in enumerate(steps, 1):
            run_structure_step(act, step)
            if progress is not None and number % STEPS_PER_REPORT == 0:
                progress(number, len(steps))
    except (Invalid, Denied, Refused, Stale, Missing) as refused:
        raise Stale("exchange.structure_file.changed_meanwhile") from refused
    found.state, found.problem, found.done_at = "finished", None, act.at
    db.session.flush()
    after = {"steps": len(steps), "counts": found.counts}
    record_audit_event(act, IMPORT_DONE, ("exchange.structure_import", import_id), None, after, "2.1")


def run_structure_step(act: Act, step: Mapping[str, Any]) -> None:
    """Run one step by the command of the page. Raises what the command raises."""
    id, args = UUID(step["id"]), step["args"]
    seen = str(args.get("seen") or "")
    kind, deed = step["do"].split(".")
    if kind == "unit":
        unit = units.UnitEdit(args["kind"], args["code"], args["names"], _id(args["parent_id"]))
        units.add_unit(act, id, unit) if deed == "add" else units.change_unit(act, id, seen, unit)
    elif kind == "programme":
        programme = programmes.ProgrammeEdit(args["code"], args["names"], UUID(args["unit_id"]))
        if deed == "add":
            programmes.add_programme(act, id, programme)
        else:
            programmes.change_programme(act, id, seen, programme)
    elif step["do"] == "group.curator":
        first, held = date.fromisoformat(args["first"]), _id(args["seen"])
        groups.change_group_curator(act, id, UUID(args["curator"]), first, held)
    elif kind == "group":
        group = groups.GroupEdit(
            args["name"], UUID(args["unit_id"]), _id(args["programme_id"]), args["year_of_study"]
        )
        groups.add_group(act, id, group) if deed == "add" else groups.change_group(act, id, seen, group)
    elif kind == "course":
        course = discipline_commands.CourseEdit(args["code"], args["names"], UUID(args["department_id"]))
        if deed == "add":
            discipline_commands.add_discipline(act, id, course)
        else:
            discipline_commands.change_discipline(act, id, seen, course)
    elif kind == "line":
        _run_line_step(act, id, deed, seen, args)
    elif kind == "journal":
        _run_journal_step(act, id, deed, seen, args)
    else:
        _run_teacher_step(act, id, deed, seen, args)


def _run_line_step(act: Act, id: UUID, deed: str, seen: str, args: Mapping[str, Any]) -> None:
    """Run a step of the curriculum."""
    line = curriculum_commands.LineEdit(
        UUID(args["course_id"]), args["semester"], _credits(args["credits"]), args["hours"], args["control"]
    )
    programme = UUID(args["programme"])
    if deed == "add":
        curriculum_commands.add_curriculum_line(act, id, programme, line)
    else:
        curriculum_commands.change_curriculum_line(act, programme, id, seen, line)


def _run_journal_step(act: Act, id: UUID, deed: str, seen: str, args: Mapping[str, Any]) -> None:
    """Run a step of a journal."""
    credits = _credits(args["credits"])
    if deed == "change":
        journal_commands.change_journal(act, id, seen, credits)
        return
    course, group, semester = (UUID(args[key]) for key in ("course", "group", "semester"))
    journal = journal_commands.JournalEdit(course, group, semester, credits, args["hours"])
    journal_commands.add_journal(act, id, journal)


def _run_teacher_step(act: Act, id: UUID, deed: str, seen: str, args: Mapping[str, Any]) -> None:
    """Run a step of a teacher."""
    journal, first = UUID(args["journal"]), date.fromisoformat(args["first"])
    last = date.fromisoformat(args["last"]) if args["last"] else None
    if deed == "add":
        days = TeachingDays(UUID(args["person"]), args["part"], first, last)
        journal_commands.add_teacher(act, id, journal, days)
    else:
        journal_commands.change_teacher(act, journal, id, seen, args["part"], first, last)


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _credits(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
