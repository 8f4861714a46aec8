"""What is wrong with a search of the audit or an export: texts by error code, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

AUDIT_MESSAGES: Mapping[str, str] = {
    "audit.search.too_wide": N_(
        "This search would read too much. Add a period, a person or a journal, and search again."
    ),
    "audit.search.nobody": N_("Only a person can keep searches and exports."),
    "audit.search.too_many": N_(
        "You have saved %(max)s searches. Delete one that you do not need, then save this."
    ),
    "audit.search.person_unknown": N_("Nobody has this name. Try a part of the family name."),
    "audit.search.group_unknown": N_("No group has this name. Try a part of it."),
    "audit.search.course_unknown": N_("No discipline has this name or code. Try a part of it."),
    "audit.search.choose": N_("Several match: choose one below."),
    "audit.search.value_unreadable": N_(
        "Write points (75), a range (50–60), at least (>=51), less than (<51), НБ or +."
    ),
    "audit.search.clause_unknown": N_("There is no such clause. Write its number, such as 4.4 or 4.4.1."),
    "audit.trace.day_ahead": N_("This day has not come yet. Choose today or an earlier day."),
    "audit.export.too_many": N_(
        "An export has at most %(max)s rows. Narrow the search, by a period for example, and export the parts."
    ),
    "audit.export.empty": N_("There is nothing to export: no row matches."),
    "audit.export.waiting": N_("%(max)s exports are being made for you. Wait until one of them is ready."),
}
