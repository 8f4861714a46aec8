"""Letters as plain text and as small HTML pages without pictures and style sheets. Words and sends nothing. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence

from app.notices.digest import Item, WordedDigest
from app.notices.texts import Worded


def letter_text(worded: Worded, link: str, foot: Sequence[str]) -> str:
    """One piece of news."""
    return "\n\n".join(part for part in (worded.title, worded.text, link, *foot) if part) + "\n"


def letter_page(worded: Worded, link: str, foot: Sequence[str], locale: str) -> str:
    """The same words as a page."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in worded.lines)
    return _page(worded.title, f"{lines}<p>{_anchor(link, link)}</p>", foot, locale)


def digest_text(worded: WordedDigest, base: str, foot: Sequence[str]) -> str:
    """The news of a day, each with the address of its page beneath it."""
    parts = [worded.title]
    for section in worded.sections:
        parts.append(section.title.upper())
        parts += ["\n".join(_indented(item, base)) for item in section.items]
    if worded.more:
        parts.append(f"{worded.more}\n{base}/notices")
    return "\n\n".join((*parts, "-- \n" + "\n".join(foot))) + "\n"


def _indented(item: Item, base: str) -> list[str]:
    return [f"* {item.title}", *(f"  {line}" for line in (*item.lines, base + item.path))]


def digest_page(worded: WordedDigest, base: str, foot: Sequence[str], locale: str) -> str:
    """The same words as a page: a heading for each kind, a link for each piece of news."""
    parts = []
    for section in worded.sections:
        parts.append(f'<h2 style="font-size:16px;margin:24px 0 8px">{html.escape(section.title)}</h2><ul>')
        for item in section.items:
            lines = "".join(f"<br><span style='color:#555'>{html.escape(line)}</span>" for line in item.lines)
            link = _anchor(base + item.path, item.title)
            parts.append(f'<li style="margin:0 0 12px">{link}{lines}</li>')
        parts.append("</ul>")
    if worded.more:
        parts.append(f"<p>{_anchor(base + '/notices', worded.more)}</p>")
    return _page(worded.title, "".join(parts), foot, locale)


def _anchor(link: str, text: str) -> str:
    return f'<a href="{html.escape(link, quote=True)}">{html.escape(text)}</a>'


def _page(title: str, body: str, foot: Sequence[str], locale: str) -> str:
    ended = "<br>".join(html.escape(line) for line in foot)
    shown = html.escape(title)
    return (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>{shown}</title>'
        f'<body><h1 style="font-size:18px">{shown}</h1>{body}<p><small>{ended}</small></p></body></html>'
    )
