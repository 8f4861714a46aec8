"""Make an export in batches, each in the transaction of one message, which posts the next one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.audit import exports
from app.audit.searches import CASES
from app.cases.audit_lists.export_files import write_export_file
from app.cases.audit_lists.pages import count_rows, load_list_page
from app.cases.audit_lists.rows import CASE_COLUMNS, DEED_COLUMNS
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import current_locale, set_current_locale
from app.outbox.post import post_event
from app.people.audit_limits_rules import AUDITOR, may_open_pages_of_verb, roles_in_force
from app.people.name_masking import are_names_masked, mask_names_in_block
from app.people.queries.acting import load_acting_roles
from app.texts.deeds import COLUMN_LABELS
from app.texts.translate import gettext as _

ROWS_PER_BATCH = 1000
READ_AUDIT = "audit.read"


def ask_for_list_export(
    act: Act,
    export_id: UUID,
    page: str,
    format: str,
    filters: Mapping[str, str],
    columns: list[str],
) -> None:
    """Let the worker make a file of all rows of a list. Raises as `exports.ask_for_export`, Refused for a search that
    takes too long, Invalid on `columns`."""
    offered = CASE_COLUMNS if page == CASES else DEED_COLUMNS
    if not columns or not set(columns) <= set(offered):
        raise Invalid.field("columns", "forms.field.not_offered")
    rows = count_rows(act, page, filters, exports.MAX_EXPORT_ROWS)
    request = {
        "filters": dict(filters),
        "columns": columns,
        "locale": act.locale,
        "masked": are_names_masked(),
    }
    if exports.ask_for_export(act, export_id, page, format, request, rows):
        post_event(act, exports.EXPORT_CONTINUED_EVENT, {"export": str(export_id)})


def continue_list_export(act: Act, export_id: UUID) -> None:
    """Write the next batch of an export, in the name of the person who asked for it, or finish it; harmless to repeat.

    Who may not read the audit any more gets no further rows.
    """
    export = exports.lock_waiting_export(export_id)
    if export is None:
        return
    # The limits of now count, and those of the auditor alone: he asked in no other role.
    held = load_acting_roles(export.person, None, local_day(act.at))
    roles = tuple(one for one in roles_in_force(held, AUDITOR) if one.role == AUDITOR)
    asker = Act(export.person, None, act.at, roles, locale=export.request["locale"])
    if not any(may_open_pages_of_verb(one, READ_AUDIT) for one in roles):
        exports.cancel_export(act, export)
        return
    before = current_locale()
    set_current_locale(asker.locale)
    try:
        with mask_names_in_block(export.request.get("masked", True)):
            _write_batch(act, asker, export, export.request)
    finally:
        set_current_locale(before)


def _write_batch(act: Act, asker: Act, export: exports.ExportRow, request: Mapping[str, Any]) -> None:
    columns = request["columns"]
    page = load_list_page(
        asker, export.page, request["filters"], export.next_key, ROWS_PER_BATCH, facets=False
    )
    rows = [[row.texts[name] for name in columns] for row in page.rows]
    # What was written since the export was asked for may make it longer than it may be.
    more = page.next_key if export.done + len(rows) < exports.MAX_EXPORT_ROWS else ""
    exports.add_export_part(export, rows, more)
    if more:
        post_event(act, exports.EXPORT_CONTINUED_EVENT, {"export": str(export.id)})
        return
    whole = exports.load_export_parts(export)
    labels = [_(COLUMN_LABELS[name]) for name in columns]
    content = write_export_file(export.format, columns, labels, whole)
    exports.finish_export(act, export, content, len(whole))
