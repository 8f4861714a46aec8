"""Three languages with an explicit locale: catalogues, plurals, dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from app.kernel.clock import local_time

LOCALES = ("ky", "ru", "en")
DEFAULT_LOCALE = "ky"
PSEUDO_LOCALE = "en-XA"
"""Not a language: every translated text is put between ⟦ ⟧, so that a crawl finds untranslated texts."""

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)
_reading_year: ContextVar[int | None] = ContextVar("reading_year", default=None)
_EVERY_YEAR = 0
"""A year that no date has, so that every date is written with its year."""

CATALOGUES_DIR = Path(__file__).resolve().parents[1] / "web" / "translations"


class PseudoTranslations(NullTranslations):
    """Translations that put every text between ⟦ ⟧."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def npgettext(self, context: str, singular: str, plural: str, num: int) -> str:
        return f"⟦{singular if num == 1 else plural}⟧"

    ugettext = gettext
    ungettext = ngettext


def current_locale() -> str:
    """Return the language of the request or letter at hand; Kyrgyz where none was set."""
    return _locale.get()


def set_current_locale(locale: str) -> None:
    """Set the language in which `app.texts` answers from now on, in this thread or task only."""
    _locale.set(locale)


@cache
def load_translations(locale: str) -> NullTranslations:
    """Return the catalogue of one locale, compiled from its .po file once a process; English is the source."""
    if locale == PSEUDO_LOCALE:
        return PseudoTranslations()
    path = CATALOGUES_DIR / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def supported_or_default_locale(locale: str | None) -> str:
    """Return the locale when it is supported, else the default."""
    return locale if locale in LOCALES or locale == PSEUDO_LOCALE else DEFAULT_LOCALE


def language_of_files(locale: str) -> str:
    """Return the language for a file whose words are a table; the pseudo-locale gets English."""
    return locale if locale in LOCALES else "en"


def pick_text(texts: Mapping[str, str] | None, locale: str) -> str:
    """Return the text in one language from a {ky, ru, en} mapping; the default language when it is missing."""
    if not texts:
        return ""
    if locale == PSEUDO_LOCALE:
        return f"⟦{texts.get('en', '')}⟧"
    return texts.get(locale) or texts.get(DEFAULT_LOCALE) or next(iter(texts.values()))


@cache
def babel_locale(locale: str) -> Locale:
    """Return Babel's locale for dates and numbers; the pseudo-locale writes them as English does."""
    return Locale.parse("en_GB" if locale in (PSEUDO_LOCALE, "en") else locale)


DAY_STYLE, DATE_STYLE = "day", "date"
"""Ways of writing a day: with its weekday, or the date alone."""
_DAY_PATTERNS: Mapping[tuple[str, str, bool], str] = {
    ("ky", DAY_STYLE, False): "d-MMM, EEE",
    ("ky", DAY_STYLE, True): "y-'ж'., d-MMM, EEE",
    ("ky", DATE_STYLE, False): "d-MMMM",
    ("ky", DATE_STYLE, True): "y-'ж'., d-MMMM",
    ("ru", DAY_STYLE, False): "EEE, d MMM",
    ("ru", DAY_STYLE, True): "EEE, d MMM y 'г'.",
    ("ru", DATE_STYLE, False): "d MMMM",
    ("ru", DATE_STYLE, True): "d MMMM y 'г'.",
    ("en", DAY_STYLE, False): "EEE d MMM",
    ("en", DAY_STYLE, True): "EEE d MMM y",
    ("en", DATE_STYLE, False): "d MMM",
    ("en", DATE_STYLE, True): "d MMM y",
}
"""LDML patterns by language, style, and whether the year is written. Kyrgyz joins day and month by a hyphen."""


def set_reading_year(year: int | None) -> None:
    """Set the year in which dates are read from now on, in this thread or task: other years are written out.

    None: no year is written unless it is asked for.
    """
    _reading_year.set(year)


def set_every_year_written() -> None:
    """Write the year of every date from now on, in this thread or task: for print."""
    _reading_year.set(_EVERY_YEAR)


@contextmanager
def written_in_locale(locale: str) -> Iterator[None]:
    """Answer in another language in a block: for a document in a language that its reader chose."""
    before = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(before)


@contextmanager
def every_year_written() -> Iterator[None]:
    """Write the year of every date in a block: for letters, which are read long after they were sent."""
    before = _reading_year.set(_EVERY_YEAR)
    try:
        yield
    finally:
        _reading_year.reset(before)


def day_text(day: date, locale: str, style: str = DAY_STYLE, *, with_year: bool | None = None) -> str:
    """Return a day in one language, e.g. "Wed 12 Oct" or «12-окт., шар.».

    `style` is `DAY_STYLE`, `DATE_STYLE` or an LDML pattern. `with_year`: None writes a year that is not the one of
    `set_reading_year`.
    """
    return _format_day(day, locale, _day_pattern(day, locale, style, with_year))


def moment_text(moment: datetime, locale: str, *, with_year: bool | None = None) -> str:
    """Return a moment in the local time of the university in one language, e.g. "Wed 12 Oct, 09:30"."""
    local = local_time(moment)
    pattern = _day_pattern(local.date(), locale, DAY_STYLE, with_year)
    return _format_moment(local.replace(tzinfo=None), locale, f"{pattern}, HH:mm")


@lru_cache(maxsize=4096)
def number_text(number: Decimal | str, locale: str) -> str:
    """Return a number without trailing zeros, with the decimal sign of the language: "87.5", «87,5»."""
    return str(format_decimal(Decimal(number), format="0.##########", locale=babel_locale(locale)))


def shown_number(number: Decimal | str | int | None, locale: str) -> str:
    """Return a number as `number_text`, "" for None, and a text that is no number unchanged: "–", what was typed."""
    try:
        return "" if number in (None, "") else number_text(str(number), locale)
    except InvalidOperation:
        return str(number)


def _day_pattern(day: date, locale: str, style: str, with_year: bool | None) -> str:
    """Return the LDML pattern of a style; the style itself where it is a pattern."""
    if with_year is None:
        with_year = _reading_year.get() not in (None, day.year)
    language = locale if locale in LOCALES else "en"
    return _DAY_PATTERNS.get((language, style, with_year), style)


@lru_cache(maxsize=4096)
def _format_day(day: date, locale: str, pattern: str) -> str:
    return format_date(day, pattern, locale=babel_locale(locale))


@lru_cache(maxsize=4096)
def _format_moment(local: datetime, locale: str, pattern: str) -> str:
    return format_datetime(local, pattern, tzinfo=None, locale=babel_locale(locale))
