"""Compose the text of a daily letter: new notices by topic, without personal data (7.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.kernel.clock import local_day
from app.kernel.i18n import day_text, load_translations
from app.notices.texts import compose_notice_text
from app.notices.topics import TOPICS, event_topic_or_default

MAX_ITEMS = 60
"""Maximum number of listed notices; the bell lists all."""


@dataclass(frozen=True, slots=True)
class DigestNotice:
    """One notice from the bell."""

    event_type: str
    params: Mapping[str, Any]
    url: str


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One notice as text, and the path of its page."""

    title: str
    lines: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class DigestSection:
    """The notices of one topic, in the order of their arrival."""

    title: str
    items: tuple[DigestItem, ...]


@dataclass(frozen=True, slots=True)
class DigestText:
    """The text of a daily letter in one language. `more` says how many notices are left out; "" for none."""

    title: str
    sections: tuple[DigestSection, ...]
    more: str = ""


def compose_digest_text(lines: Sequence[DigestNotice], at: datetime, locale: str) -> DigestText:
    """Compose the letter: topics in the order of the settings page, work first.

    Names of students, marks and reasons stay behind the login (7.1).
    """
    catalogue = load_translations(locale)
    listed = lines[:MAX_ITEMS]
    by_topic: dict[str, list[DigestItem]] = {}
    for line in listed:
        text = compose_notice_text(line.event_type, line.params, locale, discreet=True)
        topic_name = event_topic_or_default(line.event_type, line.params).name
        by_topic.setdefault(topic_name, []).append(DigestItem(text.title, text.lines, line.url))
    sections = tuple(
        DigestSection(catalogue.gettext(topic.label), tuple(by_topic[topic.name]))
        for topic in TOPICS
        if topic.name in by_topic
    )
    counted = catalogue.ngettext("%(day)s: %(n)s piece of news", "%(day)s: %(n)s pieces of news", len(lines))
    title = counted % {"n": len(lines), "day": day_text(local_day(at), locale)}
    left_out = len(lines) - len(listed)
    more = catalogue.gettext("And %(n)s more on the bell.") % {"n": left_out} if left_out else ""
    return DigestText(title, sections, more)
