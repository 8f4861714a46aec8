"""Reads the code blocks of a page of docs/how-to and applies them to a copy of the project.

Before a block that is part of a file stands a comment that says where it belongs:

    <!-- file: forms/example.start.form -->         the block is the file
    <!-- append: app/regulation/policies.toml -->   the block is added at the end of the file
    <!-- after: app/people/rules.py | some text --> the block is added below the one line that holds this text
    <!-- replace: workflows/x.bpmn | some text -->  the block takes the place of the one line that holds this text
    <!-- sql -->                                    the block is for the database; the test of the page runs it
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.kernel.settings import PROJECT_DIR, Settings

PAGES = PROJECT_DIR / "docs" / "how-to"
COPIED = ("app", "workflows", "forms", "tools")
_BLOCK = re.compile(
    r"^<!-- (file|append|after|replace|sql)(?:: (\S+))?(?: \| ([^\n]+))? -->\n```\w*\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block with the file it belongs to and the deed: file, append, after, replace or sql."""

    deed: str
    path: str
    anchor: str
    text: str

    def apply(self, root: Path) -> None:
        """Write the block below `root`. Raises AssertionError when its line is not there exactly once."""
        if self.deed == "sql":
            return
        target = root / self.path
        if self.deed == "file":
            assert not target.exists(), f"{self.path} exists already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.text, encoding="utf-8")
            return
        old = target.read_text(encoding="utf-8")
        if self.deed == "append":
            target.write_text(old + self.text, encoding="utf-8")
            return
        lines = old.splitlines(keepends=True)
        (place,) = (number for number, line in enumerate(lines) if self.anchor in line)
        kept = [lines[place]] if self.deed == "after" else []
        # A formatter of Markdown takes away the empty lines that a function of Python has above it.
        kept += ["\n", "\n"] if self.text.startswith("def ") else []
        target.write_text("".join([*lines[:place], *kept, self.text, *lines[place + 1 :]]), encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """The marked blocks of a page, in order. Raises AssertionError when a marked block cannot be read."""
    text = (PAGES / page).read_text(encoding="utf-8")
    found = [Block(*parts) for parts in _BLOCK.findall(text)]
    assert len(found) == len(re.findall(r"^<!-- ", text, re.MULTILINE)), "a comment of the page has no block"
    return found


def touched(page: str) -> set[str]:
    """The files that a page writes or changes."""
    return {block.path for block in blocks(page) if block.path}


def copy_with(page: str, root: Path, folders: tuple[str, ...] = COPIED) -> Path:
    """Copy folders of the project to `root` and do there what the page says; returns `root`."""
    for folder in folders:
        # Byte code is copied too (with its times): compiling it anew would cost seconds.
        shutil.copytree(
            PROJECT_DIR / folder, root / folder, ignore=shutil.ignore_patterns("node_modules", "vendor")
        )
    # `app.kernel.settings` tells a working copy from an installed package by this file.
    shutil.copy2(PROJECT_DIR / "pyproject.toml", root)
    for block in blocks(page):
        if block.path.startswith(folders):
            block.apply(root)
    return root


def run(root: Path, program: str, *arguments: str, settings: Settings | None = None) -> str:
    """Run a Python program with `root` first on its path, on the database of the test; returns what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONPATH": f"{root}{os.pathsep}{PROJECT_DIR}", "PYTHONDONTWRITEBYTECODE": "1"}
    if settings is not None:
        environment |= {
            "DATABASE_URL": settings.database_url,
            "MIGRATION_DATABASE_URL": settings.migration_database_url,
            "REDIS_URL": settings.redis_url,
            "DEPTER_DATA": str(settings.data_dir),
            "SECRET_KEY": settings.secret_key,
            "DEPTER_ENV": "test",
        }
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
