"""The work programmes: the plan of topics of every journal that the visitor may read (4.1.1, annex 1)."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Blueprint, render_template, url_for

from app.journal.courses.offerings import OfferingRow
from app.kernel.i18n import pick_text
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act
from app.web.courses.journals import load_reachable_journals

blueprint = Blueprint("programmes", __name__)


@blueprint.get("/programmes")
@allow_access("journal.read")
def list_work_programmes() -> str:
    """List the journals with how many of their lessons have a topic; each leads to its plan of topics (4.1.1)."""
    return render_template(
        "courses/programmes.html",
        rows=[_work_programme_row(row) for row in load_reachable_journals(current_act())],
    )


def _work_programme_row(row: OfferingRow) -> SimpleNamespace:
    return SimpleNamespace(
        url=url_for("journal.show_journal_title_page", offering=row.id, _anchor="calendar"),
        title=pick_text(row.names, locale()),
        group=row.group,
        semester=pick_text(row.semester, locale()),
        teachers=", ".join(row.teachers),
        lessons=row.lessons,
        topics=row.topics,
        without_topic=row.lessons - row.topics,
    )
