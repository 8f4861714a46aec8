"""The private key of the sealer: one file that only its user may read, and its change without losing old proofs.

A change writes `key.next`, then the row of the new public key with a statement that the old key signs, then renames
the file over `key`. Cut short anywhere, the next start goes on from what the database says.
"""

from __future__ import annotations

import base64
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.kernel.atomic_files import create_file_or_read_existing, sync_folder, write_file_atomically
from app.sealer.notes import signature_line

KEY_NAME, NEXT_KEY_NAME = "key", "key.next"


class KeyUnusable(RuntimeError):
    """The key file is missing, open to others, or another one; the message says what to do."""


def load_or_create_key(folder: Path) -> Ed25519PrivateKey:
    """Return the key of a log that begins, made at the first start. Raises KeyUnusable, OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_file_or_read_existing(folder / KEY_NAME, _key_file_content(Ed25519PrivateKey.generate()))
    return _read_key_file(folder / KEY_NAME)


def load_key_of_log(folder: Path, public_key: bytes) -> Ed25519PrivateKey:
    """Return the key whose public part the log names last; finish or undo a change that was cut short.

    Raises KeyUnusable, OSError.
    """
    current, following = folder / KEY_NAME, folder / NEXT_KEY_NAME
    if following.exists():
        made = _read_key_file(following)
        if public_part(made) == public_key:
            following.rename(current)
            sync_folder(folder)
            return made
        # The row of the new key was never committed: nothing was signed with it.
        following.unlink()
    if not current.exists():
        raise KeyUnusable(
            f"{current} is missing: put it back from its copy. If it is lost for ever, `depter sealer continue"
            " --new-key` begins a new log with a new key, and says so to everybody who verifies."
        )
    found = _read_key_file(current)
    if public_part(found) != public_key:
        raise KeyUnusable(
            f"{current} is not the key of this log. Put the right one back; the page of seals names its public part."
        )
    return found


def write_next_key(folder: Path) -> Ed25519PrivateKey:
    """Write a new key beside the present one and return it. Raises OSError."""
    made = Ed25519PrivateKey.generate()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_file_atomically(folder / NEXT_KEY_NAME, _key_file_content(made))
    if os.geteuid() == 0:
        # The command is run by root, the sealer by its own user, who owns the folder.
        owner = folder.stat()
        os.chown(folder / NEXT_KEY_NAME, owner.st_uid, owner.st_gid)
    return made


def public_part(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public key."""
    return key.public_key().public_bytes_raw()


def key_statement(
    origin: str,
    number: int,
    key: Ed25519PrivateKey,
    at: datetime,
    size: int,
    earlier: Ed25519PrivateKey | None,
) -> str:
    """Return the signed statement that a key signs the log from `size` records on; the earlier key signs first."""
    text = (
        f"depter signing key\n{origin}\nnumber {number}\nkey {base64.b64encode(public_part(key)).decode()}\n"
        f"since {_moment_text(at)}\nsize {size}\n"
    )
    signers = [earlier, key] if earlier is not None else [key]
    return text + "\n" + "".join(signature_line(origin, one, text) for one in signers)


def epoch_statement(
    origin: str,
    number: int,
    key: Ed25519PrivateKey,
    at: datetime,
    kept: tuple[int, bytes],
    lost: tuple[int, bytes] | None,
    reason: str,
) -> str:
    """Return the signed statement with which a log begins: what it keeps of the earlier one, what is lost, and why."""
    lost_line = f"{lost[0]} {base64.b64encode(lost[1]).decode()}" if lost is not None else "unknown"
    text = (
        f"depter log\n{origin}\nnumber {number}\nbegun {_moment_text(at)}\n"
        f"kept {kept[0]} {base64.b64encode(kept[1]).decode()}\nearlier {lost_line}\nreason {' '.join(reason.split())}\n"
    )
    return text + "\n" + signature_line(origin, key, text)


def _moment_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _key_file_content(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read_key_file(path: Path) -> Ed25519PrivateKey:
    """Read a key. Raises KeyUnusable for one that others may read or that is none."""
    if stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        raise KeyUnusable(f"{path} is open to other users of the machine: chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        raise KeyUnusable(f"{path} holds no key: put it back from its copy.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{path} holds no Ed25519 key: put the right one back.")
    return key
