"""The sample files: the same bytes for a seed, and a university moves in with them without a finding."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date, time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.demo.sample_files import write_sample_files
from app.demo.sample_university import BELLS, SIZES, invent_university
from app.exchange import account_commands, structure_commands
from app.exchange import plan as plans
from app.exchange.apply import execute_import_plan
from app.exchange.read import read_roster
from app.journal.tables import BellPeriod, Offering, PlannedHours, Semester
from app.journal.takeover.plan import plan_takeover
from app.journal.timetable.generation_commands import continue_timetable_run, start_timetable_run
from app.journal.timetable.sheet_commands import execute_timetable_import, store_timetable_plan
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.ids import new_id
from app.people.models import GroupCurator, Membership, Person, RoleGrant
from tests.worker.somebody import somebody

STARTS = date(2026, 9, 1)


def hashes(paths: list[Path]) -> set[tuple[str, str]]:
    return {(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths}


def test_a_university_of_the_right_size_is_invented_without_conflicts():
    size = SIZES["university"]
    made = invent_university(1, size, STARTS)
    assert sum(one.kind == "department" for one in made.units) == 36
    assert (len(made.groups), len(made.students), len(made.teachers), len(made.journals)) == (
        250,
        6_000,
        500,
        2_000,
    )
    people = [one.full_name for one in made.people]
    assert (
        len(set(people)) == len(people) == 6_000 + 500 + 1 + 2 + 8 + 36
        and len({one.name for one in made.groups}) == 250
    )
    for key in ("group", "teacher", "room"):
        places = [
            (journal.group.name if key == "group" else getattr(one, key), one.weekday, one.period)
            for journal in made.journals
            for one in journal.patterns
        ]
        assert len(set(places)) == len(places), key


def test_a_university_moves_in_with_the_files(tmp_path: Path, db_session: Any, clock: Any):
    small = SIZES["small"]
    files = write_sample_files(tmp_path / "a", 1, small, STARTS)
    assert hashes(files) == hashes(write_sample_files(tmp_path / "b", 1, small, STARTS))
    assert hashes(files) != hashes(write_sample_files(tmp_path / "c", 2, small, STARTS))
    office = somebody(role="academic_office")
    act = Act(office, None, clock(), (RoleAssignment("academic_office", None),))
    roster = read_roster((tmp_path / "a/1-people-oneroster.zip").read_bytes())
    with door.read():
        plan = plans.make_import_plan(roster, local_day(clock()))
    assert plan.findings == ()
    with door.write(act):
        execute_import_plan(act, roster, plan.fingerprint)
    assert db_session.query(Membership).count() == small.students
    officials = 3 + small.institutes + small.departments
    assert db_session.query(Person).count() == small.students + small.teachers + officials + 1
    held = Counter(db_session.scalars(select(RoleGrant.role)))
    assert (held["rector"], held["directorate"], held["department_head"]) == (
        1,
        small.institutes,
        small.departments,
    )
    db_session.rollback()
    checked = structure_commands.check_structure_workbook(act, (tmp_path / "a/2-structure.xlsx").read_bytes())
    assert checked.findings == ()
    made = new_id()
    with door.write(act):
        structure_commands.store_structure_plan(act, made, checked.plan)
    with door.write(act):
        structure_commands.execute_structure_import(act, made)
    assert db_session.query(Offering).count() == small.groups * small.journals
    assert db_session.query(PlannedHours).count() == small.groups * (small.journals - 1) * 2
    assert db_session.query(GroupCurator).count() == small.groups
    with door.write(act) as session:
        for number, (begin, end) in enumerate(BELLS, 1):
            session.add(
                BellPeriod(
                    number=number,
                    starts_at=time.fromisoformat(begin),
                    ends_at=time.fromisoformat(end),
                )
            )
    made = new_id()
    with door.write(act):
        semester = db_session.query(Semester).one().id
        timetable = store_timetable_plan(act, made, semester, (tmp_path / "a/3-timetable.xlsx").read_bytes())
    assert timetable.findings == ()
    with door.write(act):
        assert execute_timetable_import(act, made) == small.groups * (small.journals * 2 - 1)
    with door.write(act):
        start_timetable_run(act, made, semester, None, STARTS)
    with door.write(Act.by_system(act.at)) as session:
        continue_timetable_run(Act.by_system(act.at), made)
        marks = (tmp_path / "a/6-takeover-01.xlsx").read_bytes()
        row = session.get(Semester, semester)
        brought = plan_takeover(marks, row, STARTS, date(2026, 9, 14), act.at)
    with door.read():
        accounts = account_commands.check_account_table(act, (tmp_path / "a/5-accounts.xlsx").read_bytes())
    assert (
        accounts.findings == ()
        and accounts.plan.counts["login"] == small.students + small.teachers + officials
    )
    assert brought.findings == () and len(brought.journals) == small.groups * (small.journals - 1)
