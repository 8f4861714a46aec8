"""Store bytes by address in a folder, atomically and synced to the disk."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from app.kernel.atomic_files import sync_folder

PARTIAL_SUFFIX = ".partial"


class FileFolder:
    """A folder with one sub-folder for the first two characters of an address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has_file(self, address: str) -> bool:
        """Return whether the file exists."""
        return self._path_of_address(address).exists()

    def read(self, address: str) -> bytes:
        """Return the content; raises FileNotFoundError."""
        return self._path_of_address(address).read_bytes()

    def write(self, address: str, content: bytes) -> None:
        """Write and sync the file, rename it into place, sync its folder. Raises OSError and then leaves no
        file."""
        path = self._path_of_address(address)
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(self._folder)
        partial = path.with_name(f"{address}.{secrets.token_hex(8)}{PARTIAL_SUFFIX}")
        # Content is synced before the rename and the folder after it: a power cut leaves no partial file.
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            partial.rename(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)

    def addresses_older_than(self, before: float) -> Iterator[str]:
        """Yield the addresses of files written before a moment (seconds since 1970)."""
        for path in self._folder.glob("??/*"):
            if path.suffix != PARTIAL_SUFFIX and _is_file_written_before(path, before):
                yield path.name

    def remove_file_if_older(self, address: str, before: float) -> bool:
        """Remove a file if it was written before the moment; return whether it was removed."""
        path = self._path_of_address(address)
        if not _is_file_written_before(path, before):
            return False
        path.unlink()
        return True

    def remove_old_partial_files(self, before: float) -> None:
        """Remove partial files of interrupted writes older than the moment."""
        for path in self._folder.glob(f"??/*{PARTIAL_SUFFIX}"):
            if _is_file_written_before(path, before):
                path.unlink(missing_ok=True)

    def _path_of_address(self, address: str) -> Path:
        """Return the path of an address."""
        return self._folder / address[:2] / address


def _is_file_written_before(path: Path, before: float) -> bool:
    """Return whether the file exists and was written before the moment."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime < before
    return False
