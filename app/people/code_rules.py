"""Rules for the one-time codes of printed slips: their letters, how they are written and read. Pure."""

from __future__ import annotations

import unicodedata

CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Letters of a code, without 0, O, 1, I and L, which look alike on paper."""
CODE_LENGTH = 16
"""16 of 31 letters are 79 bits: a stolen list of hashes gives no code."""
_CODE_PART_LENGTH = 4
_LATIN_BY_CYRILLIC = str.maketrans("АВЕКМНРСТУХ", "ABEKMHPCTYX")
"""Cyrillic capitals that look like a letter of a code, with that letter."""


def format_code(code: str) -> str:
    """Return a code in groups of four letters, as it is printed: "ABCD-EFGH-JKMN-PQRS"."""
    return "-".join(
        code[start : start + _CODE_PART_LENGTH] for start in range(0, len(code), _CODE_PART_LENGTH)
    )


def read_code(typed: str, length: int = CODE_LENGTH) -> str:
    """Return a code of this many letters as it is stored, from what was typed; "" when it is no code.

    Blanks and signs are left out, small letters and Cyrillic look-alikes are read as the letter on paper.
    """
    plain = unicodedata.normalize("NFKC", typed).upper().translate(_LATIN_BY_CYRILLIC)
    code = "".join(letter for letter in plain if letter.isalnum())
    return code if len(code) == length and set(code) <= set(CODE_LETTERS) else ""
