"""`pip install .`: the wheel holds everything the product reads and runs without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.kernel.settings import PROJECT_DIR
from tests.support.crash_process import environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: Any) -> Path:
    """Built by the backend of the lock, offline, as `make run` installs the project."""
    folder: Path = tmp_path_factory.mktemp("wheel")
    options = ["--wheel", "--no-build-isolation", "--offline", "--python", sys.executable, "-q", "-o", folder]
    subprocess.run([sys.executable, "-m", "uv", "build", *options, PROJECT_DIR], check=True, timeout=300)
    (found,) = folder.glob("depter-*.whl")
    return found


def files(folder: Path) -> set[str]:
    return {path.relative_to(PROJECT_DIR).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_every_file_of_the_product_is_in_it(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    product = {name for name in files(PROJECT_DIR / "app") if "__pycache__" not in name}
    assert product - held == set()
    shipped = {f"app/shipped/{name}" for kind in ("workflows", "forms") for name in files(PROJECT_DIR / kind)}
    assert shipped and shipped - held == set()
    assert not any(name.startswith(("tests/", "bench/")) for name in held)


def test_it_runs_where_there_is_no_checkout(wheel, db_reset, settings, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (tmp_path / "work").mkdir()
    program = (
        "from app.kernel.settings import WORKING_DIR; print(WORKING_DIR); from app.cli import main; main()"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, "diagrams", "sync"],
        cwd=tmp_path / "work",
        env={**environment(settings), "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    home, *said = answer.stdout.splitlines()
    assert home == str(tmp_path / "work")
    assert said == [f"{path.stem}: published" for path in sorted((PROJECT_DIR / "workflows").glob("*.bpmn"))]


def test_the_command_is_installed_beside_this_python():
    scripts = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"depter": "app.cli:main"}
    assert os.access(Path(sys.executable).with_name("depter"), os.X_OK)
