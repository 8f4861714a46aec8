"""AES-256-GCM under keys derived from the installation's secret.

Knows bytes and purposes, not what they mean.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class Unreadable(ValueError):
    """The ciphertext was changed, or belongs to another key."""


def derive(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose from the installation's secret."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


def new_key() -> bytes:
    """A fresh 32-byte key."""
    return AESGCM.generate_key(256)


def seal(key: bytes, plain: bytes, about: bytes = b"") -> bytes:
    """Encrypt; `about` is authenticated, not hidden, and must be given again to `unseal`."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def unseal(key: bytes, sealed: bytes, about: bytes = b"") -> bytes:
    """Decrypt; raises Unreadable."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], about)
    except InvalidTag:
        raise Unreadable("the sealed bytes cannot be read with this key") from None


_secret: list[str] = []


def configure(secret: str) -> None:
    """Told once by `create_app`: the installation's secret."""
    _secret[:] = [secret]
    installation_key.cache_clear()


@cache
def installation_key(purpose: str) -> bytes:
    """The installation's own key for one purpose; raises RuntimeError before `configure`."""
    if not _secret:
        raise RuntimeError("kernel.sealing.configure was not called")
    return derive(_secret[0], purpose)


def keyed_hash(purpose: str, content: bytes) -> str:
    """HMAC-SHA-256 in hex under a key of the installation: recognises content, and lets nobody else guess it."""
    return hmac.new(installation_key(purpose), content, hashlib.sha256).hexdigest()
