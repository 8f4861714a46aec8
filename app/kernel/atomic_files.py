"""Files that are written completely or not at all, also after a power cut, and readable by their owner only.

For secrets and notes that another process may read at any moment. A file with its final name is never
half-written.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


def create_file_or_read_existing(path: Path, content: bytes) -> bytes:
    """Create the file unless it exists, and return its content.

    Of several processes at once one wins, all read the same.

    Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _write_temporary_file(path, content) as partial:
        with contextlib.suppress(FileExistsError):
            # A link fails when the name exists; a rename would replace the file of another process.
            os.link(partial, path)
        partial.unlink()
    sync_folder(path.parent)
    return path.read_bytes()


def write_file_atomically(path: Path, content: bytes) -> None:
    """Create the file or replace its content. Raises OSError, and then leaves the earlier content."""
    with _write_temporary_file(path, content) as partial:
        partial.rename(path)
    sync_folder(path.parent)


@contextlib.contextmanager
def _write_temporary_file(path: Path, content: bytes) -> Iterator[Path]:
    """Write the content to a synced file beside the path; the block moves it away."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Sync a folder, so that a new name in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
