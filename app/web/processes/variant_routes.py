"""The finished cases of a process by the way they took, and the event log of a process as XES or OCEL 2.0."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

from flask import Blueprint, Response, render_template, request, send_file

from app.audit.reads import AUDIT
from app.cases.audit_scope import load_audit_scope
from app.cases.mining import ocel, xes
from app.cases.mining.event_log import NamesOfExport, iterate_logged_cases, record_event_log_export
from app.cases.mining.variant_queries import load_variant_cases_page, load_variants
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Invalid, Missing
from app.kernel.i18n import pick_text
from app.people import queries as people
from app.people.name_masking import are_names_masked
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.read_records import record_read
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.processes.map_filters import read_map_filter
from app.web.processes.presenter import load_undamaged_diagram, process_summary, published_or_newest_version
from app.web.processes.routes import load_version_rows
from app.web.processes.variant_presenter import (
    DEVIATION_LABELS,
    VARIANTS_ON_OWN_PAGE,
    VariantSection,
    variant_case_rows,
    variant_section,
    variants_url,
    variants_with_way,
)

blueprint = Blueprint("variants", __name__)

XES_FORMAT, OCEL_FORMAT = "xes", "ocel"
FILE_FORMATS = {XES_FORMAT: (xes.MEDIA_TYPE, "xes"), OCEL_FORMAT: (ocel.MEDIA_TYPE, "jsonocel")}
"""The formats of an export, each with its media type and the ending of its file."""


MAX_BYTES_IN_MEMORY = 8 * 1024 * 1024
"""From this size on a file is written to the disk, where it has no name and is gone when it was sent."""


@blueprint.get("/processes/<process>/variants")
@allow_access("processes.read")
@writes_every_year
def show_variants(process: str) -> str:
    """Show the ways that the finished cases of a period took, and the cases of one way or deviation.

    Raises Missing for an unknown process and for one whose file is damaged; Invalid for a period that cannot be read.
    """
    rows = load_version_rows(process)
    published = load_undamaged_diagram(published_or_newest_version(rows))
    if published is None:
        raise Missing
    chosen = read_map_filter(current_act())
    summary = load_variants(current_act(), process, chosen.statistics)
    wanted = {name: request.args.get(name, "") for name in ("way", "variant", "deviation")}
    found = variants_with_way(published, summary, **wanted)
    cases, following = load_variant_cases_page(
        current_act(),
        process,
        chosen.statistics,
        [one.key for one in found],
        request.args.get("after", ""),
    )
    section = variant_section(process, published, summary, chosen.params, VARIANTS_ON_OWN_PAGE)
    return render_template(
        "processes/variants.html",
        process=process_summary(rows, people.load_names([])),
        map=chosen,
        ways=section,
        behind=next(
            (one for one in section.variants if wanted["variant"] and one.figure.key == wanted["variant"]),
            None,
        ),
        heading=_list_heading(section, wanted),
        is_filtered=any(wanted.values()),
        all_url=variants_url(process, chosen.params),
        cases=variant_case_rows(cases),
        next=variants_url(process, chosen.params, **wanted, after=following) if following else None,
    )


def _list_heading(section: VariantSection, wanted: dict[str, str]) -> str:
    """Return what the list of cases shows, in words."""
    if wanted["variant"]:
        return _("Cases of one way")
    if wanted["deviation"]:
        found = next((one for one in section.deviations if one.figure.key == wanted["deviation"]), None)
        if found is not None:
            return f"{found.title}: {found.label}"
        kind = wanted["deviation"].split(":")[0]
        return _(DEVIATION_LABELS[kind]) if kind in DEVIATION_LABELS else _("Finished cases")
    return _("Cases on the usual path") if wanted["way"] else _("Finished cases")


@blueprint.get("/processes/<process>/event-log")
@allow_access("processes.export")
def download_event_log(process: str) -> Response:
    """Send the cases of a process that were opened in the period as XES or OCEL 2.0; the download is recorded.

    `format` is one of `FILE_FORMATS`, by default XES; with `names=1` persons and cases have their names, else
    pseudonyms that hold within this file (7.1); an auditor has to uncover names first. Events are read by a cursor.
    A limited auditor gets the cases of his limits with what happened in his days. Raises Missing, also for a unit
    outside them, and Invalid (`format`, `from`, `to`).
    """
    rows = load_version_rows(process)
    current = published_or_newest_version(rows)
    file_format = request.args.get("format", XES_FORMAT)
    if file_format not in FILE_FORMATS:
        raise Invalid.field("format", "forms.field.not_offered")
    act, form = current_act(), read_map_filter(current_act())
    chosen, scope = form.statistics, load_audit_scope(act.assignments)
    if scope is not None and request.args.get("unit") and not form.params["unit"]:
        raise Missing
    names = NamesOfExport(with_names=request.args.get("names") == "1" and not are_names_masked())
    record_read(AUDIT, "cases.event_log")
    with door.write(act):
        record_event_log_export(act, process, current.id, chosen, file_format, names.with_names)
    cases = iterate_logged_cases(act, process, chosen, names, scope)
    chunks = (
        xes.iterate_xes_chunks(process, pick_text(current.titles, locale()), cases)
        if file_format == XES_FORMAT
        else ocel.iterate_ocel_chunks(process, cases)
    )
    media_type, ending = FILE_FORMATS[file_format]
    # Written whole before it is sent: an error halfway is an error page, never a file that was cut off. The answer
    # closes it.
    content = SpooledTemporaryFile(max_size=MAX_BYTES_IN_MEMORY)  # noqa: SIM115
    content.writelines(chunks)
    content.seek(0)
    return send_file(
        content,
        mimetype=media_type,
        as_attachment=True,
        download_name=f"{process}-{local_day(act.at).isoformat()}.{ending}",
    )
