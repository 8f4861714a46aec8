"""Messages of errors, by error code. Every code that a room can refuse with has a message.

Times such as `%(at)s` are formatted in the current language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.kernel.errors import DepterError, Invalid
from app.kernel.i18n import day_text, moment_text, number_text, pick_text
from app.texts.messages import MESSAGES_BY_CODE
from app.texts.translate import gettext as _
from app.texts.translate import locale


def message_text(code: str, params: Mapping[str, Any]) -> str:
    """Return the message of a code; an unknown code is returned as it is, which a test reports."""
    text = _(MESSAGES_BY_CODE[code]) if code in MESSAGES_BY_CODE else code
    try:
        return text % {name: _localised_param(value) for name, value in params.items()}
    except (KeyError, TypeError, ValueError):
        return text


def error_message(error: DepterError) -> str:
    """Return the message of an error."""
    if isinstance(error, Invalid):
        return _(MESSAGES_BY_CODE["kernel.input.invalid"])
    return message_text(error.code, error.params)


def problem_texts_by_field(refused: Invalid) -> dict[str, list[str]]:
    """Return the messages of each field with problems."""
    return {
        key: [message_text(problem.code, problem.params) for problem in problems]
        for key, problems in refused.fields.items()
    }


def _localised_param(value: Any) -> Any:
    """Return a day, a time, a number or names as text in the language of the reader, any other value unchanged."""
    if isinstance(value, datetime):
        return moment_text(value, locale())
    if isinstance(value, date):
        return day_text(value, locale())
    if isinstance(value, Mapping):
        return pick_text(value, locale())
    if isinstance(value, (Decimal, float)):
        return number_text(str(value), locale())
    return value
