"""A tree of units has an end, whoever sends it, and no walk over a roster takes more than its share of time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from app.exchange import plan as plans
from app.exchange.apply import _group_new_units_by_depth
from app.exchange.changes import ImportChange
from app.exchange.checks import check_planned_rows
from app.exchange.plan_builder import PlanBuilder
from app.exchange.read import read_roster
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people.models import Unit
from app.people.queries.units import load_unit_and_ancestor_ids, load_unit_and_parent_ids
from app.people.rules import MAX_UNIT_DEPTH, compute_unit_depths
from app.regulation.term_book import unit_and_ancestors_by_unit
from tests.exchange.rostering import ENROLLED, ONLY, ROLES, codes
from tests.exchange.test_oneroster import ORGS, zipped

HEAD = ORGS.splitlines()[0] + "\n"


def chain(length: int) -> str:
    """Units each inside the one before."""
    rows = (f"n{at},Unit {at},department,N{at},{f'n{at - 1}' if at else ''}\n" for at in range(length))
    return HEAD + "".join(rows)


def identity(at: int) -> UUID:
    return UUID(int=at + 1)


def nested(length: int) -> dict[UUID, UUID | None]:
    return {identity(at): identity(at - 1) if at else None for at in reversed(range(length))}


# --- depth ------------------------------------------------------------------------------------------------


def test_units_stand_thirty_two_deep_and_no_deeper(rosters):
    files = ONLY | {"orgs": chain(MAX_UNIT_DEPTH)}
    rosters.brings(**files)
    assert (
        len(
            load_unit_and_ancestor_ids(
                next(
                    unit
                    for unit, depth in compute_unit_depths(dict(load_unit_and_parent_ids())).items()
                    if depth == 32
                )
            )
        )
        == 32
    )
    deeper = rosters.plan(**(ONLY | {"orgs": chain(3000)}))
    assert codes(deeper) == {("orgs.csv", 34, "parentSourcedId", "exchange.row.too_deep")}
    assert deeper.findings[0].params == {"most": 32}


def test_a_unit_that_takes_a_deep_branch_with_it_is_named(rosters):
    rosters.brings(**(ONLY | {"orgs": chain(20) + "top,Top,school,T,\n"}))
    longer = HEAD + "".join(
        f"m{at},Unit {at},department,M{at},{f'm{at - 1}' if at else 'top'}\n" for at in range(15)
    )
    moved = longer + "n0,Unit 0,department,N0,m14\n"
    plan = rosters.plan(**rosters.delta(orgs=moved))
    assert codes(plan) == {("orgs.csv", 17, "parentSourcedId", "exchange.row.too_deep")}


def test_a_circle_is_a_circle_and_not_a_depth(rosters):
    circle = HEAD + "a,A,school,A,b\nb,B,school,B,a\nc,C,school,C,b\n"
    found = codes(rosters.plan(**(ONLY | {"orgs": circle})))
    assert {(line, code) for _file, line, _column, code in found} == {
        (2, "exchange.row.circle"),
        (3, "exchange.row.circle"),
        (4, "exchange.row.circle"),
    }


@pytest.mark.parametrize("how", ["inserted", "moved", "circle"])
def test_the_database_refuses_deeper_units_and_circles_whoever_writes(db_session, clock, how):
    ids = [new_id() for _ in range(34)]

    def unit(at: int, parent: UUID | None) -> dict[str, Any]:
        return {"id": ids[at], "parent_id": parent, "kind": "department", "code": str(at), "names": {}}

    act = Act.by_system(clock())
    with door.write(act) as session:
        session.execute(insert(Unit), [unit(at, ids[at - 1] if at else None) for at in range(32)])
        session.execute(insert(Unit), [unit(33, None)])
    statement: Any = {
        "inserted": insert(Unit).values(**unit(32, ids[31])),
        "moved": update(Unit).where(Unit.id == ids[0]).values(parent_id=ids[33]),
        "circle": update(Unit).where(Unit.id == ids[0]).values(parent_id=ids[5]),
    }[how]
    with pytest.raises(IntegrityError, match="32 deep"), door.write(act) as session:
        session.execute(statement)
    with door.write(act) as session:
        session.execute(update(Unit).where(Unit.id == ids[20]).values(parent_id=ids[33]))


def test_lines_and_depths_are_as_they_stand():
    above = {identity(2): identity(1), identity(1): identity(0), identity(0): None, identity(9): identity(8)}
    assert unit_and_ancestors_by_unit(above.items()) == {
        identity(2): (identity(2), identity(1), identity(0)),
        identity(1): (identity(1), identity(0)),
        identity(0): (identity(0),),
        identity(9): (identity(9), identity(8)),
    }
    assert compute_unit_depths(above) == {identity(2): 3, identity(1): 2, identity(0): 1, identity(9): 1}
    round_about = {identity(1): identity(2), identity(2): identity(1), identity(3): identity(1)}
    assert compute_unit_depths(round_about) == dict.fromkeys(round_about)
    assert set(unit_and_ancestors_by_unit(round_about.items())) == set(round_about)


# --- time -------------------------------------------------------------------------------------------------


def seconds(work: Callable[[], object]) -> float:
    """The least CPU time of three runs."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return min(taken)


def ratio(work_of: Callable[[int], Callable[[], object]], size: int) -> float:
    """How many times longer ten times as much takes."""
    return seconds(work_of(size * 10)) / max(seconds(work_of(size)), 1e-4)


def test_walks_over_nested_units_take_ten_times_as_long_for_ten_times_as_many():
    def depths(length: int) -> Callable[[], object]:
        above = nested(length)
        return lambda: compute_unit_depths(above)

    def layers(length: int) -> Callable[[], object]:
        made = [ImportChange("unit", "insert", one, {"parent_id": up}) for one, up in nested(length).items()]
        return lambda: _group_new_units_by_depth(made)

    assert ratio(depths, 1000) <= 30 and ratio(layers, 1000) <= 30  # a square would be a hundred


def test_lines_of_a_deep_tree_are_quick():
    """What every sign-in asks for: 3,000 units in one line, deeper than a tree may be, took 12 s and more."""
    assert seconds(lambda: unit_and_ancestors_by_unit(nested(3000).items())) < 1


def roster_of(students: int) -> bytes:
    """A hostile roster: one student with all stays, one teacher with all roles, units in one line of allowed depth."""
    days = [f"20{20 + at // 336:02d}-{at // 28 % 12 + 1:02d}-{at % 28 + 1:02d}" for at in range(students)]
    return zipped(
        orgs=ORGS + "".join(f"x{at},X,department,X{at},o1\n" for at in range(students // 10)),
        roles=ROLES + "".join(f"r{at},,,u1,primary,teacher,{day},{day},o2\n" for at, day in enumerate(days)),
        enrollments=ENROLLED
        + "e0,,,k1,u1,teacher,2026-09-01,\n"
        + "".join(f"s{at},,,k1,u2,student,{day},{day}\n" for at, day in enumerate(days)),
    )


def test_a_plan_takes_ten_times_as_long_for_ten_times_as_many_rows(rosters):
    def planning(students: int) -> Callable[[], object]:
        roster = read_roster(roster_of(students))
        assert roster.findings == ()
        return lambda: plans.make_import_plan(roster, rosters.today)

    with door.read():
        assert ratio(planning, 250) <= 15


def test_a_wide_heading_over_many_short_lines_is_read_quickly():
    def reading(lines: int) -> Callable[[], object]:
        heading = "sourcedId,givenName,familyName" + ",x" * 2000 + "\n"
        data = zipped(**(ONLY | {"users": heading + "".join(f"u{at},А,Б{at}\n" for at in range(lines))}))
        return lambda: read_roster(data)

    assert seconds(reading(20_000)) < 2


def test_stays_that_all_meet_are_each_found_once_and_quickly(rosters):
    def checking(students: int) -> Callable[[], object]:
        rows = "".join(f"s{at},,,k1,u2,student,2026-09-{at % 28 + 1:02d},\n" for at in range(students))
        roster = read_roster(zipped(enrollments=ENROLLED + "e0,,,k1,u1,teacher,2026-09-01,\n" + rows))
        maker = PlanBuilder(roster, rosters.today, {})
        planned = list(maker.iterate_planned_rows())
        above = maker.unit_parents_after_plan(planned)
        return lambda: check_planned_rows(planned, maker.stored, above, rosters.today)

    with door.read():
        assert len(checking(20)()) == 19  # type: ignore[arg-type]
        assert ratio(checking, 250) <= 15
