"""The examples of an installation: systemd reads the units, commands and settings in them exist."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

from app.cli import depter
from app.kernel.settings import PROJECT_DIR

DEPLOY = PROJECT_DIR / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
ANALYZER = shutil.which("systemd-analyze")


def test_each_unit_starts_its_command_after_network_and_stays_within_its_folders():
    assert [unit.stem for unit in UNITS] == ["depter-sealer", "depter-web", "depter-worker"]
    for unit in UNITS:
        sections = configparser.RawConfigParser(strict=False)
        sections.optionxform = str
        sections.read(unit)
        assert sections.sections() == ["Unit", "Service", "Install"]
        started = sections["Service"]["ExecStart"].split()
        assert started[:2] == ["/opt/depter/bin/depter", unit.stem.removeprefix("depter-")]
        assert sections["Service"]["ProtectSystem"] == "strict" and sections["Install"]["WantedBy"]


if ANALYZER is not None:
    # Where the program is missing nothing is skipped: what can be said without it stands above.
    def test_systemd_reads_the_units_without_a_remark(tmp_path):
        program = str(ANALYZER)
        command = Path(sys.executable).with_name("depter")
        copies = []
        for unit in UNITS:
            copies.append(tmp_path / unit.name)
            copies[-1].write_text(unit.read_text().replace("/opt/depter/bin/depter", str(command)))
        answer = subprocess.run(
            [program, "verify", "--man=no", "--recursive-errors=no", *copies],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        remarks = [line for line in answer.stderr.splitlines() if "depter" in line]
        assert (answer.returncode, remarks) == (0, []), answer.stderr
        broken = copies[0]
        broken.write_text(broken.read_text().replace("Restart=always", "Restart=sometimes"))
        found = subprocess.run(
            [program, "verify", "--man=no", broken], check=False, capture_output=True, text=True, timeout=60
        )
        assert "sometimes" in found.stderr, "it does look"


def test_the_examples_name_commands_and_options_that_exist():
    text = "\n".join(path.read_text() for path in DEPLOY.rglob("*") if path.is_file())
    assert set(re.findall(r"depter (web|worker|setup|sealer)\b", text)) >= {"web", "worker", "sealer"}
    setup = depter.commands["setup"]
    known = {name for option in setup.params for name in option.opts}
    compose = (DEPLOY / "compose.yaml").read_text()
    assert set(re.findall(r"- (--[a-z-]+)", compose)) <= known
    for unit in UNITS:
        assert "UnsetEnvironment=MIGRATION_DATABASE_URL" in unit.read_text()
    for proxy in ("Caddyfile", "nginx.conf"):
        assert "/metrics" in (DEPLOY / proxy).read_text(), "metrics do not pass a proxy"
