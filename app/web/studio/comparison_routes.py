"""Pages that compare: two versions of a process, a draft with the version in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.cases.queries.processes import VersionRow
from app.diagrams import draft_queries
from app.diagrams.versions import load_published_version_id
from app.kernel.errors import Missing
from app.people import queries as people
from app.web.core.visitor import allow_access, writes_every_year
from app.web.processes.presenter import process_version_view, published_or_newest_version
from app.web.studio import presenter
from app.web.studio.comparison_views import (
    compared_side_of_draft,
    compared_side_of_version,
    difference_views_or_none,
    marked_drawings,
)
from app.web.studio.routes import blueprint, load_version_rows


@blueprint.get("/processes/<process>/compare")
@allow_access("processes.read")
@writes_every_year
def show_version_comparison(process: str) -> str:
    """Show two versions side by side: what differs in words, and both drawings with marks."""
    rows = load_version_rows(process)
    before, after = _chosen_versions(rows)
    named = people.load_names(person for row in rows for person in (row.published_by, row.made_by))
    return render_template(
        "studio/compare.html",
        process=presenter.process_heading(published_or_newest_version(rows)),
        versions=[process_version_view(row, named) for row in rows],
        before=before.number,
        after=after.number,
        changes=difference_views_or_none(
            compared_side_of_version(before.id), compared_side_of_version(after.id)
        ),
        drawings_url=url_for(
            "studio.get_version_comparison_json", process=process, before=before.number, after=after.number
        ),
    )


@blueprint.get("/processes/<process>/compare.json")
@allow_access("processes.read")
def get_version_comparison_json(process: str) -> Any:
    """Return the drawings of two versions with marks."""
    before, after = _chosen_versions(load_version_rows(process))
    return marked_drawings(compared_side_of_version(before.id), compared_side_of_version(after.id))


@blueprint.get("/processes/drafts/<uuid:draft_id>/compare.json")
@allow_access("processes.edit")
def get_draft_comparison_json(draft_id: UUID) -> Any:
    """Return the version in force and a draft with marks; Missing when its process has none in force."""
    stored = draft_queries.load_open_draft(draft_id)
    in_force = load_published_version_id(stored.row.key)
    if in_force is None:
        raise Missing
    return marked_drawings(
        compared_side_of_version(in_force),
        compared_side_of_draft(stored.xml, stored.form_texts_named_in_drawing),
    )


def require_version(rows: Sequence[VersionRow], number: int) -> VersionRow:
    """Return the version with this number. Raises Missing."""
    found = next((row for row in rows if row.number == number), None)
    if found is None:
        raise Missing
    return found


def _chosen_versions(rows: Sequence[VersionRow]) -> tuple[VersionRow, VersionRow]:
    """Return the versions in the address; else the one in force, and the one before or after it."""
    numbers = {str(row.number): row for row in rows}
    after = numbers.get(request.args.get("after", "")) or published_or_newest_version(rows)
    others = [row for row in rows if row is not after]
    nearest = next((row for row in others if row.number < after.number), others[-1] if others else after)
    return numbers.get(request.args.get("before", "")) or nearest, after
