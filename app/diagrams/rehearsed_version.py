"""A drawing as a version of a rehearsal: cases of the rehearsal run on it, and it never comes into force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.diagrams.models import DiagramVersion
from app.diagrams.version_writes import EDITED, PROPOSED
from app.diagrams.versions import (
    PublishedDiagram,
    add_rehearsed_version_to_cache,
    parse_drawing_and_forms,
    remove_rehearsed_version_from_cache,
)
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id

_FIRST_NUMBER, _NUMBERS = 1_000_000_000, 1_000_000_000


@contextmanager
def store_version_during_rehearsal(
    act: Act, xml: str, forms: Mapping[str, str]
) -> Iterator[PublishedDiagram]:
    """Store drawing and forms as a version while the block of a rehearsal runs.

    Raises DiagramError, and FormFileError for a form that cannot be read.
    """
    version_id = new_id()
    # Neither number nor fingerprint is one that a real version could wait for until this transaction ends.
    number = _FIRST_NUMBER + version_id.int % _NUMBERS
    made = parse_drawing_and_forms(version_id, number, f"rehearsal-{version_id}", xml, forms)
    _insert_rehearsed_version(act, made, forms)
    add_rehearsed_version_to_cache(made)
    try:
        yield made
    finally:
        remove_rehearsed_version_from_cache(version_id)


def _insert_rehearsed_version(act: Act, made: PublishedDiagram, forms: Mapping[str, str]) -> None:
    row = DiagramVersion(
        id=made.id,
        key=made.key,
        number=made.number,
        sha256=made.sha256,
        xml=made.xml,
        forms=dict(forms),
        titles=dict(made.model.titles),
        clause=made.model.clause,
        origin=EDITED,
        state=PROPOSED,
        made_at=act.at,
        made_by=None,
    )
    db.session.add(row)
    db.session.flush()
