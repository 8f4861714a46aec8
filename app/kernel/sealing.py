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


def new_random_key() -> bytes:
    """Return a new random 32-byte key."""
    return AESGCM.generate_key(256)


def seal_bytes(key: bytes, plain: bytes, about: bytes = b"") -> bytes:
    """Encrypt; `about` is authenticated, not hidden, and must be passed again to `unseal`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def seal_bytes_repeatably(key: bytes, plain: bytes) -> bytes:
    """Encrypt so that equal content under one key gives equal bytes: a repeat is recognised, and a hash covers it.

    The nonce is an HMAC-SHA-256 of the content, so a nonce comes twice only with the same content.
    """
    nonce_key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"nonce").derive(key)
    nonce = hmac.new(nonce_key, plain, hashlib.sha256).digest()[:NONCE_BYTES]
    return nonce + AESGCM(key).encrypt(nonce, plain, b"")


def unseal_bytes(key: bytes, sealed: bytes, about: bytes = b"") -> bytes:
    """Decrypt. Raises UnreadableSeal."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
    except (InvalidTag, ValueError):
        # ValueError: too short to hold a nonce.
        raise UnreadableSeal("the sealed bytes cannot be read with this key") from None


_secrets: list[str] = []
_hash_roots: dict[str, bytes] = {}
"""Root of keyed hashes by the secret that a process was started with; it outlives a change of the secret."""


def set_installation_secret(secret: str, previous: str | None = None) -> None:
    """Set the secret of the installation, and the one before it while the key is changed; by `create_app`."""
    _secrets[:] = [secret, *([previous] if previous and previous != secret else [])]


def installation_secrets() -> tuple[str, ...]:
    """Return the known secrets, the present one first. Raises RuntimeError before `set_installation_secret`."""
    if not _secrets:
        raise RuntimeError("kernel.sealing.set_installation_secret was not called")
    return tuple(_secrets)


@cache
def key_of_secret_for_purpose(secret: str, purpose: str) -> bytes:
    """Return the key that a secret gives for one purpose."""
    return derive_key(secret, purpose)


def seal_under_secret(secret: str, purpose: str, plain: bytes, about: bytes) -> bytes:
    """Encrypt under the key that this secret gives for a purpose."""
    return seal_bytes(key_of_secret_for_purpose(secret, purpose), plain, about)


def unseal_under_known_secrets(purpose: str, sealed: bytes, about: bytes) -> bytes:
    """Decrypt what was sealed under a known secret. Raises UnreadableSeal."""
    *others, last = installation_secrets()
    for secret in others:
        try:
            return unseal_bytes(key_of_secret_for_purpose(secret, purpose), sealed, about)
        except UnreadableSeal:
            continue
    return unseal_bytes(key_of_secret_for_purpose(last, purpose), sealed, about)


def hash_root_of_first_secret(secret: str) -> bytes:
    """Return the root of keyed hashes of an installation that began with this secret."""
    return derive_key(secret, "kernel.hash_root")


def remember_hash_root(secret: str, root: bytes) -> None:
    """Set the root of keyed hashes for processes started with this secret."""
    _hash_roots[secret] = root


def known_hash_root_or_none() -> bytes | None:
    """Return the root of keyed hashes, or None when the database was not asked for it yet."""
    return _hash_roots.get(installation_secrets()[0])


def keyed_hash_under_root(root: bytes, purpose: str, content: bytes) -> str:
    """Return an HMAC-SHA-256 in hex under the key that a root gives for a purpose."""
    return hmac.new(derive_key(root.hex(), purpose), content, hashlib.sha256).hexdigest()


def secret_fingerprint(secret: str) -> bytes:
    """Return the HMAC by which the database recognises a secret."""
    message = b"this database and this secret key belong together"
    return hmac.new(
        key_of_secret_for_purpose(secret, "kernel.installation"), message, hashlib.sha256
    ).digest()
