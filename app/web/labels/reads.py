"""Words for the limits of an auditor and for the register of reads."""

from __future__ import annotations

from collections.abc import Mapping

from app.audit.reads import AUDIT, MARKS, PAPER, PERSON
from app.kernel.act import ReadingLimits
from app.kernel.i18n import DATE_STYLE, day_text
from app.people.audit_limits_rules import CASES_KIND, JOURNAL_KIND, PEOPLE_KIND
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _

AUDITED_KIND_LABELS: Mapping[str, str] = {
    JOURNAL_KIND: N_("Journals and grade sheets"),
    CASES_KIND: N_("Requests and their papers"),
    PEOPLE_KIND: N_("People, roles and orders"),
}
READ_KIND_LABELS: Mapping[str, str] = {
    PAPER: N_("Papers and words of an excuse"),
    MARKS: N_("Marks and attendance"),
    PERSON: N_("Roles and account"),
    AUDIT: N_("Records of the audit"),
}


def limits_text(limits: ReadingLimits | None, unit: str = "") -> str:
    """Return the unit and the limits of an auditor as one line; "" when there are none."""
    if limits is None:
        return unit
    parts = [_(label) for kind, label in AUDITED_KIND_LABELS.items() if limits.kinds and kind in limits.kinds]
    first, last = (
        day_text(day, locale(), DATE_STYLE, with_year=True) if day else "…"
        for day in (limits.starts_on, limits.ends_on)
    )
    days = [f"{first} – {last}"] if limits.is_dated() else []
    return ", ".join([*([unit] if unit else []), *parts, *days])
