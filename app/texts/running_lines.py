"""Write what a case about the running of the university is about: backups, openings of journals, schemes, access."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.kernel.i18n import DATE_STYLE, day_text, load_translations, pick_text
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import N_

BACKUP_INTERVAL_TEXTS = {1: N_("every hour of the day"), 24: N_("once a day")}


def backup_interval_text(every_hours: int, locale: str) -> str:
    """Return how often backups are made: "every 4 hours", "once a day"."""
    translations = load_translations(locale)
    if every_hours in BACKUP_INTERVAL_TEXTS:
        return translations.gettext(BACKUP_INTERVAL_TEXTS[every_hours])
    return translations.ngettext("every hour", "every %(n)s hours", every_hours) % {"n": every_hours}


def backup_schedule_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return how often backups are made and from which hour of the day on."""
    return f"{backup_interval_text(subject['every_hours'], locale)}, {subject['first_hour']:02d}:00"


def restore_drill_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the period of a restore drill."""
    last = date.fromisoformat(subject["until"]) - timedelta(days=1)
    return " – ".join(
        day_text(day, locale, DATE_STYLE, with_year=True)
        for day in (date.fromisoformat(subject["from"]), last)
    )


def journal_opening_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the department and the semester of an opening."""
    return f"{pick_text(subject['department'], locale)}, {pick_text(subject['semester'], locale)}, {subject['year']}"


def grading_scheme_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return a version of a grading scheme: "Module rating, 100 points, KG100 v2"."""
    return f"{pick_text(subject['names'], locale)}, {subject['code']} v{subject['version']}"


def access_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return person, role, unit and days of a request for access; of an end only the last day."""
    gettext = load_translations(locale).gettext
    role = gettext(LABEL_BY_ROLE[subject["role"]])
    if subject.get("deputy"):
        role = f"{role} ({gettext('deputy')})"
    days = {
        end: day_text(date.fromisoformat(subject[end]), locale, DATE_STYLE, with_year=True)
        for end in ("from", "to")
    }
    period = (
        gettext("until %(day)s") % {"day": days["to"]}
        if subject["action"] == "end"
        else f"{days['from']} – {days['to']}"
    )
    parts = [subject["person"], role, pick_text(subject.get("unit"), locale), period]
    return ", ".join(part for part in parts if part)
