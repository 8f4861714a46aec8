"""An earlier file that comes back is in force again; what names nothing known is not published, and it is said so."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app import cli
from app.audit.models import AuditRecord
from app.diagrams import versions
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import load_published_version_id, load_version, read_shipped_diagrams
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.kernel.settings import SHIPPED_FORMS_DIR, SHIPPED_WORKFLOWS_DIR
from tests.diagrams.test_sync import KEY, bring, changed, ours, states
from tests.scenarios.world import World
from tests.support.crash_process import environment


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def published_records(world: World) -> int:
    world.session.rollback()
    wanted = select(func.count()).where(AuditRecord.event_type == "diagrams.version.published")
    return int(world.session.scalar(wanted) or 0)


def test_an_earlier_file_that_comes_back_is_in_force_again_under_its_number(world):
    first = load_published_version_id(KEY)
    assert bring(world, changed("next release")) == "published"
    before = published_records(world)
    world.clock.advance(hours=1)
    assert bring(world, ours()) == "published"
    assert states(world) == [(1, "shipped", "published"), (2, "shipped", "retired")]
    assert load_published_version_id(KEY) == first and load_version(first).number == 1
    row = world.session.get(DiagramVersion, first)
    assert row.published_at == world.clock() and published_records(world) == before + 1
    assert bring(world, ours()) == "unchanged"
    assert bring(world, changed("next release")) == "published"
    assert states(world) == [(1, "shipped", "retired"), (2, "shipped", "published")]


def test_cases_of_the_release_that_was_taken_back_run_on_with_theirs(world):
    bring(world, changed("next release"))
    case = world.teacher().requests_correction()
    later = world.case(case).version_id
    bring(world, ours())
    assert world.case(case).version_id == later != load_published_version_id(KEY)
    world.head().approves(case)
    assert world.open_elements(case) == ["forward_directorate"]


def test_over_the_university_s_own_version_an_earlier_file_is_proposed_and_the_replaced_one_is_not(world):
    bring(world, changed("next release"))
    world.clock.advance(hours=1)
    bring(world, ours())
    edited_over(world)
    assert bring(world, ours()) == "unchanged"
    assert bring(world, changed("next release")) == "proposed"
    assert bring(world, changed("next release")) == "unchanged"
    assert load_version(load_published_version_id(KEY)).number == 3


def edited_over(world: World) -> None:
    """An administrator publishes his own, as version 3."""
    made = changed("by the university")
    now = world.clock()
    with door.write(Act.by_system(now)) as session:
        session.query(DiagramVersion).filter_by(key=KEY, state="published").update({"state": "retired"})
        session.flush()
        session.add(
            DiagramVersion(
                id=new_id(),
                key=KEY,
                number=3,
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
    versions.clear_version_cache()


def test_with_one_unknown_name_nothing_of_a_release_is_published(world):
    before = states(world)
    good = changed("next release")
    excuse = next(
        one for one in read_shipped_diagrams(SHIPPED_WORKFLOWS_DIR, SHIPPED_FORMS_DIR) if one.key == "excuse"
    )
    bad = replace(excuse, xml=excuse.xml.replace("journal.confirm_excuse", "journal.confirm_all"))
    act = Act.by_system(world.clock())
    with pytest.raises(DiagramsRefused) as raised, door.write(act):
        publish_shipped_diagrams(act, [good, bad])
    (finding, *_) = raised.value.findings["excuse"]
    assert (finding.code, finding.element) == ("diagrams.operation.unknown", "confirm_excuse")
    assert finding.line > 0 and finding.params["name"] == "journal.confirm_all"
    assert states(world) == before


def test_the_command_tells_every_finding_and_ends_with_1(app, db_reset, settings, tmp_path, monkeypatch):
    """The real command over the real database, with a folder of diagrams that name wrong things."""
    shutil.copytree(SHIPPED_WORKFLOWS_DIR, tmp_path / "workflows")
    for name, old in (("excuse", "journal.confirm_excuse"), ("late_correction", "correction.step_sla")):
        path = tmp_path / "workflows" / f"{name}.bpmn"
        path.write_text(path.read_text(encoding="utf-8").replace(f'"{old}"', '"nowhere.nothing"'))
    monkeypatch.setattr(cli.diagrams, "SHIPPED_WORKFLOWS_DIR", tmp_path / "workflows")
    answer = CliRunner(env=environment(settings)).invoke(cli.depter, ["diagrams", "sync"])
    assert answer.exit_code == 1
    assert "excuse: line" in answer.stderr and "no operation with the name «nowhere.nothing»" in answer.stderr
    assert (
        "late_correction: line" in answer.stderr and "deadline policy with the name «nowhere" in answer.stderr
    )
    assert "no diagram was published" in answer.stderr and answer.stdout == ""
    with app.app_context():
        assert load_published_version_id(KEY) is None


def test_the_command_tells_warnings_and_publishes(app, db_reset, settings, tmp_path, monkeypatch):
    shutil.copytree(SHIPPED_WORKFLOWS_DIR, tmp_path / "workflows")
    path = tmp_path / "workflows" / "excuse.bpmn"
    path.write_text(path.read_text(encoding="utf-8").replace(' depter:result="neutral"', ""))
    monkeypatch.setattr(cli.diagrams, "SHIPPED_WORKFLOWS_DIR", tmp_path / "workflows")
    answer = CliRunner(env=environment(settings)).invoke(cli.depter, ["diagrams", "sync"])
    assert answer.exit_code == 0 and "excuse: published" in answer.stdout
    assert answer.stderr.count("\n") == 1
    assert "warning: withdrawn: The end does not say" in answer.stderr
