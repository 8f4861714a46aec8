"""The trace of a version of a diagram and of a form: who drew, proposed, decided and published, what changed, which
cases ran on it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for

from app.audit.reads import AUDIT
from app.bpmn.model import ProcessModel
from app.cases.audit_lists.pages import list_key, parse_list_key
from app.cases.queries.processes import VersionRow, load_diagram_versions
from app.cases.trace.documents import FormOfVersion, load_cases_of_version, load_form_of_versions
from app.diagrams.comparison import compare_diagrams
from app.diagrams.proposal_queries import ProposalRow, load_proposals_of_process
from app.diagrams.versions import PublishedDiagram, load_version_unless_damaged
from app.forms.form_file import Form, FormFileError
from app.forms.form_problems import read_unfinished_form
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.cases import case_state_label, element_title
from app.web.labels.processes import VERSION_ORIGIN_LABELS, VERSION_STATE_LABELS
from app.web.processes.proposal_rows import STATE_LABELS as PROPOSAL_STATE_LABELS
from app.web.studio.change_texts import ChangeView, diagram_change_views
from app.web.studio.comparison_views import compared_side_of_version, difference_views_or_none
from app.web.trace.document_page import (
    ROWS_A_TABLE,
    Document,
    Shown,
    Table,
    case_shown,
    moment_shown,
    person_shown,
    persons_shown,
    render_document,
    said,
)
from app.web.trace.routes import blueprint


@blueprint.get("/audit/diagrams/<process>")
@allow_access("audit.read")
def find_diagram_trace(process: str) -> Any:
    """Redirect to the trace of the version in force, else of the newest one. Raises Missing."""
    rows = load_diagram_versions(current_act(), process)
    if not rows:
        raise Missing
    chosen = next((one for one in rows if one.state == "published"), rows[0])
    return redirect(url_for("trace.show_diagram_trace", process=process, version=chosen.number))


@blueprint.get("/audit/diagrams/<process>/<int:version>")
@allow_access("audit.read")
@writes_every_year
def show_diagram_trace(process: str, version: int) -> str:
    """Show a version with its authors, what differs from the one before, its forms and its cases. Raises Missing.

    The cases are listed by pages; statements do not grow with them.
    """
    rows = load_diagram_versions(current_act(), process)
    row = next((one for one in rows if one.number == version), None)
    if row is None:
        raise Missing
    record_read(AUDIT, "audit.version", row.id)
    published = load_version_unless_damaged(row.id)
    before = next((one for one in rows if one.number < version), None)
    proposals = [one for one in load_proposals_of_process(process) if one.version_id == row.id]
    others = []
    if before is not None:
        compare_url = url_for(
            "studio.show_version_comparison", process=process, before=before.number, after=version
        )
        others.append((_("Compare with the version before"), compare_url))
    return render_document(
        Document(
            title=f"{pick_text(row.titles, locale())}, {_('Version')} {version}",
            subtitle=_("A version of a process: its drawing and its forms never change."),
            here=url_for("trace.show_diagram_trace", process=process, version=version),
            objects=[row.id, *(one.id for one in proposals)],
            is_public=True,
            own=(
                _("Page of the version"),
                url_for("processes.show_process_version", process=process, version=version),
            ),
            others=others,
            facts=_facts(row, proposals, published),
            tables=[
                _changes_table(row, before),
                _forms_table(process, published),
                _versions_table(process, rows, version),
                _cases_table(process, row, published),
            ],
            warnings=[]
            if published
            else [_("This version is not what was published: its fingerprint does not match.")],
        )
    )


def _facts(
    row: VersionRow, proposals: Sequence[ProposalRow], published: PublishedDiagram | None
) -> list[tuple[str, Sequence[Shown]]]:
    persons = {row.made_by, row.published_by}
    for one in proposals:
        persons |= {one.proposed_by, one.decided_by, *one.authors}
    names = people.load_names(persons)
    facts: list[tuple[str, Sequence[Shown]]] = [
        (_("State"), [said(_(VERSION_STATE_LABELS[row.state])), said(_(VERSION_ORIGIN_LABELS[row.origin]))]),
        (_("Clause"), [Shown(row.clause, clause=row.clause)] if row.clause else []),
        (_("Stored"), [person_shown(row.made_by, names), moment_shown(row.made_at)]),
        (
            _("Published"),
            [person_shown(row.published_by, names), moment_shown(row.published_at)]
            if row.published_at
            else [],
        ),
        (_("SHA-256"), [Shown(row.sha256), said(_("matches") if published else _("does not match"))]),
        (_("Open cases"), [Shown(str(row.running))]),
    ]
    for one in reversed(proposals):
        drawn = persons_shown(one.authors, names)
        facts += [
            (_("Drawn by"), drawn),
            (_("Proposed by"), [person_shown(one.proposed_by, names), moment_shown(one.proposed_at)]),
            (_("Why"), [Shown(one.why)]),
            (_("Decision"), [said(_(PROPOSAL_STATE_LABELS[one.state]))]),
            (
                _("Decided by"),
                [person_shown(one.decided_by, names), moment_shown(one.decided_at)] if one.decided_at else [],
            ),
            (_("Words of the decision"), [Shown(one.decision_reason or "")]),
            (_("In force from"), [moment_shown(one.effective_at)]),
        ]
    return facts


def _changes_table(row: VersionRow, before: VersionRow | None) -> Table:
    """Return what differs from the version before, in words."""
    if before is None:
        return Table(_("What changed"), [], [], _("This is the first version of the process."))
    try:
        changes = difference_views_or_none(
            compared_side_of_version(before.id), compared_side_of_version(row.id)
        )
    except Missing:
        changes = None
    if changes is None:
        return Table(_("What changed"), [], [], _("One of the two versions cannot be read."))
    return Table(
        _("What changed since version %(number)s") % {"number": before.number},
        [_("Change"), _("What"), _("Before"), _("After")],
        change_rows(changes),
        _("Nothing differs but places in the drawing."),
    )


def change_rows(changes: Sequence[ChangeView]) -> list[list[Shown]]:
    """Return a row for each value that differs, and one for each element without values."""
    rows = []
    for one in changes:
        what = f"{one.group}: {one.title}"
        if not one.lines:
            rows.append([said(one.kind_label), Shown(what), Shown(""), Shown("")])
        rows += [
            [said(one.kind_label), Shown(f"{what}. {line.label}"), Shown(line.before), Shown(line.after)]
            for line in one.lines
        ]
    return rows


def _forms_table(process: str, published: PublishedDiagram | None) -> Table:
    rows = []
    if published is not None:
        steps = {task.form: task.id for task in published.model.user_tasks.values()}
        rows = [
            [
                Shown(name, url_for("trace.show_form_trace", process=process, form_name=name)),
                Shown(element_title(published, steps[name], locale()) if name in steps else _("Start")),
            ]
            for name in sorted(published.forms)
        ]
    return Table(
        _("Forms of this version"),
        [_("Form"), _("Step")],
        rows,
        _("The version has no forms."),
        note=_("The trace of a form says in which version it changed, and how."),
    )


def _versions_table(process: str, rows: Sequence[VersionRow], version: int) -> Table:
    names = people.load_names(person for one in rows for person in (one.made_by, one.published_by))
    return Table(
        _("All versions of the process"),
        [_("Version"), _("State"), _("Stored"), _("Published")],
        [
            [
                Shown(
                    str(one.number),
                    None
                    if one.number == version
                    else url_for("trace.show_diagram_trace", process=process, version=one.number),
                ),
                said(_(VERSION_STATE_LABELS[one.state])),
                moment_shown(one.made_at),
                person_shown(one.published_by, names) if one.published_at else Shown(""),
            ]
            for one in rows
        ],
        "",
    )


def _cases_table(process: str, row: VersionRow, published: PublishedDiagram | None) -> Table:
    """Return a page of the cases that ran on the version, newest first."""
    typed = request.args.get("cases", "")[:100]
    after = parse_list_key(typed)
    found = load_cases_of_version(
        current_act(),
        process,
        row.id,
        (after[0], parse_id(after[1], "cases")) if after else None,
        ROWS_A_TABLE + 1,
    )
    shown = found[:ROWS_A_TABLE]
    following = list_key(shown[-1].opened_at, shown[-1].id) if len(found) > ROWS_A_TABLE else None
    return Table(
        _("Cases that ran on this version"),
        [_("Case"), _("State"), _("Opened"), _("Closed")],
        [
            [
                case_shown(one.number),
                said(case_state_label(one.status, one.outcome, published)),
                moment_shown(one.opened_at),
                moment_shown(one.closed_at),
            ]
            for one in shown
        ],
        _("No case ran on it."),
        more=url_for("trace.show_diagram_trace", process=process, version=row.number, cases=following)
        if following
        else None,
    )


@blueprint.get("/audit/diagrams/<process>/forms/<form_name>")
@allow_access("audit.read")
@writes_every_year
def show_form_trace(process: str, form_name: str) -> str:
    """Show a form through the versions of its process: in which of them it changed, and how. Raises Missing."""
    versions = load_form_of_versions(process, form_name)
    known = [one for one in versions if one.text is not None]
    if not known:
        raise Missing
    record_read(AUDIT, "audit.form", known[-1].id)
    published = load_version_unless_damaged(known[-1].id)
    names = people.load_names(one.published_by or one.made_by for one in versions)
    rows, tables, before = [], [], None
    for one in versions:
        if one.text is None and before is None:
            continue
        rows.append(
            [
                Shown(
                    str(one.number), url_for("trace.show_diagram_trace", process=process, version=one.number)
                ),
                said(_difference_label(before, one)),
                Shown(_fingerprint(one.text)),
                person_shown(one.published_by or one.made_by, names),
                moment_shown(one.published_at or one.made_at),
            ]
        )
        if before is not None and one.text != before.text and one.text and before.text and published:
            tables.append(_form_changes_table(form_name, before, one, published.model))
        before = one
    rows.reverse()
    history = Table(
        _("Versions of the form"),
        [_("Version of the process"), _("Form"), _("SHA-256"), _("Person"), _("When")],
        rows,
        "",
    )
    return render_document(
        Document(
            title=form_name,
            subtitle=_("A form belongs to the versions of its process and never changes within one."),
            here=url_for("trace.show_form_trace", process=process, form_name=form_name),
            objects=[one.id for one in known],
            own=(
                _("Page of the version"),
                url_for("processes.show_process_version", process=process, version=known[-1].number),
            ),
            others=[
                (
                    _("Trace of the version"),
                    url_for("trace.show_diagram_trace", process=process, version=known[-1].number),
                )
            ],
            tables=[history, *reversed(tables)],
            kind="diagrams.version",
            is_public=True,
        )
    )


def _fingerprint(text: str | None) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _difference_label(before: FormOfVersion | None, one: FormOfVersion) -> str:
    if one.text is None:
        return _("not in this version")
    if before is None or before.text is None:
        return _("added")
    return _("the same") if before.text == one.text else _("changed")


def _form_changes_table(name: str, before: FormOfVersion, after: FormOfVersion, model: ProcessModel) -> Table:
    """Return what differs between two texts of a form, in words."""
    changes = compare_diagrams(model, model, _readable(name, before.text), _readable(name, after.text))
    return Table(
        _("What changed in version %(number)s") % {"number": after.number},
        [_("Change"), _("What"), _("Before"), _("After")],
        change_rows(diagram_change_views(changes, {})),
        _("Nothing that a person sees or fills in."),
    )


def _readable(name: str, text: str | None) -> dict[str, Form]:
    try:
        found = read_unfinished_form((text or "").encode()).form
    except FormFileError:
        return {}
    return {name: found} if found is not None else {}
