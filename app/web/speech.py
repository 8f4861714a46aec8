"""gettext in the language of this request, for code; templates have `_` of their own from the same source."""

from __future__ import annotations

from flask import g, has_request_context

from app.kernel.i18n import DEFAULT_LOCALE, translations


def locale() -> str:
    """The language of this request."""
    return getattr(g, "locale", DEFAULT_LOCALE) if has_request_context() else DEFAULT_LOCALE


def gettext(message: str) -> str:
    """The text in the language of this request."""
    return translations(locale()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The right plural in the language of this request."""
    return translations(locale()).ngettext(singular, plural, number)


def mark(message: str) -> str:
    """Marks a text for the catalogue where it is declared; it is translated where it is shown."""
    return message
