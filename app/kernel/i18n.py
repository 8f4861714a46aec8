"""Three languages with an explicit locale: catalogues, plurals, dates."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from app.kernel.clock import local_time

LOCALES = ("ky", "ru", "en")
DEFAULT_LOCALE = "ky"
PSEUDO_LOCALE = "en-XA"
"""Not a language: every translated text is put between ⟦ ⟧, so that a crawl finds untranslated texts."""

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT_LOCALE)

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


@lru_cache(maxsize=4096)
def day_text(day: date, locale: str, pattern: str = "EEE d MMM") -> str:
    """Return a day with its weekday in one language, e.g. "Wed 12 Oct"."""
    return format_date(day, pattern, locale=babel_locale(locale))


@lru_cache(maxsize=4096)
def moment_text(moment: datetime, locale: str, pattern: str = "EEE d MMM, HH:mm") -> str:
    """Return a moment in the local time of the university in one language."""
    return format_datetime(
        local_time(moment).replace(tzinfo=None), pattern, tzinfo=None, locale=babel_locale(locale)
    )
