"""AES-256-GCM under keys derived from the secret of the installation."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class UnreadableSeal(ValueError):
    """The ciphertext was changed, or belongs to another key."""


def derive_key(secret: str, purpose: str) -> bytes:
    """Derive a 32-byte key for one purpose from the secret of the installation."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


def new_key() -> bytes:
    """Return a new random 32-byte key."""
    return AESGCM.generate_key(256)


def seal_bytes(key: bytes, plain: bytes, about: bytes = b"") -> bytes:
    """Encrypt; `about` is authenticated, not hidden, and must be passed again to `unseal`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def unseal_bytes(key: bytes, sealed: bytes, about: bytes = b"") -> bytes:
    """Decrypt. Raises UnreadableSeal."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
    except InvalidTag:
        raise UnreadableSeal("the sealed bytes cannot be read with this key") from None


_installation_secret: list[str] = []


def set_installation_secret(secret: str) -> None:
    """Set the secret of the installation; called once by `create_app`."""
    _installation_secret[:] = [secret]
    installation_key.cache_clear()


@cache
def installation_key(purpose: str) -> bytes:
    """Return the key of the installation for one purpose. Raises RuntimeError before `configure`."""
    if not _installation_secret:
        raise RuntimeError("kernel.sealing.configure was not called")
    return derive_key(_installation_secret[0], purpose)


def keyed_hash(purpose: str, content: bytes) -> str:
    """Return an HMAC-SHA-256 in hex under a key of the installation, to recognise content that nobody else
    can guess.
    """
    return hmac.new(installation_key(purpose), content, hashlib.sha256).hexdigest()
