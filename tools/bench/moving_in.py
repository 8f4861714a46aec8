"""A university moves in with the sample files: students by a roster, journals by a workbook, as the worker does it."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from app.demo.sample_files import write_sample_files
from app.demo.sample_university import SIZES
from app.exchange import plan as plans
from app.exchange import structure_planning
from app.exchange.apply import execute_import_plan
from app.exchange.models import StructureImport
from app.exchange.read import read_roster
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.ids import new_id
from tests.scenarios.world import World
from tools.bench.table import Figure, figure

LISTS = {
    "office": {
        "units": "/structure",
        "programmes": "/structure/programmes",
        "groups": "/structure/groups",
        "disciplines": "/structure/disciplines",
        "journals": "/structure/journals",
        "people": "/people",
        "journal": "/journal",
        "work_programmes": "/programmes",
        "openings": "/openings",
        "orders": "/orders",
        "access": "/access",
        "takeovers": "/takeovers",
        "takeovers_earlier": "/takeovers/earlier",
        "archive": "/archive",
        "timetable": "/timetable",
        "timetable_journals": "/timetable/journals",
        "sheets": "/sheets",
        "makeups": "/makeups",
        "search": "/search?q=%D0%90%D1%81%D0%B0%D0%BD",
        "inbox": "/inbox",
        "setup": "/setup",
    },
    "it": {
        "accounts": "/people/accounts",
        "rules": "/people/rules",
        "roster": "/roster",
        "backups": "/backups",
    },
}
"""The lists that the academic office and IT open while a university moves in, by the user name of the bench."""


def measure(figures: list[Figure], world: World, data: Path, size: str) -> None:
    """Import the roster, then compare and import the workbook of the structure as the worker does it."""
    act = Act(world.hires("academic_office", None), None, world.clock(), (RoleAssignment("academic_office"),))
    with TemporaryDirectory() as name:
        begun = time.perf_counter()
        files = {path.name: path for path in write_sample_files(Path(name), 1, SIZES[size], date(2026, 9, 1))}
        figures.append(figure("samples.write", [time.perf_counter() - begun], f"{len(files)} files"))
        roster = read_roster(files["1-people-oneroster.zip"].read_bytes())
        workbook = files["2-structure.xlsx"].read_bytes()
    begun = time.perf_counter()
    with door.read():
        plan = plans.make_import_plan(roster, local_day(act.at))
    with door.write(act):
        execute_import_plan(act, roster, plan.fingerprint)
    figures.append(
        figure("moving_in.roster", [time.perf_counter() - begun], f"{SIZES[size].students} students")
    )
    made, store, system = new_id(), FileStore(data), Act.by_system(act.at)
    with door.write(act):
        structure_planning.queue_structure_planning(act, store, made, "structure.xlsx", workbook)
    begun = time.perf_counter()
    with door.write(system):
        structure_planning.make_structure_plan(system, store, made)
    figures.append(figure("moving_in.structure_plan", [time.perf_counter() - begun], "the worker compares"))
    with door.write(act):
        structure_planning.queue_structure_import(act, made)
    begun = time.perf_counter()
    with door.write(system):
        structure_planning.execute_queued_structure_import(system, made)
    found = db.session.get(StructureImport, made, populate_existing=True)
    assert found is not None and found.state == "finished", found and found.problem
    detail = f"{len(found.steps)} steps, the worker imports"
    figures.append(figure("moving_in.structure_import", [time.perf_counter() - begun], detail))
