"""Names of browsers and systems, so that a person recognises the own devices; for display, not for checks."""

from __future__ import annotations

BROWSER_NAMES_BY_TOKEN = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("YaBrowser", "Yandex"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEM_NAMES_BY_TOKEN = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""Substrings of the user agent with names. The order matters: Edge also contains "Chrome", Chrome "Safari"."""


def device_name(user_agent: str) -> str:
    """Return a name such as "Chrome, Android".

    The first 40 characters of an unknown user agent, "–" for an empty one.
    """
    known = [
        next((name for sign, name in table if sign in user_agent), "")
        for table in (BROWSER_NAMES_BY_TOKEN, SYSTEM_NAMES_BY_TOKEN)
    ]
    return ", ".join(filter(None, known)) or user_agent[:40] or "–"
