"""Translate texts into the language of the current request; the `_` of templates uses the same catalogues."""

from __future__ import annotations

from app.kernel.i18n import current_locale as locale
from app.kernel.i18n import load_translations

__all__ = ["locale"]


def gettext(message: str) -> str:
    """Return the text in the current language."""
    return load_translations(locale()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the plural form that the current language uses for a number."""
    return load_translations(locale()).ngettext(singular, plural, number)


def N_(message: str) -> str:
    """Mark a text for the catalogue where it is declared; it is translated where it is used."""
    return message
