"""Translate texts into the language of the request at hand. Templates have `_` of their own from the same source."""

from __future__ import annotations

from app.kernel.i18n import current_locale as locale
from app.kernel.i18n import translations

__all__ = ["gettext", "locale", "mark", "ngettext"]


def gettext(message: str) -> str:
    """Return the text in the current language."""
    return translations(locale()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the plural form that the current language uses for a number."""
    return translations(locale()).ngettext(singular, plural, number)


def mark(message: str) -> str:
    """Mark a text for the catalogue where it is declared; it is translated where it is shown."""
    return message
