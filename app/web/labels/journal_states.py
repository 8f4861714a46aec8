"""Words of the states of journals, and of what a journal lacks before it is opened."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

JOURNAL_STATE_LABELS: Mapping[str, str] = {
    "DRAFT": N_("not open yet"),
    "OPEN": N_("open for marks"),
    "SUBMITTED": N_("submitted"),
    "CONFIRMED": N_("confirmed for reports"),
    "CLOSED": N_("closed with its sheet"),
    "ARCHIVED": N_("archived"),
}
LACKING_LABELS: Mapping[str, str] = {
    "no_teacher": N_("no teacher"),
    "no_students": N_("no students"),
    "no_lessons": N_("no lessons"),
    "no_topics": N_("no topic plan"),
    "no_criteria": N_("no criteria"),
    "scheme_unconfirmed": N_("grading scheme not confirmed"),
    "hours_differ": N_("hours of the lessons differ from the plan"),
}
"""By the code of `app.journal.opening.queries`."""
