"""Shipped diagrams come into force by their fingerprint, and never over the head of an administrator."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from app.diagrams import versions
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import (
    ShippedDiagram,
    diagram_problems_by_key,
    load_published_version_id,
    load_version,
    read_shipped_diagrams,
)
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.kernel.settings import PROJECT_DIR
from tests.scenarios.world import ROOT, World
from tests.support.crash_process import environment

KEY = "late_correction"


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def ours() -> ShippedDiagram:
    (found,) = [each for each in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms") if each.key == KEY]
    return found


def changed(mark: str) -> ShippedDiagram:
    """The shipped drawing with other bytes and the same meaning."""
    return replace(ours(), xml=ours().xml + f"<!-- {mark} -->")


def bring(world: World, diagram: ShippedDiagram) -> str:
    act = Act.by_system(world.clock())
    with door.write(act):
        return publish_shipped_diagrams(act, [diagram])[KEY]


def states(world: World) -> list[tuple[int, str, str]]:
    world.session.rollback()
    columns = (DiagramVersion.number, DiagramVersion.origin, DiagramVersion.state)
    rows = select(*columns).where(DiagramVersion.key == KEY)
    return [tuple(row) for row in world.session.execute(rows.order_by(DiagramVersion.number))]


def edited(world: World) -> None:
    """An administrator has published a version of his own."""
    made = changed("by the university")
    now = world.clock()
    act = Act.by_system(now)
    with door.write(act) as session:
        session.query(DiagramVersion).filter_by(state="published").update({"state": "retired"})
        session.add(
            DiagramVersion(
                id=new_id(),
                key=KEY,
                number=2,
                sha256=made.sha256,
                xml=made.xml,
                forms=dict(made.forms),
                titles={"ky": "Биздин түзөтүү"},
                clause="4.4.2",
                origin="edited",
                state="published",
                made_at=now,
                published_at=now,
            )
        )


def test_what_is_there_already_is_left_alone(world):
    assert bring(world, ours()) == "unchanged"
    assert states(world) == [(1, "shipped", "published")]


def test_a_new_fingerprint_comes_into_force_and_running_cases_keep_theirs(world):
    case = world.teacher().requests_correction()
    before = world.case(case).version_id
    assert bring(world, changed("next release")) == "published"
    assert states(world) == [(1, "shipped", "retired"), (2, "shipped", "published")]
    assert world.case(case).version_id == before
    world.head().approves(case)
    assert world.case(case).version_id == before and load_version(load_published_version_id(KEY)).number == 2


def test_a_changed_form_is_a_new_version_too(world):
    forms = dict(ours().forms)
    name = min(forms)
    assert bring(world, replace(ours(), forms={**forms, name: forms[name] + "\n"})) == "published"


def test_only_an_error_keeps_a_diagram_from_being_published(world):
    plain = replace(ours(), xml=ours().xml.replace(' depter:result="neutral"', ""))
    assert {one.severity for one in diagram_problems_by_key([plain])[KEY]} == {"warning"}
    assert bring(world, plain) == "published"
    wrong = replace(plain, xml=plain.xml.replace(' depter:form="late_correction.rework_teacher"', ""))
    with pytest.raises(DiagramsRefused) as refused:
        bring(world, wrong)
    assert {one.severity for one in refused.value.findings[KEY]} == {"error", "warning"}


def test_over_a_version_of_the_university_it_is_only_proposed(world):
    edited(world)
    assert bring(world, changed("next release")) == "proposed"
    assert states(world) == [
        (1, "shipped", "retired"),
        (2, "edited", "published"),
        (3, "shipped", "proposed"),
    ]
    versions.clear_version_cache()
    assert load_version(load_published_version_id(KEY)).number == 2
    assert bring(world, changed("next release")) == "unchanged"


def test_two_releases_at_once_make_one_version(app, world):
    world.session.rollback()

    def release(_number: int) -> str:
        with app.app_context():
            return bring(world, changed("at once"))

    with ThreadPoolExecutor(4) as pool:
        ended = sorted(pool.map(release, range(4)))
    assert ended == ["published", "unchanged", "unchanged", "unchanged"]
    assert [state for *_, state in states(world)] == ["retired", "published"]


@pytest.mark.starts
def test_the_command_says_what_became_of_each(world, settings):
    world.session.rollback()
    answer = subprocess.run(
        [sys.executable, "-m", "app.cli", "diagrams", "sync"],
        cwd=PROJECT_DIR,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    said = answer.stdout.split("\n")[:-1]
    names = sorted(path.stem for path in (ROOT / "workflows").glob("*.bpmn"))
    assert said == [f"{name}: unchanged" for name in names]
    assert world.session.scalar(select(func.count()).select_from(DiagramVersion)) == len(names)
