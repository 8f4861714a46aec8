"""Words the one letter of a day: what is new, by kind, each with its page; as little as a letter may (7.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.kernel.clock import local_day
from app.kernel.i18n import day_text, translations
from app.notices.texts import compose
from app.notices.topics import ALL, topic_of

MOST = 60
"""More news than this are counted, not listed; the bell has them all."""


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as it lies on the bell."""

    fact: str
    params: Mapping[str, Any]
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news in words, and the path of its page."""

    title: str
    lines: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Section:
    """News of one kind, in the order they came."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class WordedDigest:
    """The letter of a day in one language. `more` says how many are left to the bell; "" when none."""

    title: str
    sections: tuple[Section, ...]
    more: str = ""


def compose_digest(lines: Sequence[Line], at: datetime, locale: str) -> WordedDigest:
    """Word the letter: work first, in the order of the settings page. Names of students, marks and reasons stay behind
    the login (7.1)."""
    catalogue = translations(locale)
    shown = lines[:MOST]
    by_topic: dict[str, list[Item]] = {}
    for line in shown:
        worded = compose(line.fact, line.params, locale, discreet=True)
        name = topic_of(line.fact, line.params).name
        by_topic.setdefault(name, []).append(Item(worded.title, worded.lines, line.url))
    sections = tuple(
        Section(catalogue.gettext(topic.label), tuple(by_topic[topic.name]))
        for topic in ALL
        if topic.name in by_topic
    )
    counted = catalogue.ngettext("%(day)s: %(n)s piece of news", "%(day)s: %(n)s pieces of news", len(lines))
    title = counted % {"n": len(lines), "day": day_text(local_day(at), locale)}
    left = len(lines) - len(shown)
    more = catalogue.gettext("And %(n)s more on the bell.") % {"n": left} if left else ""
    return WordedDigest(title, sections, more)
