"""The page of printed slips: one a person, with the address of the product and a one-time code, shown once."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from flask import current_app, render_template, url_for

from app.people import queries
from app.people.code_rules import format_code
from app.people.commands import InvitationLink


def render_slips_page(made: Sequence[InvitationLink], title: str, back: str, *, sets_password: bool) -> str:
    """Return the page to print, in the order given; `back` is the path of the page before it."""
    names = queries.load_names([one.person for one in made])
    base = current_app.extensions["depter"].settings.public_url.rstrip("/")
    return render_template(
        "people/slips.html",
        title=title,
        back=back,
        sets_password=sets_password,
        address=f"{base}{url_for('invitation.show_activation_form')}",
        slips=[
            SimpleNamespace(name=names[one.person].full, code=format_code(one.key), expires_at=one.expires_at)
            for one in made
        ],
    )
