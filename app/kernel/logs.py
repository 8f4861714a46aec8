"""The log of every process: one line an event, without secrets and without anything about a person.

An exception is written as its type and the places it came through. Its message is left out, because messages quote
values: PostgreSQL the row that was not unique, Python the text that was no number. Of a database error the SQLSTATE and
the names of table and constraint are written.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

from app.kernel.errors import DepterError

_SECRET_PATH_PATTERN = re.compile(r"/(invitation|calendar|verify)/[^/?#\s\"']+")
"""Addresses whose last part is a secret."""
_MAX_FRAMES = 12
_EXCEPTION_KEYS = ("exc_info", "exception", "stack_info")
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure_logging() -> None:
    """Set up structlog, and the loggers of the libraries, to write such lines to standard error."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(utc=True, fmt="iso"),
            replace_exception_in_log_event,
            shorten_secret_paths_in_event,
            _format_event_line,
        ],
        # Not a factory for one file: whoever replaces standard error later gets the lines too.
        logger_factory=lambda *names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _StandardErrorHandler(logging.WARNING)
    handler.setFormatter(_LibraryFormatter())
    root = logging.getLogger()
    if not any(isinstance(one.formatter, _LibraryFormatter) for one in root.handlers):
        root.addHandler(handler)


def replace_exception_in_log_event(
    logger: Any, name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception in an event by its type, its places and, from PostgreSQL, its code."""
    given = event.pop("exc_info", None)
    if given is True or (given is None and name == "exception"):
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = error_text_without_messages(error)
        event["at"] = _traceback_places_text(error)
    return event


def shorten_secret_paths_in_event(
    logger: Any, name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace the secret part of addresses in the texts of an event by three dots."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = shorten_secret_paths_in_text(value)
    return event


def shorten_secret_paths_in_text(text: str) -> str:
    """Return the text with the secret part of addresses replaced by three dots."""
    return _SECRET_PATH_PATTERN.sub(r"/\1/...", text)


def _format_event_line(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    """Return the event as one line: moment, level, event, then the other values by name."""
    head = [str(event.pop(key, "-")) for key in ("timestamp", "level", "event")]
    rest = [f"{key}={value}" for key, value in event.items() if key not in _EXCEPTION_KEYS]
    return " ".join(" ".join((*head, *rest)).split())


def error_type_and_place_text(error: BaseException) -> str:
    """Return the type of an error and the innermost place of this program that it came through, for a stored record.

    A record is read by IT and kept; the message of an error quotes values, as in the log.
    """
    places = [place for place in _traceback_places_text(error).split(" < ") if place.startswith("app/")]
    return " at ".join([error_text_without_messages(error), *places[:1]])


def error_text_without_messages(error: BaseException) -> str:
    """Return the type of an error and of its causes, without messages; of a database error its code and names."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < 4:
        known = _own_error_code(seen) or _database_error_text(seen) or _system_error_text(seen)
        parts.append(type(seen).__qualname__ + known)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return " < ".join(parts)


def _own_error_code(error: BaseException) -> str:
    """Return the code of an error of this program, which pages word; "" for another one."""
    return f"({error.code})" if isinstance(error, DepterError) else ""


def _database_error_text(error: BaseException) -> str:
    """Return SQLSTATE, table and constraint of an error of psycopg; "" for another one."""
    state, names = getattr(error, "sqlstate", None), getattr(error, "diag", None)
    if names is None or not isinstance(state, str):
        return ""
    found = (state, getattr(names, "table_name", None), getattr(names, "constraint_name", None))
    return f"({', '.join(str(one) for one in found if one)})"


def _system_error_text(error: BaseException) -> str:
    """Return the number of an error of the operating system; "" for another one."""
    return f"({error.errno})" if isinstance(error, OSError) and error.errno is not None else ""


def _traceback_places_text(error: BaseException) -> str:
    """Return the last places that an error came through, the innermost first: file, line, function."""
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    return " < ".join(
        f"{_shorten_source_path(one.filename)}:{one.lineno} {one.name}" for one in reversed(frames)
    )


def _shorten_source_path(filename: str) -> str:
    """Return the path of a file from `app` or from the installed packages on."""
    for root in ("/site-packages/", "/app/"):
        _before, found, rest = filename.rpartition(root)
        if found:
            return rest if root == "/site-packages/" else f"app/{rest}"
    return filename.rpartition("/")[2]


class _StandardErrorHandler(logging.Handler):
    """Writes to what is standard error at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        print(self.format(record), file=sys.stderr, flush=True)


class _LibraryFormatter(logging.Formatter):
    """Formats what libraries log as our own events: one line, no message of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        event: MutableMapping[str, Any] = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "event": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            event["exc_info"] = record.exc_info
            # The message of an exception often is the message of the record too.
            event["message"] = str(record.msg)
        return _format_event_line(
            None, "", shorten_secret_paths_in_event(None, "", replace_exception_in_log_event(None, "", event))
        )
