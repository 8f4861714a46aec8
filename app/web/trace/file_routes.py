"""The trace of an uploaded file: who handed it in, where it is used, who opened it, whether its content is whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import url_for

from app.audit.reads import AUDIT
from app.cases.access import load_visible_case_ids
from app.cases.trace.documents import UsedFile, find_used_file
from app.cases.trace.scope import is_limited_reader, require_object_in_reach, require_unlimited_reader
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.order_models import ContingentOrder
from app.texts.translate import gettext as _
from app.web.core.read_records import record_read
from app.web.core.uploads import files_store
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.trace.document_page import (
    Document,
    Shown,
    Table,
    case_shown,
    moment_shown,
    person_shown,
    render_document,
    said,
)
from app.web.trace.routes import blueprint


@blueprint.get("/audit/files/<uuid:file_id>")
@allow_access("audit.read")
@writes_every_year
def show_file_trace(file_id: UUID) -> str:
    """Show an upload with its uses, its readers and the check of its content. Raises Missing.

    The name of a paper that is kept for the directorate and the student stays closed (7.1).
    """
    act = current_act()
    used = find_used_file(act, file_id)
    if used is None:
        raise Missing
    _require_in_reach(act, used)
    record_read(AUDIT, "audit.file", file_id, (used.file.uploaded_by,))
    digest = files_store().load_file_digests([file_id])[file_id]
    return render_document(
        Document(
            title=used.name or _("File"),
            subtitle=_("An upload: a content under a name, submitted once. The same content is stored once."),
            here=url_for("trace.show_file_trace", file_id=file_id),
            objects=[file_id],
            own=None
            if used.hidden
            else (_("The file"), url_for("files.show_or_download_file", file_id=file_id)),
            facts=_facts(used, digest.sha256),
            tables=_tables(act, used),
            warnings=[]
            if digest.sha256
            else [_("The content of this file is lost or is not the one that was submitted.")],
            is_title_data=bool(used.name),
            kind="files.file",
            left_out=frozenset({"name"}) if used.hidden else frozenset(),
        )
    )


def _require_in_reach(act: Act, used: UsedFile) -> None:
    """Raise Missing unless one of the uses of a file lies in the limits of the reader."""
    places: list[tuple[str, Sequence[UUID], tuple[date, date]]] = [
        *(
            ("processes.cases", case.units, (local_day(case.opened_at), local_day(case.closed_at or act.at)))
            for case, _at in used.cases
        ),
        *(("orders.read", [one.unit_id], (one.ordered_on, one.ordered_on)) for one in used.orders),
    ]
    if not places:
        require_unlimited_reader(act)
        return
    if not any(_is_in_reach(act, *place) for place in places):
        raise Missing


def _is_in_reach(act: Act, verb: str, units: Sequence[UUID], days: tuple[date, date]) -> bool:
    try:
        require_object_in_reach(act, verb, units, days)
    except Missing:
        return False
    return True


def _is_order_in_reach(act: Act, order: ContingentOrder) -> bool:
    return _is_in_reach(act, "orders.read", [order.unit_id], (order.ordered_on, order.ordered_on))


def _facts(used: UsedFile, sha256: str | None) -> list[tuple[str, Sequence[Shown]]]:
    names = people.load_names([used.file.uploaded_by])
    kept = said(_("kept for the directorate and the student"))
    return [
        (_("Name"), [kept, Shown("7.1", clause="7.1")] if used.hidden else [Shown(used.name)]),
        (
            _("Submitted by"),
            [person_shown(used.file.uploaded_by, names), moment_shown(used.file.uploaded_at)],
        ),
        (_("Type"), [Shown(used.media_type)]),
        (_("Size, bytes"), [Shown(str(used.size))]),
        (_("SHA-256"), [Shown(sha256) if sha256 else said(_("lost or changed"))]),
        (
            _("Address of the content"),
            [Shown(used.file.address), said(_("matches") if sha256 else _("does not match"))],
        ),
    ]


def _tables(act: Act, used: UsedFile) -> list[Table]:
    """Return where the file is used, and the other uploads of the same content."""
    visible = load_visible_case_ids(act, [case.id for case, _at in used.cases])
    uses = [
        *(
            [said(_("Case")), case_shown(case.number), moment_shown(at)]
            for case, at in used.cases
            if case.id in visible
        ),
        *(
            [
                said(_("Order")),
                Shown(f"№ {one.number}", url_for("trace.show_order_trace", order_id=one.id)),
                moment_shown(one.made_at),
            ]
            for one in used.orders
            if _is_order_in_reach(act, one)
        ),
        *(
            [
                said(_("Roster")),
                Shown(
                    str(one)[:8],
                    url_for("trace.show_object_trace", object_kind="exchange.import", object_id=one),
                ),
                Shown(""),
            ]
            for one in used.rosters
        ),
    ]
    # Another upload may be of another unit.
    others = [] if is_limited_reader(act) else used.twins
    names = people.load_names(one.uploaded_by for one in others)
    twins = [
        [
            Shown(str(one.id)[:8], url_for("trace.show_file_trace", file_id=one.id)),
            person_shown(one.uploaded_by, names),
            moment_shown(one.uploaded_at),
        ]
        for one in others
    ]
    tables = [
        Table(
            _("Where it is used"),
            [_("Kind"), _("What"), _("When")],
            uses,
            _("Nothing uses it: it was uploaded and never sent, or its case is not open to you."),
        )
    ]
    if twins:
        tables.append(
            Table(
                _("Other uploads of the same content"),
                [_("File"), _("Submitted by"), _("When")],
                twins,
                "",
                note=_("Equal documents are stored once. The same paper for several requests stands here."),
            )
        )
    return tables
