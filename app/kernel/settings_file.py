"""The settings file of an installation: `NAME="value"` lines, read by our commands and by systemd (EnvironmentFile=).

A value in the environment wins over the file.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from app.kernel.atomic_files import write_file_atomically
from app.kernel.settings import IS_INSTALLED, WORKING_DIR, SettingMissing

SETTINGS_FILE_NAME = "depter.env"
SYSTEM_SETTINGS_FILE = Path("/etc/depter") / SETTINGS_FILE_NAME
SEALER_FILE_NAME = "sealer.env"
SYSTEM_SEALER_FILE = Path("/etc/depter") / SEALER_FILE_NAME
_LINE_PATTERN = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
# systemd, a shell and Docker read these differently.
_REFUSED_PATTERN = re.compile(r"[\x00-\x1f\x7f$`]")


def find_settings_file(environ: Mapping[str, str]) -> Path | None:
    """Return the file to read: DEPTER_SETTINGS; for an installed Depter also `depter.env` of the working folder or of
    /etc/depter. None when there is none.

    Raises SettingMissing when DEPTER_SETTINGS names no file.
    """
    named = environ.get("DEPTER_SETTINGS")
    if named:
        if not Path(named).exists():
            raise SettingMissing(f"DEPTER_SETTINGS names {named}, which does not exist: run `depter setup`")
        return Path(named)
    candidates = (WORKING_DIR / SETTINGS_FILE_NAME, SYSTEM_SETTINGS_FILE) if IS_INSTALLED else ()
    # Unlike Path.exists, this is no error in a folder that the user may not enter.
    return next((path for path in candidates if os.path.exists(path)), None)


def merge_settings_file_and_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of the file, if there is one, with the environment on top. Raises SettingMissing."""
    path = find_settings_file(environ)
    if path is None:
        return dict(environ)
    try:
        return read_settings_file(path) | dict(environ)
    except PermissionError:
        # systemd reads the file as root and gives its values to a user who may not.
        if environ.get("DATABASE_URL"):
            return dict(environ)
        raise SettingMissing(
            f"{path} may not be read by this user: run the command as the user the file belongs to, or by sudo"
        ) from None


def merge_sealer_file_and_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of the sealer: of the file DEPTER_SEALER_SETTINGS, else of `sealer.env` beside the settings
    file, with the environment on top. Raises SettingMissing for a named file that does not exist."""
    named = environ.get("DEPTER_SEALER_SETTINGS")
    if named and not Path(named).exists():
        raise SettingMissing(
            f"DEPTER_SEALER_SETTINGS names {named}, which does not exist: run `depter setup`"
        )
    beside = (
        Path(environ["DEPTER_SETTINGS"]).with_name(SEALER_FILE_NAME)
        if environ.get("DEPTER_SETTINGS")
        else None
    )
    candidates = (
        [Path(named)] if named else [beside] if beside else [SYSTEM_SEALER_FILE] if IS_INSTALLED else []
    )
    path = next((one for one in candidates if os.access(one, os.R_OK)), None)
    return (read_settings_file(path) if path else {}) | dict(environ)


def read_settings_file(path: Path) -> dict[str, str]:
    """Return the values of the file. Raises SettingMissing naming the line that is no setting, and OSError."""
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE_PATTERN.fullmatch(line.strip())
        try:
            words = shlex.split(match[2]) if match else []
        except ValueError:
            match = None
        if match is None or len(words) > 1:
            raise SettingMissing(f'{path}, line {number}: expected NAME="value"')
        found[match[1]] = words[0] if words else ""
    return found


def write_settings_file(path: Path, values: Mapping[str, str]) -> None:
    """Write the file, readable by its owner only. Raises OSError, and ValueError naming a value no reader agrees on."""
    lines = ["# Written by `depter setup`; systemd and the commands of Depter read it. It holds passwords."]
    for name, value in values.items():
        if _REFUSED_PATTERN.search(value):
            raise ValueError(
                f"{name} holds a character that a settings file cannot: a line break, $ or `. In an address write them"
                " as %24 and %60."
            )
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'{name}="{escaped}"')
    write_file_atomically(path, ("\n".join(lines) + "\n").encode())
