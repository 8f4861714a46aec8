"""The trace of a version of a grading scheme: who made and confirmed it, what changed, what rests on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for

from app.audit.reads import AUDIT
from app.cases.access import load_visible_case_ids
from app.cases.queries.requests import load_cases_by_subject_id
from app.cases.trace.documents import SchemeUses, count_uses_of_scheme
from app.journal.grading.initial_schemes import scheme_digest
from app.journal.grading.scheme_queries import SchemeVersion, load_all_scheme_versions
from app.journal.tables import GradingScheme
from app.kernel.db import db
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.texts.deed_values import deed_value_label
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.trace.document_page import (
    Document,
    Shown,
    Table,
    case_shown,
    day_shown,
    moment_shown,
    person_shown,
    render_document,
    said,
    value_text,
)
from app.web.trace.routes import blueprint


@blueprint.get("/audit/schemes/<uuid:scheme>")
@allow_access("audit.read")
@writes_every_year
def show_scheme_trace(scheme: UUID) -> str:
    """Show a version of a grading scheme with what differs from the one before. Raises Missing. Ten statements."""
    every = load_all_scheme_versions()
    row = next((one for one in every if one.id == scheme), None)
    stored = db.session.get(GradingScheme, scheme)
    if row is None or stored is None:
        raise Missing
    record_read(AUDIT, "audit.scheme", scheme)
    versions = [one for one in every if one.code == row.code]
    before = next((one for one in versions if one.version < row.version), None)
    whole = scheme_digest(stored.id, stored.code, stored.version, stored.definition) == stored.sha256
    return render_document(
        Document(
            title=f"{pick_text(row.names, locale())}, {_('Version')} {row.version}",
            subtitle=_("A version of the way results are counted: it never changes."),
            here=url_for("trace.show_scheme_trace", scheme=scheme),
            objects=[scheme],
            is_public=True,
            own=(_("Grading schemes"), url_for("schemes.list_scheme_versions")),
            facts=_facts(row, stored, count_uses_of_scheme(scheme), whole=whole),
            tables=[_changes_table(row, before), _versions_table(versions, scheme)],
            warnings=[]
            if whole
            else [_("The content of this scheme is not what was stored: its SHA-256 does not match.")],
        )
    )


def _facts(
    row: SchemeVersion, stored: GradingScheme, uses: SchemeUses, *, whole: bool
) -> list[tuple[str, Sequence[Shown]]]:
    names = people.load_names([row.made_by, row.confirmed_by])
    cases = load_cases_by_subject_id([row.id])
    visible = load_visible_case_ids(current_act(), [one.id for one in cases])
    return [
        (_("Code"), [Shown(row.code)]),
        (_("Source"), [Shown(pick_text(row.source, locale()))]),
        (_("In force from"), [day_shown(row.effective_from)]),
        (_("Drafted by"), [person_shown(row.made_by, names), moment_shown(stored.made_at)]),
        (
            _("Confirmed by"),
            [person_shown(row.confirmed_by, names), moment_shown(row.confirmed_at), Shown(row.ground)]
            if row.confirmed_at
            else [said(_("not confirmed"))],
        ),
        (_("Case"), [case_shown(one.number) for one in cases if one.id in visible]),
        (_("Journals that name it in their criteria"), [Shown(str(uses.syllabi))]),
        (_("Signed grade sheets that rest on it"), [Shown(str(uses.signings))]),
        (_("SHA-256"), [Shown(stored.sha256), said(_("matches") if whole else _("does not match"))]),
    ]


def _changes_table(row: SchemeVersion, before: SchemeVersion | None) -> Table:
    if before is None:
        return Table(_("What changed"), [], [], _("This is the first version of the scheme."))
    old, new = dict(_flat(before.definition)), dict(_flat(row.definition))
    rows = [
        [Shown(name), Shown(old.get(name, "")), Shown(new.get(name, ""))]
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]
    return Table(
        _("What changed since version %(number)s") % {"number": before.version},
        [_("What"), _("Before"), _("After")],
        rows,
        _("Nothing that a result depends on."),
    )


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of every value of a definition."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            label = deed_value_label(str(key)) or str(key)
            yield from _flat(part, f"{name} / {label}" if name else label)
    elif isinstance(value, list):
        for place, part in enumerate(value, start=1):
            own = part.get("key") or part.get("letter") if isinstance(part, Mapping) else None
            yield from _flat(part, f"{name} / {own or place}")
    else:
        yield name, value_text(value)


def _versions_table(versions: Sequence[SchemeVersion], scheme: UUID) -> Table:
    names = people.load_names(person for one in versions for person in (one.made_by, one.confirmed_by))
    return Table(
        _("All versions of the scheme"),
        [_("Version"), _("In force from"), _("Drafted by"), _("Confirmed by"), _("Ground")],
        [
            [
                Shown(
                    str(one.version),
                    None if one.id == scheme else url_for("trace.show_scheme_trace", scheme=one.id),
                ),
                day_shown(one.effective_from),
                person_shown(one.made_by, names),
                person_shown(one.confirmed_by, names) if one.confirmed_at else said(_("not confirmed")),
                Shown(one.ground),
            ]
            for one in versions
        ],
        "",
    )
