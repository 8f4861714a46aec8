"""A grading scheme from nothing, its impact on a running semester, and its approval by the council (2.3, P24)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.cases.commands.start import start_case
from app.journal.grading.initial_schemes import read_shipped_schemes
from app.journal.grading.rating import parse_scheme
from app.journal.grading.scheme_commands import (
    ProposedSchemeVersion,
    add_scheme_version,
    confirm_scheme,
)
from app.journal.grading.scheme_queries import load_scheme_version, load_scheme_version_of_offering
from app.journal.opening.scheme_impact import compute_scheme_impact
from app.journal.tables import GradeSheet, GradingScheme, SheetEntry
from app.kernel import door
from app.kernel.errors import Denied, Invalid, Refused
from app.kernel.ids import new_id
from tests.scenarios.world import World

WHY = "Кеңештин жыйынында сунушталган чектер."
BASE = read_shipped_schemes()[0]


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


def letters(*least: tuple[str, int]) -> list[dict[str, Any]]:
    return [
        {"letter": letter, "least": points, "gpa": str(4 - place), "traditional": 5 - place}
        for place, (letter, points) in enumerate(least)
    ]


STRICTER = BASE["definition"] | {"letters": letters(("A", 90), ("B", 80), ("F", 0)), "pass": 80}


def draft(world: World, since: date = date(2026, 9, 1), actor: Any = None, **other: Any) -> UUID:
    scheme, by = new_id(), actor or world.head()
    values = {
        "code": "KG100",
        "follows": 1,
        "names": BASE["names"],
        "source": "Кеңеш",
        "definition": STRICTER,
    }
    world.session.rollback()
    with door.write(by.act()):
        add_scheme_version(by.act(), scheme, ProposedSchemeVersion(**values | other, effective_from=since))
    return scheme


def sends(world: World, scheme: UUID) -> UUID:
    case = new_id()
    with door.write(world.head().act()):
        start_case(
            world.head().act(), case, "scheme_approval", {"scheme": {"id": str(scheme)}, "reason": WHY}
        )
    return case


def present(world: World) -> UUID:
    world.session.rollback()
    return load_scheme_version_of_offering(world.school.offering).id


def test_a_drafted_version_counts_only_after_the_office_and_the_council(world):
    before = present(world)
    scheme = draft(world)
    assert present(world) == before
    with pytest.raises(Refused, match="by_council"), door.write(world.office().act()):
        confirm_scheme(world.office().act(), scheme, "№ 4")
    world.session.rollback()
    case = sends(world, scheme)
    assert world.case(case).subject["journals"] == 1
    world.office().approves(case)
    with pytest.raises(Invalid) as missing:
        world.office().completes(case, decision="approve")
    assert {"minutes_no", "minutes_on"} <= set(missing.value.fields)
    minutes = {"minutes_no": "4", "minutes_on": "2026-10-10"}
    world.office().completes(case, decision="approve", files=[str(world.scan(world.office()))], **minutes)
    assert (world.case(case).outcome, present(world)) == ("confirmed", scheme)
    assert load_scheme_version(scheme).ground == "№ 4, 10.10.2026"
    with pytest.raises(Refused, match="confirmed"):
        sends(world, scheme)
    world.is_whole()


def test_what_the_office_or_the_council_refuses_never_counts(world):
    before, scheme = present(world), draft(world)
    case = sends(world, scheme)
    world.office().rejects(case)
    assert (world.case(case).outcome, present(world)) == ("rejected", before)


def test_the_impact_counts_letters_and_passes_of_journals_without_a_signature(world):
    sheet = world.school.sheet(date(2026, 12, 31), "FINAL")
    row = world.session.get(GradeSheet, sheet)
    row.state, row.signed_at = "DRAFT", None
    for student, points in zip(world.school.students[:2], ("40", "0"), strict=True):
        entry = {"status": "GRADED", "points": points, "version": 1, "entered_by": world.school.lecturer}
        world.session.add(
            SheetEntry(id=new_id(), sheet_id=sheet, student_id=student, entered_at=world.now(), **entry)
        )
    world.session.commit()
    lenient = BASE["definition"] | {"letters": letters(("A", 90), ("B", 40), ("F", 0)), "pass": 40}
    scheme = draft(world, definition=lenient | {"admission": 0, "makeup_cap": 80})
    impact = compute_scheme_impact(scheme, world.now())
    assert impact.makeup_caps == (None,) and load_scheme_version(scheme).scheme.makeup_cap == 80
    (journal,) = impact.named
    assert (impact.journals, journal.id, journal.results) == (
        1,
        world.school.offering,
        impact.named[0].results,
    )
    assert impact.failing == 0 and impact.letters >= impact.passing
    # A signed sheet keeps its scheme, and a version of a later day concerns no semester that has begun.
    later = draft(world, date(2026, 9, 2), follows=2)
    assert compute_scheme_impact(later, world.now()).journals == 0
    world.school.sheet(date(2026, 10, 17), "MODULE1")
    assert compute_scheme_impact(scheme, world.now()).journals == 0


def test_the_boundary_day_of_a_version_decides_whether_the_council_is_needed(world):
    first = draft(world, date(2026, 9, 2))
    with door.write(world.office().act()):
        confirm_scheme(world.office().act(), first, "№ 4")
    assert load_scheme_version(first).confirmed_at is not None
    second = draft(world, date(2026, 9, 1), follows=2)
    with pytest.raises(Refused), door.write(world.office().act()):
        confirm_scheme(world.office().act(), second, "№ 5")
    world.session.rollback()
    with pytest.raises(Denied):
        draft(world, actor=world.teacher(), follows=3)
    assert world.session.scalars(select(GradingScheme.version).where(GradingScheme.code == "KG100")).all()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"letters": letters(("A", 90), ("B", 80))}, "journal.scheme.letters"),
        ({"letters": letters(("A", 80), ("B", 80), ("F", 0)), "pass": 80}, "journal.scheme.letters"),
        ({"letters": letters(("A", 90), ("A", 80), ("F", 0)), "pass": 80}, "journal.scheme.letters_order"),
        ({"letters": letters(("A", 90), ("F", 0)), "pass": 89}, "journal.scheme.passing_letter"),
        ({"admission": 61}, "journal.scheme.thresholds"),
        (
            {"components": BASE["definition"]["components"] | {"FINAL": [{"key": "exam", "most": 41}]}},
            "journal.scheme.not_a_hundred",
        ),
    ],
)
def test_a_definition_has_no_gap_and_adds_up_to_a_hundred(change, problem):
    parse_scheme("X", 1, BASE["definition"] | {"admission": 60})
    with pytest.raises(Invalid) as refused:
        parse_scheme("X", 1, BASE["definition"] | change)
    assert refused.value.fields["definition"][0].code == problem
