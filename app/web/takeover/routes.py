"""Acts of takeover: the list, the form with the workbook, one act with its progress and its confirmation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app.journal.semesters.queries import SemesterRow, load_all_semesters
from app.journal.takeover import commands, queries
from app.journal.takeover.earlier_results import EarlierResultOfAct, load_results_of_act
from app.journal.takeover.journal_queries import JournalKey, load_journal_keys
from app.journal.takeover.rules import EARLIER, TakeoverDocument
from app.journal.takeover.sheet_template import MAX_SHEETS, write_marks_workbook
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import DepterError, Invalid, Missing
from app.kernel.i18n import language_of_files, number_text, pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import TypedValueError, read_typed_day
from app.kernel.workbook_reading import MAX_FILE_BYTES
from app.people import queries as people
from app.people.audit_limits_rules import AUDITOR
from app.people.rules import is_permitted
from app.texts.semesters import semester_title
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.core.uploads import files_store
from app.web.core.visitor import allow_access, current_act, request_time, writes_every_year
from app.web.labels.messages import error_message, message_text, next_step_text, problem_texts_by_field

blueprint = Blueprint("takeover", __name__)
PAGE_SIZE = 30
JOURNALS_PER_PAGE = 100
POLL_SECONDS = 2
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATE_LABELS = {
    "PLANNING": N_("the file is being read"),
    "CHECKED": N_("waits for a second person"),
    "QUEUED": N_("marks are being written"),
    "FINISHED": N_("taken over"),
    "CANCELLED": N_("cancelled"),
    "FAILED": N_("to be corrected"),
}
JOURNAL_STATE_LABELS = {"PENDING": N_("waits"), "DONE": N_("taken over"), "REFUSED": N_("not done")}
FIELDS = ("number", "document_date", "signed_by", "first", "last")


@blueprint.get("/takeovers")
@allow_access("takeover.read")
@writes_every_year
def list_takeovers(refused: Invalid | None = None) -> str:
    """List the acts, newest first, with the form that sends one and the workbook to fill in."""
    act = current_act()
    before = request.args.get("before")
    page_key = _find_readable_takeover(parse_id(before, "before")) if before else None
    found = queries.load_takeovers_page(PAGE_SIZE + 1, page_key)
    rows = [row for row in found[:PAGE_SIZE] if _may_read(row.id)]
    semesters = load_all_semesters()
    semester = _chosen_semester(semesters)
    keys = load_journal_keys(semester.id) if semester else []
    groups = sorted({one.group for one in keys})
    names = people.load_names({row.sent_by for row in rows})
    return render_template(
        "takeover/list.html",
        rows=[
            SimpleNamespace(
                url=url_for("takeover.show_takeover", takeover_id=row.id),
                number=row.number,
                day=row.day,
                by=names[row.sent_by].full,
                at=row.sent_at,
                state=_(STATE_LABELS[row.state]),
            )
            for row in rows
        ],
        next=url_for("takeover.list_takeovers", before=found[PAGE_SIZE - 1].id)
        if len(found) > PAGE_SIZE
        else None,
        may_send=is_permitted(act.assignments, commands.SEND_TAKEOVER),
        id=new_id(),
        semesters=[(str(one.id), semester_title(one.names, one.year), one is semester) for one in semesters],
        semester=semester.id if semester else None,
        groups=groups,
        most=MAX_SHEETS,
        megabytes=MAX_FILE_BYTES // 2**20,
        values=_form_values(semester, refused),
        errors=problem_texts_by_field(refused) if refused else {},
        refused=error_message(refused) if refused else "",
    )


def _form_values(semester: SemesterRow | None, refused: Invalid | None) -> dict[str, str]:
    """Return what stands in the form: what was typed, else the days of the semester up to yesterday."""
    if refused is not None or semester is None:
        return {key: request.form.get(key, "")[:200] for key in FIELDS}
    today = local_day(request_time())
    last = min(today, semester.dates.ends_on)
    days = {"document_date": today, "first": semester.dates.starts_on, "last": last}
    return dict.fromkeys(FIELDS, "") | {key: day.isoformat() for key, day in days.items()}


def _chosen_semester(known: list[SemesterRow]) -> SemesterRow | None:
    """Return the semester that was sent, else the one that runs, else the newest. Raises Missing."""
    wanted = request.values.get("semester")
    if wanted:
        named = next((row for row in known if row.id == parse_id(wanted, "semester")), None)
        if named is None:
            raise Missing
        return named
    today = local_day(request_time())
    running = [row for row in known if row.dates.starts_on <= today <= row.dates.ends_on]
    return next(iter([*running, *known]), None)


@blueprint.get("/takeovers/template.xlsx")
@allow_access("takeover.send")
def download_marks_workbook() -> Response:
    """Download the marks of the journals of one group, or of the first groups of the semester: the template."""
    semester = _chosen_semester(load_all_semesters())
    keys = load_journal_keys(semester.id) if semester else []
    group = request.args.get("group", "")
    chosen: list[JournalKey] = [one for one in keys if not group or one.group == group]
    if semester is None or not chosen:
        raise Missing
    content = write_marks_workbook(
        chosen, semester.dates.starts_on, semester.dates.ends_on, language_of_files(locale())
    )
    answer = Response(content, mimetype=XLSX)
    answer.headers["Content-Disposition"] = 'attachment; filename="marks.xlsx"'
    return answer


@blueprint.post("/takeovers")
@allow_access("takeover.send")
def send_takeover() -> Any:
    """Send an act with its workbook; the worker reads it."""
    act, takeover_id = current_act(), parse_id(request.form.get("id"))
    semester = parse_id(request.form.get("semester"), "semester")
    sent = request.files.get("file")
    content = sent.stream.read(MAX_FILE_BYTES + 1) if sent else b""
    name = sent.filename if sent and sent.filename else "marks.xlsx"
    try:
        with door.write(act):
            commands.send_takeover(act, files_store(), takeover_id, semester, _read_document(), name, content)
    except Invalid as refused:
        return list_takeovers(refused), refused.status
    return redirect(url_for("takeover.show_takeover", takeover_id=takeover_id))


def _read_document() -> TakeoverDocument:
    """Return the document that was typed. Raises Invalid with every day that cannot be read."""
    problems, days = {}, {}
    for field in ("document_date", "first", "last"):
        try:
            days[field] = read_typed_day(request.form.get(field, ""))
        except TypedValueError as unread:
            problems[field] = [unread.problem]
    if problems:
        raise Invalid(problems)
    texts = {key: " ".join(request.form.get(key, "").split()) for key in ("number", "signed_by")}
    return TakeoverDocument(
        texts["number"], days["document_date"], texts["signed_by"], days["first"], days["last"]
    )


@blueprint.get("/takeovers/<uuid:takeover_id>")
@allow_access("takeover.read")
@writes_every_year
def show_takeover(takeover_id: UUID, refused: DepterError | None = None) -> str:
    """Show one act: its document, what it brings to each journal, and what can be done."""
    row = _find_readable_takeover(takeover_id)
    after = max(request.args.get("after", 0, int), 0) % 2**31
    journals = queries.load_taken_journals(takeover_id, JOURNALS_PER_PAGE + 1, after)
    page_after = request.args.get("result")
    results = load_results_of_act(
        takeover_id, JOURNALS_PER_PAGE + 1, parse_id(page_after, "result") if page_after else None
    )
    names = people.load_names({one for one in (row.sent_by, row.confirmed_by) if one})
    may_send = is_permitted(current_act().assignments, commands.SEND_TAKEOVER)
    return render_template(
        "takeover/act.html",
        shown=_state_view(row),
        number=row.number,
        day=row.day,
        signed_by=row.signed_by,
        first=row.first,
        last=row.last,
        sent_by=names[row.sent_by].full,
        sent_at=row.sent_at,
        confirmed_by=names[row.confirmed_by].full if row.confirmed_by else "",
        confirmed_at=row.confirmed_at,
        findings=[
            SimpleNamespace(sheet=one.sheet, cell=one.cell, text=message_text(one.code, one.params))
            for one in row.findings
            if may_send
        ],
        journals=[
            SimpleNamespace(
                url=url_for("journal.show_journal_grid", offering=one.offering),
                title=f"{one.group}, {one.code} {pick_text(one.names, locale())}",
                cells=one.cells,
                results=one.results,
                state=_(JOURNAL_STATE_LABELS[one.state]),
                problem=message_text(one.problem, {}) if one.problem else "",
            )
            for one in journals[:JOURNALS_PER_PAGE]
        ],
        next=url_for(
            "takeover.show_takeover", takeover_id=takeover_id, after=journals[JOURNALS_PER_PAGE - 1].number
        )
        if len(journals) > JOURNALS_PER_PAGE
        else None,
        earlier=[_earlier_result_view(one) for one in results[:JOURNALS_PER_PAGE]],
        more=url_for(
            "takeover.show_takeover", takeover_id=takeover_id, result=results[JOURNALS_PER_PAGE - 1].id
        )
        if len(results) > JOURNALS_PER_PAGE
        else None,
        refused=f"{error_message(refused)} {next_step_text(refused)}" if refused else "",
    )


def _earlier_result_view(one: EarlierResultOfAct) -> SimpleNamespace:
    return SimpleNamespace(
        name=one.name,
        year=one.academic_year,
        semester=one.semester,
        course=one.course,
        points=number_text(one.points, locale()) if one.points is not None else "",
        grade=one.grade,
    )


def _state_view(row: queries.TakeoverRow) -> SimpleNamespace:
    act = current_act()
    own = act.person in (row.sent_by, row.sent_for)
    brings = bool(row.journals or row.results)
    may_confirm = row.state == "CHECKED" and brings and not own and commands.may_confirm_takeover(act, row.id)
    return SimpleNamespace(
        id=row.id,
        state=row.state,
        label=_(STATE_LABELS[row.state]),
        journals=row.journals,
        done=row.done,
        refused=row.refused,
        cells=row.cells,
        results=row.results,
        wrong=bool(row.findings) and is_permitted(act.assignments, commands.SEND_TAKEOVER),
        problem=message_text(row.problem, {}) if row.problem else "",
        may_confirm=may_confirm,
        may_cancel=row.state in ("PLANNING", "CHECKED", "QUEUED")
        and (own or commands.may_confirm_takeover(act, row.id)),
        own=own,
        earlier=row.kind == EARLIER,
        often=POLL_SECONDS,
    )


@blueprint.get("/takeovers/<uuid:takeover_id>/progress")
@allow_access("takeover.read")
def show_takeover_progress(takeover_id: UUID) -> Response:
    """Render the progress as a fragment that reloads itself; the whole page is loaded when the worker is done."""
    row = _find_readable_takeover(takeover_id)
    answer = Response(render_template("takeover/_state.html", shown=_state_view(row)))
    if row.state not in ("PLANNING", "QUEUED"):
        answer.headers["HX-Refresh"] = "true"
    return answer


@blueprint.post("/takeovers/<uuid:takeover_id>/confirm")
@allow_access("takeover.confirm")
def confirm_takeover(takeover_id: UUID) -> Any:
    """Confirm an act as a second person."""
    _find_readable_takeover(takeover_id)
    try:
        with door.write(current_act()):
            commands.confirm_takeover(current_act(), takeover_id)
    except DepterError as refused:
        return show_takeover(takeover_id, refused), refused.status
    return redirect(url_for("takeover.show_takeover", takeover_id=takeover_id))


@blueprint.post("/takeovers/<uuid:takeover_id>/cancel")
@allow_access("takeover.send", "takeover.confirm")
def cancel_takeover(takeover_id: UUID) -> Any:
    """Cancel an act, or stop it after the present batch of journals."""
    _find_readable_takeover(takeover_id)
    try:
        with door.write(current_act()):
            commands.cancel_takeover(current_act(), takeover_id)
    except DepterError as refused:
        return show_takeover(takeover_id, refused), refused.status
    return redirect(url_for("takeover.show_takeover", takeover_id=takeover_id))


def _may_read(takeover_id: UUID) -> bool:
    """Return whether the visitor reads an act: a directorate reads those that it may confirm, the others all."""
    act = current_act()
    if any(one.role in ("academic_office", "it_admin") for one in act.assignments):
        return True
    if any(one.role == AUDITOR and is_permitted([one], "takeover.read") for one in act.assignments):
        return True
    return commands.may_confirm_takeover(act, takeover_id)


def _find_readable_takeover(takeover_id: UUID) -> queries.TakeoverRow:
    row = queries.find_takeover(takeover_id)
    if row is None or not _may_read(takeover_id):
        raise Missing
    return row
