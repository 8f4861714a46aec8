"""What was read about a person and what he read himself, for an auditor (7.1). Looking here is recorded too."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for

from app.audit.reads import AUDIT
from app.kernel.errors import Missing
from app.people import queries
from app.people.queries.structure import load_units_in_reach
from app.texts.translate import gettext as _
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.student_access.read_pages import reads_page_by_person, reads_page_of_person

blueprint = Blueprint("person_reads", __name__)
BY_HIM = "by"
REGISTER_OBJECT = "audit.read_log"


@blueprint.get("/people/<uuid:person_id>/reads")
@allow_access("reads.read")
@writes_every_year
def list_reads_of_person(person_id: UUID) -> str:
    """List who looked at the data of a person, or with `show=by` what he looked at. Raises Missing."""
    units = load_units_in_reach(current_act().assignments, "reads.read")
    if not queries.is_person_of_units(person_id, units):
        raise Missing
    record_read(AUDIT, REGISTER_OBJECT, person_id, (person_id,))
    by_him = request.args.get("show") == BY_HIM
    here = "person_reads.list_reads_of_person"
    kept: dict[str, Any] = {"person_id": person_id, **({"show": BY_HIM} if by_him else {})}
    by: dict[str, Any] = {"show": BY_HIM}
    page = (reads_page_by_person if by_him else reads_page_of_person)(person_id, here, kept)
    name = queries.load_names([person_id])[person_id].full
    return render_template(
        "privacy/reads.html",
        title=_("Who looked at the data of this person"),
        back=SimpleNamespace(url=url_for("people.show_person", person_id=person_id), label=name),
        person=name,
        views=[
            SimpleNamespace(
                label=_("Who looked at it"),
                url=url_for(here, person_id=person_id),
                count=None,
                active=not by_him,
            ),
            SimpleNamespace(
                label=_("What this person looked at"),
                url=url_for(here, person_id=person_id, **by),
                count=None,
                active=by_him,
            ),
        ],
        **page,
    )
