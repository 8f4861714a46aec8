"""Files that are whole or not there at all, also after a power cut, and readable by their owner only.

For secrets and notes that another process may read at any moment. A file with its final name is never
half-written.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


def write_once(path: Path, content: bytes) -> bytes:
    """Make the file unless it exists; answer what it holds.

    Of several processes at once one wins, all read the same.

    Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _partial(path, content) as partial:
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
        partial.unlink()
    sync_folder(path.parent)
    return path.read_bytes()


def write_whole(path: Path, content: bytes) -> None:
    """Make the file, or put this content in its place.

    Raises OSError, and leaves the earlier content then.
    """
    with _partial(path, content) as partial:
        partial.rename(path)
    sync_folder(path.parent)


@contextlib.contextmanager
def _partial(path: Path, content: bytes) -> Iterator[Path]:
    """The content in a synced file beside the path; the block moves it away."""
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
    """Make a new name in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
