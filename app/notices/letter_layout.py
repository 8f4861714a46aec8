"""Lay out letters as plain text and as small HTML pages without pictures and style sheets. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence

from app.notices.digest import DigestItem, DigestText
from app.notices.texts import NoticeText


def format_letter_text(notice: NoticeText, link: str, foot: Sequence[str]) -> str:
    """Return one notice as plain text."""
    return "\n\n".join(part for part in (notice.title, notice.text, link, *foot) if part) + "\n"


def format_letter_html(notice: NoticeText, link: str, foot: Sequence[str], locale: str) -> str:
    """Return one notice as HTML."""
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in notice.lines)
    return _format_letter_page_html(
        notice.title, f"{lines}<p>{_format_link_html(link, link)}</p>", foot, locale
    )


def format_digest_text(worded: DigestText, base: str, foot: Sequence[str]) -> str:
    """Return a daily letter as plain text, each notice with the address of its page."""
    parts = [worded.title]
    for section in worded.sections:
        parts.append(section.title.upper())
        parts += ["\n".join(_format_digest_item_lines(item, base)) for item in section.items]
    if worded.more:
        parts.append(f"{worded.more}\n{base}/notices")
    return "\n\n".join((*parts, "-- \n" + "\n".join(foot))) + "\n"


def _format_digest_item_lines(item: DigestItem, base: str) -> list[str]:
    """Return one notice as an indented list item."""
    return [f"* {item.title}", *(f"  {line}" for line in (*item.lines, base + item.path))]


def format_digest_html(worded: DigestText, base: str, foot: Sequence[str], locale: str) -> str:
    """Return a daily letter as HTML: a heading for each topic, a link for each notice."""
    parts = []
    for section in worded.sections:
        parts.append(f'<h2 style="font-size:16px;margin:24px 0 8px">{html.escape(section.title)}</h2><ul>')
        for item in section.items:
            lines = "".join(f"<br><span style='color:#555'>{html.escape(line)}</span>" for line in item.lines)
            link = _format_link_html(base + item.path, item.title)
            parts.append(f'<li style="margin:0 0 12px">{link}{lines}</li>')
        parts.append("</ul>")
    if worded.more:
        parts.append(f"<p>{_format_link_html(base + '/notices', worded.more)}</p>")
    return _format_letter_page_html(worded.title, "".join(parts), foot, locale)


def _format_link_html(link: str, text: str) -> str:
    """Return a link with escaped address and text."""
    return f'<a href="{html.escape(link, quote=True)}">{html.escape(text)}</a>'


def _format_letter_page_html(title: str, body: str, foot: Sequence[str], locale: str) -> str:
    """Return the whole page with title and footer."""
    footer = "<br>".join(html.escape(line) for line in foot)
    heading = html.escape(title)
    return (
        f'<!doctype html><html lang="{locale}"><meta charset="utf-8"><title>{heading}</title>'
        f'<body><h1 style="font-size:18px">{heading}</h1>{body}<p><small>{footer}</small></p></body></html>'
    )
