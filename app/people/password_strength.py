"""Decide whether a password may be chosen (3.2). Pure.

zxcvbn scores a password by how soon it would be guessed. It knows neither Russian nor Kyrgyz, so it is given words of
both, and it reads a password twice: as typed, and as the same keys give it on the other layout. So rows of the keyboard
are found («йцукен» is qwerty), and a word typed on the wrong layout ("gfhjkm" is «пароль»).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from zxcvbn import zxcvbn

from app.kernel.composed_text import compose_text
from app.kernel.errors import Invalid

MIN_PASSWORD_BYTES = 12
MAX_PASSWORD_BYTES = 1024
"""Bytes in UTF-8: a Latin letter or digit is one, a Cyrillic letter two."""
MIN_SCORE = 3
"""The least score of zxcvbn (0 to 4): ten to the eighth guesses."""
_SCORED_CHARACTERS = 72
"""zxcvbn raises ValueError for more; what begins well does not become worse."""
MIN_NAME_LENGTH = 3
"""Names and logins shorter than this are found in too many passwords to be refused."""

_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_TO_LATIN = str.maketrans(_RUSSIAN_KEYS + "үөң", _LATIN_KEYS + "ejy")
"""The key of each Cyrillic letter; Kyrgyz letters share the keys of у, о and н."""
_TO_RUSSIAN = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)

COMMON_WORDS = tuple(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
"""Russian and Kyrgyz words that passwords are made of."""


def require_good_password(password: str, login: str, names: Iterable[str], field: str = "new") -> None:
    """Raise Invalid (`field`) unless the password may be chosen by the person with this login and these names."""
    length = len(password.encode("utf-8", "surrogatepass"))
    if not MIN_PASSWORD_BYTES <= length <= MAX_PASSWORD_BYTES:
        code = "people.password.too_short" if length < MIN_PASSWORD_BYTES else "people.password.too_long"
        raise Invalid.field(field, code, min=MIN_PASSWORD_BYTES, max=MAX_PASSWORD_BYTES)
    own_words = _login_and_name_words(login, names)
    readings = _password_on_both_layouts(password)
    if any(word in reading for word in own_words for reading in readings):
        raise Invalid.field(field, "people.password.own_name")
    if min(_password_strength_score(reading, own_words) for reading in readings) < MIN_SCORE:
        raise Invalid.field(field, "people.password.guessable")


def _login_and_name_words(login: str, names: Iterable[str]) -> list[str]:
    """Return the login, its part before @, and the names, in lower case, without those that are too short."""
    words = {part for given in (login, login.partition("@")[0], *names) for part in (given, *given.split())}
    folded = {compose_text(word).casefold() for word in words}
    return sorted(word for word in folded if len(word) >= MIN_NAME_LENGTH)


def _password_on_both_layouts(password: str) -> tuple[str, ...]:
    """Return the password in lower case as typed, and as the same keys give it on the other layout."""
    typed = compose_text(password).casefold()
    return tuple(dict.fromkeys((typed, typed.translate(_TO_LATIN), typed.translate(_TO_RUSSIAN))))


def _password_strength_score(password: str, own_words: list[str]) -> int:
    """Return the score of zxcvbn, 0 to 4, with the words of the person and of his languages."""
    found: dict[str, Any] = zxcvbn(password[:_SCORED_CHARACTERS], user_inputs=[*own_words, *COMMON_WORDS])
    return int(found["score"])
