"""Routes of the help: `guides/<reader>.toml` rendered as a page, with the deadlines of the rules in force.

A guide is a list of sections with blocks, texts in three languages. A block holds one of
    say      a paragraph
    points   a list with icons
    steps    a numbered list: page, button, what is seen, what can go wrong
    marks    a status of annex 2 and its meaning
    path     steps: icon or mark, optionally a person, and what happens
    trail    the steps as "My requests" shows them
    example  a policy and the text before the time at which it would end if it began now
    go       a button to a page, for a signed-in person who may open it
    picture  file, width and height in pixels, what it shows (say, alt); one file for each language
    shell    what is typed (run) and what the computer answers (output), under a caption (say)
A block with `needs` is rendered where that start of a case exists. In a text `{policy}` is replaced by the
length of that deadline and `§6.2` by a clause.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, url_for

from app.kernel.errors import Missing
from app.kernel.i18n import LOCALES, PSEUDO_LOCALE, moment_text, pick_text
from app.operations import STARTS
from app.regulation.rules import DeadlineCalendar, compute_deadline
from app.texts.roles import ROLE_PRIORITY
from app.texts.translate import locale
from app.web.core.visitor import allow_access, request_time, visitor_or_none
from app.web.help.visitor_calendar import visitor_deadline_calendar
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.clauses import clause_view
from app.web.labels.deadlines import DueView, deadline_computation_lines
from app.web.labels.process_steps import policy_length_text

blueprint = Blueprint("guide", __name__)

GUIDES_FOLDER = Path(__file__).parents[1] / "guides"
MOVING_GUIDES = ("moving_it", "moving_office", "moving_directorate")
"""Guides of moving in: from an empty university to the first taught week."""
GUIDE_READERS = (
    "student",
    "teacher",
    "department_head",
    "directorate",
    "process_admin",
    "auditor",
    *MOVING_GUIDES,
)
GUIDE_OF_OTHER_ROLE = {
    "programme_head": "department_head",
    "it_admin": "moving_it",
    "academic_office": "moving_office",
}
"""Roles that read a guide of another name: heads monitor the journals of their unit (8.1), IT and the academic office
move the university in."""
MOVING_GUIDE_BY_ROLE = {
    "it_admin": "moving_it",
    "academic_office": "moving_office",
    "directorate": "moving_directorate",
}
"""The guide that the page of moving in leads to, by role, in the order in which one is chosen."""
PLACEHOLDER_PATTERN = re.compile(r"\{([a-z_.]+)\}|(\(?)§(\d(?:\.\d)*)(\)?)")
"""Placeholders in a text: `{policy}`, or a clause with the brackets around it."""
TextByLanguage = Mapping[str, str]


@blueprint.get("/help")
@allow_access("anyone")
def show_guide_of_own_role() -> str:
    """Show the guide of the role in use, else the student's."""
    me = visitor_or_none()
    roles = sorted((assignment.role for assignment in me.assignments), key=ROLE_PRIORITY.index) if me else []
    role = me.signed_in_session.role if me and me.signed_in_session.role else next(iter(roles), "")
    reader = GUIDE_OF_OTHER_ROLE.get(role, role)
    return _render_guide(reader if reader in _readers_with_guide() else "student")


@blueprint.get("/help/<reader>")
@allow_access("anyone")
def show_guide_of_role(reader: str) -> str:
    """Show the guide of one role. Raises Missing."""
    if reader not in _readers_with_guide():
        raise Missing
    return _render_guide(reader)


@lru_cache(maxsize=1)
def _readers_with_guide() -> tuple[str, ...]:
    """Return the readers whose guide exists."""
    return tuple(reader for reader in GUIDE_READERS if (GUIDES_FOLDER / f"{reader}.toml").exists())


@lru_cache(maxsize=len(GUIDE_READERS))
def load_parsed_reader_guide(reader: str) -> Mapping[str, Any]:
    """Load the guide of one reader. Raises FileNotFoundError."""
    return tomllib.loads((GUIDES_FOLDER / f"{reader}.toml").read_text(encoding="utf-8"))


def _render_guide(reader: str) -> str:
    """Render the guide of one reader."""
    found, terms = load_parsed_reader_guide(reader), visitor_deadline_calendar()
    sections = [_guide_section_view(section, terms) for section in found["section"]]
    return render_template(
        "guide/guide.html",
        title=pick_text(found["title"], locale()),
        lead=pick_text(found["lead"], locale()),
        sections=sections,
        clauses=[clause_view(number, terms) for number in clause_numbers_named_in_guide(found)],
        has_settings=any(terms.policy(key).source != "text" for key in named_policy_keys(found)),
        others=[
            SimpleNamespace(
                label=pick_text(load_parsed_reader_guide(other)["title"], locale()),
                count=None,
                url=url_for("guide.show_guide_of_role", reader=other),
                active=other == reader,
            )
            for other in _readers_with_guide()
            if _is_visitor_staff()
        ],
        signed=visitor_or_none() is not None,
    )


def _is_visitor_staff() -> bool:
    """Return whether the visitor is signed in with a role other than student, and so sees all guides."""
    me = visitor_or_none()
    return me is not None and any(assignment.role != "student" for assignment in me.assignments)


def _guide_section_view(section: Mapping[str, Any], terms: DeadlineCalendar) -> SimpleNamespace:
    """Return one section with its blocks."""
    return SimpleNamespace(
        id=section["id"],
        title=pick_text(section["title"], locale()),
        blocks=[
            view
            for block in section["block"]
            if (view := _guide_block_view_or_none(block, terms)) is not None
        ],
    )


def _guide_block_view_or_none(block: Mapping[str, Any], terms: DeadlineCalendar) -> SimpleNamespace | None:
    """Return one block; None for a page that this visitor may not open, or without the start it needs."""
    if block.get("needs", "") not in ("", *STARTS):
        return None
    kind = next(name for name in BLOCK_VIEW_BUILDERS if name in block)
    content = BLOCK_VIEW_BUILDERS[kind](block[kind], terms)
    if content is None:
        return None
    name = pick_text(block["name"], locale()) if "name" in block else ""
    return SimpleNamespace(kind=kind, name=name, content=content)


def _guide_paragraph_pieces(texts: TextByLanguage, terms: DeadlineCalendar) -> list[SimpleNamespace]:
    return list(iter_guide_text_pieces(texts, terms))


def _list_item_views(items: list[Mapping[str, Any]], terms: DeadlineCalendar) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            icon=item.get("icon", ""),
            mark=item.get("mark", item.get("status", "")),
            word=gradebook_labels.mark_status_label(item.get("mark", item.get("status", ""))),
            who=pick_text(item["who"], locale()) if "who" in item else "",
            say=_guide_paragraph_pieces(item["say"], terms),
        )
        for item in items
    ]


def _guide_trail_step_views(items: list[Mapping[str, Any]], terms: DeadlineCalendar) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(label=pick_text(item["say"], locale()), state=item["state"], who=None, at=None)
        for item in items
    ]


def _deadline_example(block: Mapping[str, Any], terms: DeadlineCalendar) -> SimpleNamespace:
    """Return the deadline of a policy if it began now, with each of its days."""
    end = compute_deadline(terms, block["policy"], request_time())
    due = DueView(
        at=end.moment,
        state="later",
        text=moment_text(end.moment, locale()),
        computation=deadline_computation_lines(end.as_json(), locale()),
    )
    return SimpleNamespace(say=_guide_paragraph_pieces(block["say"], terms), due=due, clause=end.clause)


def _guide_picture_view(block: Mapping[str, Any], terms: DeadlineCalendar) -> SimpleNamespace:
    """Return a picture of the product in the reader's language."""
    language = locale() if locale() in LOCALES else "en"
    return SimpleNamespace(
        url=url_for("static", filename=guide_picture_path(language, block["file"])),
        width=block["width"],
        height=block["height"],
        alt=pick_text(block["alt"], locale()),
        say=_guide_paragraph_pieces(block["say"], terms),
    )


def _shell_view(block: Mapping[str, Any], terms: DeadlineCalendar) -> SimpleNamespace:
    """Return commands and their answer; both are shown as they stand."""
    return SimpleNamespace(
        say=_guide_paragraph_pieces(block["say"], terms),
        run=block.get("run", "").strip("\n"),
        output=pick_text(block["output"], locale()).strip("\n") if "output" in block else "",
    )


def guide_picture_path(language: str, name: str) -> str:
    """Return where a picture is kept, below the folder of static files."""
    return f"guide/{language}/{name}.webp"


def _guide_page_button(block: Mapping[str, Any], terms: DeadlineCalendar) -> SimpleNamespace | None:
    """Return a button to a page; None for everyone without the role it is for, the student unless it says another."""
    me = visitor_or_none()
    if me is None or not me.has_role(block.get("role", "student")):
        return None
    params = {name: block[name] for name in ("name",) if name in block}
    url = url_for(block["endpoint"], **params)
    return SimpleNamespace(url=url, icon=block["icon"], label=pick_text(block["label"], locale()))


BLOCK_VIEW_BUILDERS: Mapping[str, Any] = {
    "say": _guide_paragraph_pieces,
    "points": _list_item_views,
    "steps": _list_item_views,
    "marks": _list_item_views,
    "path": _list_item_views,
    "trail": _guide_trail_step_views,
    "example": _deadline_example,
    "go": _guide_page_button,
    "picture": _guide_picture_view,
    "shell": _shell_view,
}


def iter_guide_text_pieces(texts: TextByLanguage, terms: DeadlineCalendar) -> Iterator[SimpleNamespace]:
    """Yield a text in parts: words, lengths of deadlines, clauses."""
    # In the pseudo-language each part of words is marked by itself, not the text as a whole.
    text = texts["en"] if locale() == PSEUDO_LOCALE else pick_text(texts, locale())
    at = 0
    for match in PLACEHOLDER_PATTERN.finditer(text):
        yield from _iter_word_piece(text[at : match.start()])
        if match[1]:
            policy = terms.policy(match[1])
            yield SimpleNamespace(
                kind="term", text=policy_length_text(policy), setting=policy.source != "text"
            )
        else:
            yield SimpleNamespace(kind="clause", text=match[3], before=match[2], after=match[4])
        at = match.end()
    yield from _iter_word_piece(text[at:])


def _iter_word_piece(text: str) -> Iterator[SimpleNamespace]:
    if text:
        yield SimpleNamespace(kind="words", text=f"⟦{text}⟧" if locale() == PSEUDO_LOCALE else text)


def clause_numbers_named_in_guide(found: Mapping[str, Any]) -> list[str]:
    """Return every clause named in a guide in any language, in the order of the regulation."""
    numbers = {
        match[3]
        for text in iter_guide_texts(found)
        for match in PLACEHOLDER_PATTERN.finditer(text)
        if match[3]
    }
    return sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])


def named_policy_keys(found: Mapping[str, Any]) -> set[str]:
    """Return every policy named in the texts of a guide."""
    return {
        match[1]
        for text in iter_guide_texts(found)
        for match in PLACEHOLDER_PATTERN.finditer(text)
        if match[1]
    }


def iter_guide_texts(found: Any) -> Iterator[str]:
    """Yield every text of a guide, in every language."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for value in found.values():
            yield from iter_guide_texts(value)
    elif isinstance(found, list):
        for value in found:
            yield from iter_guide_texts(value)
