"""Search by words: every word somewhere in the text, in any order, Kyrgyz letters folded to Russian ones.

A keyboard without ү, ө and ң writes Дуйшоев for Дүйшөев; both find both. Sorting does not fold.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, true

MAX_SEARCH_WORDS = 8
FOLDED_LETTERS, LETTERS_INSTEAD = "үөңё", "уоне"
_FOLDING = str.maketrans(FOLDED_LETTERS, LETTERS_INSTEAD)


def fold_for_search(text: str) -> str:
    """Return a text in lower case with ү as у, ө as о, ң as н and ё as е."""
    return text.lower().translate(_FOLDING)


def search_words(query: str) -> list[str]:
    """Return the folded words of a query, at most `MAX_SEARCH_WORDS`."""
    return fold_for_search(query).split()[:MAX_SEARCH_WORDS]


def has_every_word(text: str, query: str) -> bool:
    """Return whether every word of the query is somewhere in the text, in any order; True for an empty query."""
    folded = fold_for_search(text)
    return all(word in folded for word in search_words(query))


def every_word_condition(text: Any, query: str) -> ColumnElement[bool]:
    """Return the SQL condition that every word of the query is somewhere in a text expression, in any order."""
    folded = func.translate(func.lower(text), FOLDED_LETTERS, LETTERS_INSTEAD)
    return and_(true(), *(folded.contains(word, autoescape=True) for word in search_words(query)))
