"""Run the scenarios of a process on a diagram file: what `depter diagrams check --scenarios` does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.bpmn.model import ProcessModel
from app.bpmn.parse import parse_diagram
from app.diagrams.file_check import find_forms_folder
from app.diagrams.scenario_queries import ScenarioRow, ScenarioRun
from app.diagrams.versions import read_form_texts_of_model
from app.forms.form_file import Form, parse_form
from app.plays.scenarios import run_scenario
from app.plays.shipped import scenario_rows_for_file
from app.plays.words import scenario_run_parting_text


@dataclass(frozen=True, slots=True)
class FileScenarioResult:
    """The result of a scenario on a file. `entry` is the number of the entry at which it parts, None when it passed;
    `message` says where and why, in the language of the reader.
    """

    title: str
    passed: bool
    entry: int | None
    message: str

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON."""
        return {"title": self.title, "passed": self.passed, "entry": self.entry, "message": self.message}


def run_file_scenarios(path: Path, forms: Path | None, at: datetime) -> list[FileScenarioResult]:
    """Run the scenarios of the process of a sound diagram file, each in a rehearsal; `at` is now.

    Needs an application context with a database. `forms` is the folder of the form files, as for
    `check_diagram_file_with_limits`.
    """
    xml = path.read_bytes()
    model = parse_diagram(xml)
    texts = read_form_texts_of_model(model, find_forms_folder(path, forms))
    parsed = {name: parse_form(text.encode()) for name, text in texts.items()}
    text = xml.decode("utf-8-sig")
    rows = scenario_rows_for_file(model.key, path.parent)
    return [
        _build_file_scenario_result(row, run_scenario(row, text, texts, at), model, parsed) for row in rows
    ]


def _build_file_scenario_result(
    row: ScenarioRow, run: ScenarioRun, model: ProcessModel, forms: dict[str, Form]
) -> FileScenarioResult:
    message = "" if run.passed else scenario_run_parting_text(row, run, model, forms)
    return FileScenarioResult(row.title, run.passed, run.entry, message)
