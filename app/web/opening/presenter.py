"""Views of journals before and after their opening."""

from __future__ import annotations

from types import SimpleNamespace

from flask import url_for

from app.journal.opening.opening_rows import OpeningRow
from app.kernel.i18n import pick_text
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.labels.journal_states import JOURNAL_STATE_LABELS, LACKING_LABELS


def journal_line(row: OpeningRow) -> SimpleNamespace:
    """Return one journal of a list: names, state, what is missing, what its teachers said."""
    return SimpleNamespace(
        url=url_for("openings.show_journal_state", offering=row.id),
        title=f"{row.code} {pick_text(row.names, locale())}",
        group=row.group,
        state=_(JOURNAL_STATE_LABELS[row.state]),
        teachers=", ".join(name for _person, name in row.teachers),
        students=row.students,
        hours=hours_text(row),
        warnings=warning_texts(row),
        problems=[f"{one.name}: {one.problem}" for one in row.checks if not one.is_right],
        checked=[one.name for one in row.checks if one.is_right and one.is_current],
        unchecked=list(row.unchecked_teachers) if row.state == "DRAFT" else [],
    )


def hours_text(row: OpeningRow) -> str:
    """Return the hours of lessons, topics and plan in words."""
    return _("lessons %(lessons)s, topics %(topics)s, plan %(plan)s") % {
        "lessons": row.lesson_hours,
        "topics": row.topic_hours,
        "plan": row.planned_hours,
    }


def warning_texts(row: OpeningRow) -> list[str]:
    """Return what a journal lacks, and the journals that look like the same lessons twice."""
    texts = [_(LACKING_LABELS[one]) for one in row.lacking] if row.state == "DRAFT" else []
    if row.duplicates and row.state == "DRAFT":
        texts.append(
            _("the same lessons as the journal of %(groups)s") % {"groups": ", ".join(row.duplicates)}
        )
    return texts
