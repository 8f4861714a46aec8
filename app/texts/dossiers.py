"""Texts of dossiers: what has become of one, the languages it is written in, refusals."""

from __future__ import annotations

from collections.abc import Mapping

from app.texts.translate import N_

LANGUAGE_NAMES: Mapping[str, str] = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
DOSSIER_STATE_LABELS: Mapping[str, str] = {
    "current": N_("in force"),
    "outdated": N_("the case has gone on since"),
    "erased": N_("data of a person were erased since"),
    "revoked": N_("revoked"),
}
CHECK_TITLES: Mapping[str, str] = {
    "current": N_("Genuine and current"),
    "outdated": N_("Genuine, but not current"),
    "erased": N_("Genuine, but no longer to be used"),
    "revoked": N_("Revoked"),
}
CHECK_TEXTS: Mapping[str, str] = {
    "current": N_("The university made a dossier with this code, and nothing was added to the case since."),
    "outdated": N_(
        "The university made a dossier with this code, but the case has gone on since. Ask for a new dossier "
        "before you rely on this one."
    ),
    "erased": N_(
        "The university made a dossier with this code. Data of a person whom it names were erased since by a lawful "
        "decision. Do not copy or forward it; ask for a new dossier."
    ),
    "revoked": N_(
        "The university made a dossier with this code and has revoked it. Do not rely on it: ask for a new one."
    ),
}
CHECK_NOTE_KINDS: Mapping[str, str] = {
    "current": "good",
    "outdated": "late",
    "erased": "lost",
    "revoked": "lost",
}
DOSSIER_MESSAGES: Mapping[str, str] = {
    "cases.dossier.too_many": N_(
        "You have made many dossiers within an hour. Wait a little; the ones you have made stay valid."
    ),
    "cases.dossier.days_over": N_(
        "Your role covers this case up to %(day)s. A dossier holds the whole case, so none is made for you. Open the "
        "trace of the case, which ends on that day."
    ),
    "cases.dossier.not_yours": N_(
        "A dossier is revoked by who made it, or by the academic office. Ask the academic office."
    ),
    "cases.dossier.revoked_already": N_("Someone else has revoked this dossier already."),
    "cases.dossier.no_code": N_(
        "This is no code of a dossier. It has 28 letters and digits in seven groups of four; look at the first page."
    ),
    "cases.dossier.code_unknown": N_(
        "No dossier has this code. Compare it letter by letter with the paper. If it is the same, the paper is not "
        "from this journal, or its code was changed."
    ),
    "cases.dossier.too_often": N_(
        "Too many unknown codes came from this address. Wait five minutes and try again."
    ),
    "cases.dossier.file_missing": N_("Choose the PDF file of the dossier."),
    "cases.dossier.not_a_pdf": N_(
        "This is not a readable PDF file: it is damaged, or a picture or scan. Choose the file that was handed out."
    ),
}
