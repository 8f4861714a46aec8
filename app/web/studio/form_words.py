"""Words of the form editor: kinds of fields, languages, and who reads a field."""

from __future__ import annotations

from collections.abc import Mapping

from app.diagrams import form_readers
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.studio.words import START_VARIABLE_LABELS

LANGUAGE_NAMES: Mapping[str, str] = {"ky": "Кыргызча", "ru": "Русский", "en": "English"}
PLAIN_KIND_LABELS: Mapping[str, str] = {
    "text": N_("One line of text"),
    "textarea": N_("Several lines of text"),
    "number": N_("Number"),
    "date": N_("Day"),
    "radio": N_("Choice, all answers shown"),
    "select": N_("Choice from a list"),
    "checkbox": N_("Box to tick"),
    "file": N_("Files"),
}
SUBJECT_KIND_LABELS: Mapping[str, str] = {
    "period": N_("the days of absence"),
    "absences": N_("the absences that count"),
    "refused_absences": N_("the absences of a refused document"),
    "blockers": N_("what keeps the sheet open"),
    "hearing_step": N_("the step of the hearing"),
    "protocol_written": N_("the written minutes"),
    "makeup_task": N_("the task of the make-up work"),
    "makeup_result": N_("the result of the make-up work"),
}
READER_LABELS: Mapping[str, str] = {
    form_readers.CONDITION: N_("Path «%(title)s»: its condition"),
    form_readers.INPUT: N_("Operation «%(title)s»: its input «%(name)s»"),
    form_readers.APPROVAL: N_("Step «%(title)s»: its approval"),
    form_readers.NEEDED: N_("Field «%(name)s» of this form: needed with its answers"),
    form_readers.SUBJECT: N_("The subject that this form makes"),
}


def field_kind_label(kind: str) -> str:
    """Return the words for a kind of field; the kind itself for an unknown one."""
    label = PLAIN_KIND_LABELS.get(kind) or SUBJECT_KIND_LABELS.get(kind) or START_VARIABLE_LABELS.get(kind)
    return _(label) if label else kind
