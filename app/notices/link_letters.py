"""Texts of letters with a one-time link."""

from __future__ import annotations

from datetime import datetime

from app.kernel.i18n import every_year_written, load_translations, moment_text
from app.notices.texts import NoticeText
from app.texts.translate import N_

_INVITATION_TEXTS = (
    N_("Open your account in Depter"),
    N_(
        "The university has put you on its list. By the link you choose your user name and password; it works once."
    ),
    N_("If you do not study or work at the university, delete this letter."),
)
_PASSWORD_TEXTS = (
    N_("Choose a new password"),
    N_("A new password was asked for your account. By the link you choose it; the link works once."),
    N_("If you did not ask for this, do nothing: your password stays as it is."),
)


def compose_link_letter_text(locale: str, expires_at: datetime, *, sets_password: bool) -> NoticeText:
    """Return the text of an invitation, or of a letter for a new password, in one language."""
    gettext = load_translations(locale).gettext
    title, said, otherwise = _PASSWORD_TEXTS if sets_password else _INVITATION_TEXTS
    with every_year_written():
        until = gettext("It expires: %(moment)s.") % {"moment": moment_text(expires_at, locale)}
    return NoticeText(gettext(title), (gettext(said), until, gettext(otherwise)))
