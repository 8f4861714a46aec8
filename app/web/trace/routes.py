"""The blueprint of the trace, and the links that its pages share."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from uuid import UUID

from flask import Blueprint, url_for

from app.people.queries import PersonName

blueprint = Blueprint("trace", __name__)


def person_link(person: UUID | None, names: Mapping[UUID, PersonName]) -> SimpleNamespace | None:
    """Return name and trace of a person; None for nobody. A person who is not known any more has his id."""
    if person is None:
        return None
    return SimpleNamespace(
        name=names[person].full if person in names else str(person),
        url=url_for("trace.show_person_trace", person_id=person),
    )
