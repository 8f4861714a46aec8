"""`depter diagrams check FILE...`: exit codes, sentences, JSON, and files from anybody."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import depter
from app.diagrams import limited_check
from app.kernel.i18n import current_locale, set_current_locale
from app.kernel.settings import PROJECT_DIR, SHIPPED_WORKFLOWS_DIR
from tests.support.crash_process import environment
from tests.web.test_plays import BROKEN

HOSTILE = PROJECT_DIR / "tests" / "bpmn" / "hostile"
LATE = SHIPPED_WORKFLOWS_DIR / "late_correction.bpmn"


@pytest.fixture(autouse=True)
def language():
    before = current_locale()
    yield
    set_current_locale(before)


def check(*args: str | Path) -> Result:
    return CliRunner().invoke(depter, ["diagrams", "check", *map(str, args)])


def without_directorate(folder: Path) -> Path:
    """The late correction with the mark of the directorate's approval taken away."""
    text = LATE.read_text(encoding="utf-8")
    for step in ("forward_directorate", "forward_deputy"):
        start = text.index(f'<bpmn:userTask id="{step}"')
        end = text.index(">", start)
        text = text[:start] + text[start:end].replace(' depter:approves="true"', "") + text[end:]
    path = folder / "late_correction.bpmn"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_diagrams_that_ship_are_sound():
    shipped = sorted(SHIPPED_WORKFLOWS_DIR.glob("*.bpmn"))
    result = check(*shipped)
    assert result.exit_code == 0, result.output
    assert result.stdout.count(": sound, ") == len(result.stdout.splitlines()) == len(shipped) > 20


def test_a_finding_is_told_with_its_line_its_story_and_what_to_do(tmp_path):
    result = check(without_directorate(tmp_path))
    assert result.exit_code == 1
    first, *story = result.stdout.splitlines()
    assert first.startswith(f"{tmp_path}/late_correction.bpmn:") and "error" in first
    assert "clause 4.4.2" in first and "Directorate" in first and "(verify.approval.missing)" in first
    assert [line.strip()[:3] for line in story] == [f"{number}. " for number in range(1, len(story) + 1)]
    assert "refuses" in story[-1] and len(story) == 6


@pytest.mark.parametrize(
    ("language", "word"), [("ky", "4.4.2"), ("ru", "пункт 4.4.2"), ("en", "clause 4.4.2")]
)
def test_the_sentences_come_in_three_languages(tmp_path, language, word):
    assert word in check("--language", language, without_directorate(tmp_path)).output


def test_json_has_codes_elements_and_stories(tmp_path):
    result = check("--json", without_directorate(tmp_path), LATE)
    broken, sound = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert (sound["sound"], sound["findings"]) == (True, []) and sound["states"] > 10
    finding = broken["findings"][0]
    assert (broken["sound"], finding["code"], finding["element"]) == (
        False,
        "verify.approval.missing",
        "apply_correction",
    )
    assert {"kind", "element", "flows", "text"} == set(finding["story"][0]) and finding["remedy"]


@pytest.mark.parametrize("content", [b"", b"<x", b"PK\x03\x04", b'<?xml version="1.0"?><a/>', b"\xff" * 20])
def test_what_is_no_diagram_is_not_readable(tmp_path, content):
    (tmp_path / "it.bpmn").write_bytes(content)
    result = check(tmp_path / "it.bpmn")
    assert result.exit_code == 2 and str(tmp_path) in result.output


def test_a_file_that_is_not_there_is_not_readable_and_the_others_are_checked(tmp_path):
    result = check(tmp_path / "nowhere.bpmn", tmp_path, LATE)
    assert result.exit_code == 2
    assert [line.rpartition(" ")[2] for line in result.stdout.splitlines()[:2]] == [
        "(diagrams.file.unreadable)"
    ] * 2
    assert ": sound, " in result.output


def test_every_hostile_file_gets_a_finding_within_seconds():
    files = sorted(path for path in HOSTILE.iterdir() if path.is_file())
    assert len(files) >= 10
    began = time.process_time()
    for path in files:
        result = check(path)
        assert result.exit_code in (1, 2) and result.output.strip(), path
    assert time.process_time() - began < 10


def burn(seconds: float) -> None:
    """Use CPU: what a check would do that a file has sent round in circles."""
    began = time.process_time()
    while time.process_time() - began < seconds:
        sum(range(1000))


def swallow() -> None:
    """Use memory beyond the limit."""
    held = [bytearray(100_000_000) for _ in range(20)]
    assert held


@pytest.mark.parametrize(("deed", "args"), [(burn, (60.0,)), (swallow, ())])
def test_a_check_beyond_its_limits_is_a_finding_and_the_next_one_works(monkeypatch, deed, args):
    monkeypatch.setattr(limited_check, "MAX_CPU_SECONDS", 1)
    limited_check.stop_checking_process()
    report = limited_check.run_check_with_limits(deed, *args)
    assert [one.code for one in report.findings] == ["diagrams.check.limit"]
    assert report.is_sound is None
    assert limited_check.check_diagram_with_limits(b"<x", {}).findings[0].code == "bpmn.xml.syntax"


def test_with_a_database_the_scenarios_run_too_and_one_that_fails_is_a_finding(
    db_session, settings, tmp_path, monkeypatch
):
    """Those beside the file count, before the database knows them."""
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    late = tmp_path / "late_entry.bpmn"
    text = (SHIPPED_WORKFLOWS_DIR / "late_entry.bpmn").read_text(encoding="utf-8")
    assert BROKEN[0] in text
    late.write_text(text.replace(*BROKEN), encoding="utf-8")
    (tmp_path / "scenarios").symlink_to(SHIPPED_WORKFLOWS_DIR / "scenarios")
    result = check(late)
    assert result.exit_code == 1, result.output
    assert ": sound, " in result.output and "0 of 1 scenarios passed" in result.output
    assert "fails. Entry 2 (Department head А: " in result.output
    result = check("--json", late, SHIPPED_WORKFLOWS_DIR / "late_entry.bpmn", without_directorate(tmp_path))
    failed, passed, unsound = [json.loads(line)["scenarios"] for line in result.stdout.splitlines()]
    assert [(one["passed"], one["entry"]) for one in (*failed, *passed)] == [(False, 2), (True, None)]
    assert unsound is None, "a diagram with errors is not played"
    assert check("--no-scenarios", late).exit_code == 0
    monkeypatch.setenv("DATABASE_URL", "postgresql://depter_app@127.0.0.1:1/nothing")
    result = check(late)
    assert result.exit_code == 1 and "--no-scenarios" in result.output


@pytest.mark.starts
def test_the_command_needs_no_settings_and_no_database():
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "diagrams", "check", LATE],
        cwd=PROJECT_DIR,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert ": sound, " in done.stdout
