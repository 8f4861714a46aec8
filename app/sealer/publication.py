"""Where checkpoints go beside the database: the disk of the sealer, and a file that another host collects."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from app.kernel.atomic_files import write_file_atomically

LAST_NOTE_NAME = "last-checkpoint"
FILE_NAME = "checkpoints.txt"
_TAIL_BYTES = 16_384


def read_last_signed_note(folder: Path) -> str | None:
    """Return the last checkpoint that this sealer signed; None before the first one. Raises OSError."""
    with suppress(FileNotFoundError):
        return (folder / LAST_NOTE_NAME).read_text(encoding="utf-8", errors="replace")
    return None


def write_last_signed_note(folder: Path, note: str | None) -> None:
    """Keep a checkpoint on the disk of the sealer, where no restore of the database reaches it. Raises OSError."""
    if note is None:
        (folder / LAST_NOTE_NAME).unlink(missing_ok=True)
    else:
        write_file_atomically(folder / LAST_NOTE_NAME, note.encode())


def append_notes_to_file(folder: Path, notes: list[tuple[int, str]]) -> int:
    """Append (number, note) pairs that the file lacks; return how many. A line `# checkpoint N` precedes each.

    Whatever is there stays, also what a full disk cut short: the whole note follows once more. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    known = last_number_in_file(path)
    lacking = [(number, note) for number, note in notes if number > known]
    if not lacking:
        return 0
    content = "".join(f"\n# checkpoint {number}\n{note}# end of {number}\n" for number, note in lacking)
    # O_APPEND: a file to which the operating system only lets us append (`chattr +a`) works as well.
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        rest = content.encode()
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    return len(lacking)


def last_number_in_file(path: Path) -> int:
    """Return the number of the last whole checkpoint in the file; 0 without one."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            tail = file.read().decode(errors="replace")
    except FileNotFoundError:
        return 0
    found = re.findall(r"^# end of (\d+)$", tail, re.MULTILINE)
    return int(found[-1]) if found else 0
