"""The field of docs/how-to/add-a-field-to-a-form.md is published, drawn, demanded and stored with the case."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from app.cases.commands.start import start_case
from app.cases.models import History
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import load_published_version_id, load_version, read_shipped_diagrams
from app.forms.schema import check_form_answers
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.kernel.settings import PROJECT_DIR
from app.web.cases.form_view import form_field_views
from tests.how_to.pages import blocks
from tests.scenarios.world import LATE, World

PAGE = "add-a-field-to-a-form.md"


def test_the_field_of_the_page_is_asked_checked_and_kept(world: World, tmp_path: Path):
    before = world.teacher().asks_for_late_entry()
    for folder in ("workflows", "forms"):
        shutil.copytree(PROJECT_DIR / folder, tmp_path / folder)
    for block in blocks(PAGE):
        block.apply(tmp_path)
    system = Act.by_system(world.clock())
    with door.write(system):
        made = publish_shipped_diagrams(
            system, read_shipped_diagrams(tmp_path / "workflows", tmp_path / "forms")
        )
    assert {key for key, what in made.items() if what != "unchanged"} == {"late_entry"}

    form = load_version(load_published_version_id("late_entry")).forms["late_entry.start"]
    (first, *_others) = form_field_views(form, "en")
    assert (first.label, [option.label for option in first.options]) == (
        "Cause",
        ["Illness", "Fault of the system"],
    )
    answers = {"entries": [world.entry()], "reason": LATE}
    with pytest.raises(Invalid):
        check_form_answers(form, answers)
    clean = check_form_answers(form, answers | {"cause": "system"})
    world.head().rejects(before)
    case_id, act = new_id(), world.teacher().act()
    with door.write(act):
        start_case(act, case_id, "late_entry", clean)
    kept = world.session.scalar(
        select(History.answers).where(History.case_id == case_id, History.kind == "started")
    )
    assert kept["cause"] == "system"
    running = load_version(world.case(before).version_id).forms["late_entry.start"]
    assert running.field_with_key("cause") is None, "a running case keeps the form of its version"
