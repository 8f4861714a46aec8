"""Results of earlier semesters: the workbook to fill in, and the form that sends it with its act."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for

from app.journal.takeover import commands
from app.journal.takeover.earlier_results import load_students_for_template
from app.journal.takeover.earlier_template import write_earlier_results_workbook
from app.journal.takeover.rules import PaperAct
from app.kernel import door
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.i18n import language_of_files
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import TypedValueError, read_typed_day
from app.kernel.workbook_reading import MAX_FILE_BYTES
from app.texts.translate import locale
from app.web.core.uploads import files_store
from app.web.core.visitor import allow_access, current_act, request_time, writes_every_year
from app.web.labels.messages import error_message, problem_texts_by_field
from app.web.takeover.routes import XLSX, blueprint

FIELDS = ("number", "document_date", "signed_by")


@blueprint.get("/takeovers/earlier")
@allow_access("takeover.send")
@writes_every_year
def show_earlier_results_form(refused: Invalid | None = None) -> str:
    """Show the workbook of earlier results and the form that sends it with its act."""
    values = {"number": "", "document_date": local_day(request_time()).isoformat(), "signed_by": ""}
    if refused is not None:
        values = {key: request.form.get(key, "")[:200] for key in FIELDS}
    return render_template(
        "takeover/earlier.html",
        id=new_id(),
        values=values,
        megabytes=MAX_FILE_BYTES // 2**20,
        errors=problem_texts_by_field(refused) if refused else {},
        refused=error_message(refused) if refused else "",
    )


@blueprint.get("/takeovers/earlier.xlsx")
@allow_access("takeover.send")
def download_earlier_results_workbook() -> Response:
    """Download the workbook with a row for each student of today."""
    students = load_students_for_template(local_day(request_time()))
    answer = Response(write_earlier_results_workbook(students, language_of_files(locale())), mimetype=XLSX)
    answer.headers["Content-Disposition"] = 'attachment; filename="earlier-results.xlsx"'
    return answer


@blueprint.post("/takeovers/earlier")
@allow_access("takeover.send")
def send_earlier_results() -> Any:
    """Send an act with results of earlier semesters; the worker reads it."""
    act, takeover_id = current_act(), parse_id(request.form.get("id"))
    sent = request.files.get("file")
    content = sent.stream.read(MAX_FILE_BYTES + 1) if sent else b""
    name = sent.filename if sent and sent.filename else "earlier-results.xlsx"
    texts = {key: " ".join(request.form.get(key, "").split()) for key in ("number", "signed_by")}
    try:
        try:
            day = read_typed_day(request.form.get("document_date", ""))
        except TypedValueError as unread:
            raise Invalid({"document_date": [unread.problem]}) from None
        paper = PaperAct(texts["number"], day, texts["signed_by"])
        with door.write(act):
            commands.send_earlier_results(act, files_store(), takeover_id, paper, name, content)
    except Invalid as refused:
        return show_earlier_results_form(refused), refused.status
    return redirect(url_for("takeover.show_takeover", takeover_id=takeover_id))
