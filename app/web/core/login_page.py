"""The sign-in page, rendered by the error handlers when a session has ended and by the login routes."""

from __future__ import annotations

from types import SimpleNamespace

from flask import current_app, render_template, url_for

from app.people import queries
from app.texts.translate import gettext as _


def render_sign_in_page(
    error: str | None = None, next: str | None = None, login: str = "", carry: str = ""
) -> str:
    """Render the sign-in page; the demo accounts are listed in the demo only."""
    return render_template(
        "login.html",
        action=url_for("login.show_sign_in_page"),
        next=next or "",
        login=login,
        error=error,
        carry=carry,
        demo=_demo_accounts(),
        nobody=not queries.is_any_account_stored(),
    )


def _demo_accounts() -> list[SimpleNamespace]:
    """Return the accounts of `demo-accounts.txt`; [] outside of the demo."""
    settings = current_app.extensions["depter"].settings
    path = settings.data_dir / "demo-accounts.txt"
    if settings.env != "demo" or not path.exists():
        return []
    rows = [line.split("\t") for line in path.read_text().splitlines() if line.count("\t") >= 3]
    return [
        SimpleNamespace(login=row[0], password=row[1], role=_(row[2]), name=row[3], about="") for row in rows
    ]
