"""Text of any characters, for tests that draw their input."""

from __future__ import annotations

from hypothesis import strategies as st


def any_text(max_size: int | None = None) -> st.SearchStrategy[str]:
    """Draw text of all characters but surrogates.

    What `st.text()` draws is the same; it finds these characters by encoding each of Unicode's 1.1 million, 2.4 s of
    CPU in every process of a new checkout.
    """
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=max_size)
