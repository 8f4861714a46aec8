"""Signed notes of C2SP: checkpoints of the tree (tlog-checkpoint), their Ed25519 signatures, and cosignatures. Pure.

A checkpoint is the text `origin`, `size`, base64 of the root, and our line `sealed-until MOMENT`: every record that was
committed before this moment is in the tree. Signatures follow after an empty line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE_TYPE, COSIGNATURE_TYPE = b"\x01", b"\x04"
MAX_NOTE_CHARACTERS = 20_000
_SEALED_UNTIL = "sealed-until "
_NAME_PATTERN = re.compile(r"[^\s+]{1,255}")
_SIZE_PATTERN = re.compile(r"0|[1-9][0-9]{0,17}")


class NoteUnreadable(ValueError):
    """The text is no signed checkpoint."""


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note: the name of the key, the first 4 bytes of its hash, and the signature itself."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that was read. `text` is what is signed; `sealed_until` is None for logs of others."""

    origin: str
    size: int
    root: bytes
    sealed_until: datetime | None
    text: str
    signatures: tuple[SignatureLine, ...]


def key_hash(name: str, public: bytes, kind: bytes = SIGNATURE_TYPE) -> bytes:
    """Return the 4 bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def verifier_key(name: str, public: bytes, kind: bytes = SIGNATURE_TYPE) -> str:
    """Return the public key as C2SP writes it: name+hash+base64."""
    return f"{name}+{key_hash(name, public, kind).hex()}+{_base64_text(kind + public)}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """Return name and public key of a C2SP verifier key for Ed25519. Raises ValueError."""
    name, _, rest = text.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    raw = _base64_bytes(encoded)
    if (
        not _NAME_PATTERN.fullmatch(name)
        or len(raw) != 33
        or key_hash(name, raw[1:], raw[:1]).hex() != stated
    ):
        raise ValueError("this is no verifier key: NAME+HASH+BASE64 is expected")
    return name, raw[1:]


def write_checkpoint_text(origin: str, size: int, root: bytes, sealed_until: datetime) -> str:
    """Return the text of a checkpoint, which is what gets signed."""
    moment = sealed_until.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f"{origin}\n{size}\n{_base64_text(root)}\n{_SEALED_UNTIL}{moment}\n"


def signature_line(name: str, key: Ed25519PrivateKey, text: str) -> str:
    """Return the line of a signature over a text."""
    public = key.public_key().public_bytes_raw()
    return f"\u2014 {name} {_base64_text(key_hash(name, public) + key.sign(text.encode()))}\n"


def cosignature_line(name: str, key: Ed25519PrivateKey, text: str, seconds: int) -> str:
    """Return the line by which a witness signs the text of a checkpoint at a moment (tlog-cosignature)."""
    public = key.public_key().public_bytes_raw()
    signed = key.sign(_cosigned_text(text, seconds))
    stamp = seconds.to_bytes(8, "big")
    return f"\u2014 {name} {_base64_text(key_hash(name, public, COSIGNATURE_TYPE) + stamp + signed)}\n"


def sign_note(name: str, key: Ed25519PrivateKey, text: str) -> str:
    """Return a text with its signature."""
    return f"{text}\n{signature_line(name, key, text)}"


def read_checkpoint(note: str) -> Checkpoint:
    """Return the parts of a checkpoint, nothing verified. Raises NoteUnreadable."""
    if len(note) > MAX_NOTE_CHARACTERS:
        raise NoteUnreadable("the note is too long")
    text, gap, signed = note.partition("\n\n")
    lines = text.split("\n")
    if not gap or len(lines) < 3 or not lines[0] or not _SIZE_PATTERN.fullmatch(lines[1]):
        raise NoteUnreadable("a checkpoint begins with origin, size and root")
    try:
        root = _base64_bytes(lines[2])
        until = next((line for line in lines[3:] if line.startswith(_SEALED_UNTIL)), None)
        moment = datetime.fromisoformat(until.removeprefix(_SEALED_UNTIL)) if until else None
    except ValueError:
        raise NoteUnreadable("the root or the moment cannot be read") from None
    if len(root) != 32 or (moment is not None and moment.tzinfo is None):
        raise NoteUnreadable("the root has 32 bytes, the moment a zone")
    signatures = tuple(read_signature_lines(signed))
    if not signatures:
        raise NoteUnreadable("the note has no signature")
    return Checkpoint(lines[0], int(lines[1]), root, moment, text + "\n", signatures)


def read_signature_lines(text: str) -> Iterable[SignatureLine]:
    """Yield the signatures of a note; what is no signature is left out."""
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) != 3 or words[0] != "\u2014":
            continue
        try:
            raw = _base64_bytes(words[2])
        except ValueError:
            continue
        yield SignatureLine(words[1], raw[:4], raw[4:])


def is_signed_by(checkpoint: Checkpoint, name: str, public: bytes) -> bool:
    """Return whether the checkpoint has a valid signature of this key under this name."""
    wanted = key_hash(name, public)
    return any(
        one.name == name
        and one.key_hash == wanted
        and _is_valid(public, one.signature, checkpoint.text.encode())
        for one in checkpoint.signatures
    )


def cosignature_seconds(text: str, one: SignatureLine, public: bytes) -> int | None:
    """Return the Unix second at which a witness signed this text; None when the signature is not valid."""
    if one.key_hash != key_hash(one.name, public, COSIGNATURE_TYPE) or len(one.signature) != 72:
        return None
    seconds = int.from_bytes(one.signature[:8], "big")
    return seconds if _is_valid(public, one.signature[8:], _cosigned_text(text, seconds)) else None


def is_text_signed_by(text: str, signatures: str, name: str, public: bytes) -> bool:
    """Return whether one of the signature lines is a valid one of this key over the text."""
    wanted = key_hash(name, public)
    return any(
        one.name == name and one.key_hash == wanted and _is_valid(public, one.signature, text.encode())
        for one in read_signature_lines(signatures)
    )


def _cosigned_text(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _is_valid(public: bytes, signature: bytes, text: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _base64_text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _base64_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise ValueError(str(problem)) from None
