"""The file with the secrets of the installation that belongs to one backup, sealed under another key.

The other key is a passphrase (AES-256-GCM under a key that scrypt derives) or an X25519 key pair (HPKE, RFC 9180):
with a public key the machine that makes backups cannot open them.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from app.kernel.canonical import canonical_json
from app.kernel.sealing import UnreadableSeal, seal_bytes, unseal_bytes

KEY_FILE_FORMAT = 1
KEY_FILE_SUFFIX = ".keys"
MIN_PASSPHRASE_LENGTH = 20
PASSPHRASE, PUBLIC_KEY = "passphrase", "public_key"
_SALT_BYTES = 16
_PEM_BEGIN = b"-----BEGIN"


class KeyFileProblem(RuntimeError):
    """A key or the file of keys cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class InstallationSecrets:
    """The secrets that open files and sealed texts of one backup."""

    secret_key: str
    previous_secret_key: str | None


def write_key_file(path: Path, backup_id: str, secrets: InstallationSecrets, lock: Path) -> None:
    """Write the secrets to a new file, sealed under a public key or a passphrase. Raises KeyFileProblem, OSError."""
    plain = canonical_json(
        {"secret_key": secrets.secret_key, "previous_secret_key": secrets.previous_secret_key}
    )
    about = backup_id.encode()
    given = _read_lock_file(lock)
    body: dict[str, object] = {"format": KEY_FILE_FORMAT, "backup": backup_id}
    if given.startswith(_PEM_BEGIN):
        body |= {
            "method": PUBLIC_KEY,
            "sealed": _to_base64(_suite().encrypt(plain, _public_key(given, lock), about)),
        }
    else:
        salt = os.urandom(_SALT_BYTES)
        sealed = seal_bytes(_key_of_passphrase(given, salt), plain, about)
        body |= {"method": PASSPHRASE, "salt": _to_base64(salt), "sealed": _to_base64(sealed)}
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as target:
        json.dump(body, target)
        target.flush()
        os.fsync(target.fileno())


def verify_lock_file(lock: Path) -> None:
    """Check that secrets can be sealed under this key or passphrase. Raises KeyFileProblem."""
    given = _read_lock_file(lock)
    if given.startswith(_PEM_BEGIN):
        _public_key(given, lock)


def open_key_file(path: Path, backup_id: str, lock: Path) -> InstallationSecrets:
    """Return the secrets of this backup, with the private key or the passphrase. Raises KeyFileProblem."""
    try:
        body = json.loads(path.read_bytes())
        found = body["format"], body["backup"], body["method"]
        sealed = base64.b64decode(body["sealed"], validate=True)
        salt = base64.b64decode(body.get("salt", ""), validate=True)
    except OSError as problem:
        raise KeyFileProblem(f"{path} cannot be read: {problem.strerror}.") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise KeyFileProblem(
            f"{path} is not a file of keys, or it is damaged. Take another copy of it."
        ) from None
    if found[0] != KEY_FILE_FORMAT:
        raise KeyFileProblem(
            f"{path} has format {found[0]}, which this release does not read. Use a newer release."
        )
    if found[1] != backup_id:
        raise KeyFileProblem(
            f"{path} belongs to another backup. The file of keys has the name of its backup, with {KEY_FILE_SUFFIX}."
        )
    return _secrets_of_plain(_unseal(path, found[2], sealed, salt, lock, backup_id.encode()), path)


def _unseal(path: Path, method: object, sealed: bytes, salt: bytes, lock: Path, about: bytes) -> bytes:
    given = _read_lock_file(lock)
    is_pem = given.startswith(_PEM_BEGIN)
    if is_pem != (method == PUBLIC_KEY):
        needed = "the private key of a key pair" if method == PUBLIC_KEY else "a passphrase"
        raise KeyFileProblem(f"{path} opens with {needed}; {lock} holds something else.")
    try:
        if is_pem:
            return bytes(_suite().decrypt(sealed, _private_key(given, lock), about))
        return unseal_bytes(_key_of_passphrase(given, salt), sealed, about)
    except (InvalidTag, UnreadableSeal):
        raise KeyFileProblem(
            f"{lock} does not open {path}: it is another key, or the file was changed. Nothing was restored."
        ) from None


def _secrets_of_plain(plain: bytes, path: Path) -> InstallationSecrets:
    try:
        body = json.loads(plain)
        return InstallationSecrets(body["secret_key"], body["previous_secret_key"])
    except (ValueError, TypeError, KeyError):
        raise KeyFileProblem(f"{path} holds no secrets of Depter.") from None


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _read_lock_file(lock: Path) -> bytes:
    """Return a key or a passphrase. Raises KeyFileProblem for an absent file and a short passphrase."""
    try:
        given = lock.read_bytes().strip()
    except OSError as problem:
        raise KeyFileProblem(f"The key {lock} cannot be read: {problem.strerror}.") from None
    if not given.startswith(_PEM_BEGIN) and len(given) < MIN_PASSPHRASE_LENGTH:
        raise KeyFileProblem(
            f"The passphrase in {lock} is shorter than {MIN_PASSPHRASE_LENGTH} characters. Make one:"
            " openssl rand -hex 32"
        )
    return given


def _key_of_passphrase(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase)


def _public_key(given: bytes, lock: Path) -> X25519PublicKey:
    try:
        key = load_pem_public_key(given)
    except ValueError:
        key = None
    if not isinstance(key, X25519PublicKey):
        raise KeyFileProblem(
            f"{lock} is not a public key of X25519. Make a pair on another machine: openssl genpkey -algorithm X25519"
            " -out depter-backup.pem; openssl pkey -in depter-backup.pem -pubout -out depter-backup.pub"
        )
    return key


def _private_key(given: bytes, lock: Path) -> X25519PrivateKey:
    try:
        key = load_pem_private_key(given, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileProblem(f"{lock} is not a private key of X25519 without a password.")
    return key


def _to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
