"""Import of user names and addresses from a table: template, upload, preview, execution; afterwards letters and slips.

No password is made or shown: each person chooses his own (3.2).
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for

from app.exchange import account_commands as commands
from app.exchange.account_reading import MAX_ROWS
from app.kernel import door
from app.kernel.i18n import language_of_files
from app.kernel.ids import new_id, parse_id
from app.kernel.workbook_reading import MAX_FILE_BYTES, WorkbookFinding
from app.people import queries
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act
from app.web.labels.messages import message_text

blueprint = Blueprint("account_import", __name__)
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PREVIEWED_ROWS = 100


@blueprint.get("/people/accounts/import")
@allow_access("people.manage")
def show_upload(findings: tuple[WorkbookFinding, ...] = ()) -> str:
    """Show the form that sends a table, with everything that is wrong in the one just sent."""
    return render_template(
        "people/account_import.html",
        import_id=new_id(),
        megabytes=MAX_FILE_BYTES // 2**20,
        most_rows=MAX_ROWS,
        findings=[
            SimpleNamespace(cell=one.cell, text=message_text(one.code, one.params)) for one in findings
        ],
    )


@blueprint.get("/people/accounts/template.xlsx")
@allow_access("people.manage")
def download_template() -> Response:
    """Download the table of everybody without an account, or (`all`) of everybody."""
    table = commands.write_account_table(
        current_act(), language_of_files(locale()), everybody=request.args.get("all") == "1"
    )
    answer = Response(table, mimetype=XLSX_TYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=accounts.xlsx"
    return answer


@blueprint.post("/people/accounts/import")
@allow_access("people.manage")
def upload_table() -> Any:
    """Check a table and store its plan; nothing else is changed."""
    act, import_id = current_act(), parse_id(request.form.get("id"))
    sent = request.files.get("file")
    content = sent.stream.read(MAX_FILE_BYTES + 1) if sent else b""
    checked = commands.check_account_table(act, content)
    if checked.findings:
        return show_upload(checked.findings), 422
    with door.write(act):
        commands.store_account_plan(act, import_id, checked.plan)
    return redirect(url_for("account_import.preview", account_import_id=import_id))


@blueprint.get("/people/accounts/import/<uuid:account_import_id>")
@allow_access("people.manage")
def preview(account_import_id: UUID) -> str:
    """Show what a table would give to whom, how far the worker is, or what was done."""
    found = commands.find_own_account_import(current_act(), account_import_id)
    shown = found.planned[:PREVIEWED_ROWS]
    names = queries.load_names([one.person for one in shown])
    return render_template(
        "people/account_import_plan.html",
        id=account_import_id,
        found=found,
        rows=[
            SimpleNamespace(name=names[one.person].full, login=one.login, email=one.email)
            for one in shown
            if one.person in names
        ],
        more=found.total - len(shown),
    )


@blueprint.post("/people/accounts/import/<uuid:account_import_id>")
@allow_access("people.manage")
def execute(account_import_id: UUID) -> Any:
    """Execute the plan of a table, at once or by the worker."""
    with door.write(current_act()):
        commands.begin_account_import(current_act(), account_import_id)
    return redirect(url_for("account_import.preview", account_import_id=account_import_id))
