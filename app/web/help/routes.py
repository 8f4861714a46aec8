"""Help in a reader's own words: `guides/<reader>.toml` drawn as a page, with terms from the rules in force.

A guide is sections of blocks, texts in three languages. A block holds one of
    say      a paragraph
    points   icon and text, a list
    marks    status of annex 2 and what it means
    path     icon or mark, perhaps who, and what happens: a drawn way
    trail    the line of steps as My requests draws it
    example  a policy and the words before the moment in which it would end if it began now
    go       a button to a page, for who is signed in and may go there
A block with `needs` is drawn where that start of a case exists. In a text `{policy}` is the length of that
term and `§6.2` a clause. Knows no case and no mark of anybody.
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

from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.i18n import PSEUDO, moment_text, pick
from app.operations import STARTS
from app.regulation import queries as regulation
from app.regulation.clauses import clause
from app.regulation.rules import Terms, until
from app.texts.roles import FIRST
from app.texts.translate import locale
from app.web.core.visitor import allow, guest, now
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.deadlines import DueView, unfold
from app.web.labels.processes import term_text

blueprint = Blueprint("guide", __name__)

FOLDER = Path(__file__).parents[1] / "guides"
READERS = ("student", "teacher", "department_head", "directorate")
PIECE = re.compile(r"\{([a-z_.]+)\}|(\(?)§(\d(?:\.\d)*)(\)?)")
"""What a text leaves open: the length of a policy, a clause with the brackets around it."""
Texts = Mapping[str, str]


@blueprint.get("/help")
@allow("anyone")
def help() -> str:
    """The guide of who reads: of the role in use, else the student's."""
    me = guest()
    worn = sorted((hat.role for hat in me.hats), key=FIRST.index) if me else []
    role = me.found.role if me and me.found.role else next(iter(worn), "")
    return _drawn(role if role in _kept() else "student")


@blueprint.get("/help/<reader>")
@allow("anyone")
def of(reader: str) -> str:
    """The guide of one role."""
    if reader not in _kept():
        raise Missing
    return _drawn(reader)


@lru_cache(maxsize=1)
def _kept() -> tuple[str, ...]:
    return tuple(reader for reader in READERS if (FOLDER / f"{reader}.toml").exists())


@lru_cache(maxsize=8)
def guide(reader: str) -> Mapping[str, Any]:
    """The file of one reader; raises FileNotFoundError."""
    return tomllib.loads((FOLDER / f"{reader}.toml").read_text(encoding="utf-8"))


def _drawn(reader: str) -> str:
    found, terms = guide(reader), _terms()
    sections = [_section(section, terms) for section in found["section"]]
    return render_template(
        "guide/guide.html",
        title=pick(found["title"], locale()),
        lead=pick(found["lead"], locale()),
        sections=sections,
        clauses=[_clause(number) for number in named_clauses(found)],
        others=[
            SimpleNamespace(
                label=pick(guide(other)["title"], locale()),
                count=None,
                url=url_for("guide.of", reader=other),
                active=other == reader,
            )
            for other in _kept()
            if _staff()
        ],
        signed=guest() is not None,
    )


def _staff() -> bool:
    """Whether the reader is signed in and more than a student: he may want to know what others are told."""
    me = guest()
    return me is not None and any(hat.role != "student" for hat in me.hats)


def _terms() -> Terms:
    """The terms of the reader's unit, or of the university for who is not signed in."""
    me = guest()
    unit = next((hat.unit for hat in me.hats if hat.unit), None) if me else None
    return regulation.terms(db.session, unit, local_day(now()))


def _section(section: Mapping[str, Any], terms: Terms) -> SimpleNamespace:
    return SimpleNamespace(
        id=section["id"],
        title=pick(section["title"], locale()),
        blocks=[block for given in section["block"] if (block := _block(given, terms)) is not None],
    )


def _block(given: Mapping[str, Any], terms: Terms) -> SimpleNamespace | None:
    """A block ready to be drawn; None for a way that this reader cannot go, or that needs a start there is not."""
    if given.get("needs", "") not in ("", *STARTS):
        return None
    kind = next(name for name in KINDS if name in given)
    content = KINDS[kind](given[kind], terms)
    if content is None:
        return None
    name = pick(given["name"], locale()) if "name" in given else ""
    return SimpleNamespace(kind=kind, name=name, content=content)


def _say(texts: Texts, terms: Terms) -> list[SimpleNamespace]:
    return list(pieces(texts, terms))


def _items(items: list[Mapping[str, Any]], terms: Terms) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            icon=item.get("icon", ""),
            mark=item.get("mark", item.get("status", "")),
            word=gradebook_labels.status_word(item.get("mark", item.get("status", ""))),
            who=pick(item["who"], locale()) if "who" in item else "",
            say=_say(item["say"], terms),
        )
        for item in items
    ]


def _trail(items: list[Mapping[str, Any]], terms: Terms) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(label=pick(item["say"], locale()), state=item["state"], who=None, at=None)
        for item in items
    ]


def _example(given: Mapping[str, Any], terms: Terms) -> SimpleNamespace:
    """How the term would run if it began now, unfolded into its days."""
    end = until(terms, given["policy"], now())
    due = DueView(
        at=end.moment,
        state="later",
        text=moment_text(end.moment, locale()),
        computation=unfold(end.as_json(), locale()),
    )
    return SimpleNamespace(say=_say(given["say"], terms), due=due, clause=end.clause)


def _go(given: Mapping[str, Any], terms: Terms) -> SimpleNamespace | None:
    me = guest()
    if me is None or not me.wears("student"):
        return None
    named = {name: given[name] for name in ("name",) if name in given}
    url = url_for(given["endpoint"], **named)
    return SimpleNamespace(url=url, icon=given["icon"], label=pick(given["label"], locale()))


KINDS: Mapping[str, Any] = {
    "say": _say,
    "points": _items,
    "marks": _items,
    "path": _items,
    "trail": _trail,
    "example": _example,
    "go": _go,
}


def pieces(texts: Texts, terms: Terms) -> Iterator[SimpleNamespace]:
    """A text in parts: words, terms, clauses. In the pseudo-language each part of words is marked by itself."""
    spoken = texts["en"] if locale() == PSEUDO else pick(texts, locale())
    at = 0
    for found in PIECE.finditer(spoken):
        yield from _words(spoken[at : found.start()])
        if found[1]:
            yield SimpleNamespace(kind="term", text=term_text(terms.policy(found[1])))
        else:
            yield SimpleNamespace(kind="clause", text=found[3], before=found[2], after=found[4])
        at = found.end()
    yield from _words(spoken[at:])


def _words(text: str) -> Iterator[SimpleNamespace]:
    if text:
        yield SimpleNamespace(kind="words", text=f"⟦{text}⟧" if locale() == PSEUDO else text)


def named_clauses(found: Mapping[str, Any]) -> list[str]:
    """Every clause that a guide names in any language, in the order of the regulation."""
    numbers = {match[3] for text in texts_of(found) for match in PIECE.finditer(text) if match[3]}
    return sorted(numbers, key=lambda number: [int(part) for part in number.split(".")])


def texts_of(found: Any) -> Iterator[str]:
    """Every text of a guide, in every language."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for value in found.values():
            yield from texts_of(value)
    elif isinstance(found, list):
        for value in found:
            yield from texts_of(value)


def _clause(number: str) -> SimpleNamespace:
    found = clause(number)
    return SimpleNamespace(
        number=number, title=pick(found.titles, locale()), meaning=pick(found.meaning, locale())
    )
