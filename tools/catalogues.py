"""Collects every text of code and templates and keeps the catalogues in step. Knows files, no request.

    python -m tools.catalogues            # update messages.po of each language, keep what is translated

English is the source text. A text that is gone from the product is gone from the catalogue too.
"""

from __future__ import annotations

import re
from io import BytesIO
from operator import itemgetter
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

APP = Path(__file__).resolve().parents[1] / "app"
CATALOGUES = APP / "web" / "translations"
TRANSLATED = ("ky", "ru")
METHODS = {".py": "python", ".html": "jinja2.ext:babel_extract", ".txt": "jinja2.ext:babel_extract"}
"""The extractor of a file by the end of its name."""
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
}
CALLS_KEYWORD = re.compile(rb"\b(?:_|gettext|ngettext|N_)\(|{%-?\s*trans\b")
"""A file without a call of a keyword is not parsed: five of six have none, and parsing costs most of the time."""


def source_texts() -> Catalog:
    """Every text the product can say, in English, with the files it stands in."""
    catalogue = Catalog(project="Depter", charset="utf-8", fuzzy=False)
    for path in sorted(path for end in METHODS for path in APP.rglob(f"*{end}")):
        if (path.suffix != ".py" and "templates" not in path.parts) or not CALLS_KEYWORD.search(
            path.read_bytes()
        ):
            continue
        found = extract_from_file(
            METHODS[path.suffix],
            path,
            keywords=KEYWORDS,
            comment_tags=("L10N:",),
            options={"encoding": "utf-8"},
        )
        for _line, message, comments, context in sorted(found, key=itemgetter(0)):
            name = path.relative_to(APP).as_posix()
            catalogue.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalogue


def stored(locale: str) -> Catalog:
    """The catalogue of one language as it lies in the project; empty when there is none."""
    path = _path(locale)
    if not path.exists():
        return Catalog(locale=locale, project="Depter", charset="utf-8", fuzzy=False)
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def update(locale: str) -> int:
    """Bring one catalogue in step; answers how many texts still have no translation."""
    catalogue = stored(locale)
    catalogue.update(source_texts(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    written = BytesIO()
    write_po(written, catalogue, width=110, sort_output=True, include_lineno=False, omit_header=False)
    _path(locale).parent.mkdir(parents=True, exist_ok=True)
    _path(locale).write_bytes(written.getvalue())
    return len(untranslated(catalogue))


def untranslated(catalogue: Catalog) -> list[str]:
    """The texts without a translation, or with one marked as a guess."""
    missing = []
    for message in catalogue:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if message.fuzzy or not all(texts):
            missing.append(str(message.id))
    return missing


def _path(locale: str) -> Path:
    return CATALOGUES / locale / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    for language in TRANSLATED:
        print(f"{language}: {update(language)} texts without translation")
