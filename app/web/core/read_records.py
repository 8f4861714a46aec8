"""Record what a page showed of other persons (7.1): `record_read` in a view, one short write before the answer leaves.

An answer whose reads could not be written is not sent: the error page is. Refused answers and rehearsals record none.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from flask import Flask, Response, g

from app.audit.reads import PERSON, Read, append_reads
from app.kernel import door
from app.kernel.act import Act
from app.people.name_masking import are_names_masked
from app.web.core.visitor import current_act

_NOTED = "noted_reads"
HTTP_REFUSALS = 300
NAME_SEARCH_OBJECT = "people.search"


def record_read(
    kind: str, object_kind: str, object_id: UUID | None = None, subjects: Iterable[UUID | None] = (None,)
) -> None:
    """Record that the visitor reads an object that concerns these persons; without `subjects` it is the object alone.

    `kind` is one of `app.audit.reads`. What concerns the visitor himself is left out.
    """
    if g.get("rehearsed_act") is not None:
        return
    act, noted = g.get(_NOTED) or (current_act(), [])
    noted += [Read(kind, object_kind, object_id, subject) for subject in subjects]
    setattr(g, _NOTED, (act, noted))


def record_search_by_name(typed: str, found: Iterable[UUID]) -> None:
    """Record whom an auditor found by a name while names are masked from him: he has learned which number is whose."""
    if typed and are_names_masked():
        record_read(PERSON, NAME_SEARCH_OBJECT, None, list(found))


def install_read_records(app: Flask) -> None:
    """Write the reads of each answered request."""
    app.after_request(_write_noted_reads)


def _write_noted_reads(answer: Response) -> Response:
    """Append the reads of this request, unless it was refused."""
    noted: tuple[Act, list[Read]] | None = g.pop(_NOTED, None)
    if noted is None or answer.status_code >= HTTP_REFUSALS or noted[0].person is None:
        return answer
    act, reads = noted
    # The write is the system's, so that reading wakes no worker; the row names the reader.
    with door.write(Act.by_system(act.at)):
        append_reads(act, reads)
    return answer
