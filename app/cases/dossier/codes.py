"""The code of a dossier: drawn, hashed for storage, read from what was typed."""

from __future__ import annotations

import secrets

from app.kernel.keyring import keyed_hash
from app.people.code_rules import CODE_LETTERS, read_code

DOSSIER_CODE_LENGTH = 28
"""28 of 31 letters are 138 bits; 118 for who knows the ending, which stands in lists."""
DOSSIER_CODE_ENDING_LENGTH = 4
_HASH_PURPOSE = "cases.dossier.code"


def draw_dossier_code() -> str:
    """Return a new random code."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(DOSSIER_CODE_LENGTH))


def read_dossier_code(typed: str) -> str:
    """Return the code from what was typed or scanned; "" when it is none."""
    return read_code(typed, DOSSIER_CODE_LENGTH)


def hash_dossier_code(code: str) -> str:
    """Return what is stored of a code: a keyed hash in hex, so that a stolen database opens no dossier."""
    return keyed_hash(_HASH_PURPOSE, code.encode())
