"""The history of a case on paper: every entry with person, office, words and form as filled; decisions; clauses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.cases.queries.case_details import CaseView
from app.cases.queries.case_history import HistoryEntryView
from app.cases.rules import DECISION_FORM_FIELD
from app.forms.form_file import SUBJECT_FIELD_KINDS, Form, FormField
from app.kernel.i18n import moment_text, pick_text
from app.people.queries import PersonName
from app.regulation.clauses import clause_by_number
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.cases.request_facts import form_answer_text
from app.web.dossiers.offices import OfficeBook
from app.web.labels.cases import (
    KEPT_FILE_TEXT,
    decision_or_choice_label,
    element_title,
    history_event_view,
)
from app.web.labels.clauses import clause_label

Section = dict[str, Any]


def timeline_section(
    view: CaseView, names: Mapping[UUID, PersonName], book: OfficeBook, hidden: bool
) -> Section:
    """Return the history: title, moment, person with office, words, form as filled of every entry."""
    files = {str(file.id): file.name or _("File") for file in view.files}
    return {
        "heading": _("History"),
        "note": _("Every entry with the office that its person held at that time."),
        "form_word": _("The form as filled"),
        "events": [_event(entry, view, names, book, files, hidden) for entry in view.history_entries],
    }


def _event(
    entry: HistoryEntryView,
    view: CaseView,
    names: Mapping[UUID, PersonName],
    book: OfficeBook,
    files: Mapping[str, str],
    hidden: bool,
) -> dict[str, Any]:
    """Return one entry as texts."""
    shown = history_event_view(entry, view.published, view.subject, locale(), files.keys())
    lines = [
        f"{change.label}: {change.old or '–'} → {change.new or '–'}".removeprefix(": ")
        for change in shown.changes
    ]
    lines += [files.get(str(entry.answers["file"]), _("File")) for _file in shown.files]
    lines += [shown.reset] if shown.reset else []
    lines += [f"{_('Clause')} {clause_label(shown.clause)}"] if shown.clause else []
    return {
        "title": shown.title,
        "at": moment_text(entry.at, locale()),
        "who": _who_acted(entry, view, names, book),
        "lines": lines,
        # A file is named by the words of its entry: it stands among the lines already.
        "words": "" if shown.files else shown.text,
        "fields": [] if hidden else _filled_fields(entry, view, files),
    }


def _who_acted(
    entry: HistoryEntryView, view: CaseView, names: Mapping[UUID, PersonName], book: OfficeBook
) -> str:
    """Return full name, office at that time and on whose behalf; "the system" for nobody."""
    if entry.person is None:
        return _("The system")
    name = names[entry.person].full if entry.person in names else entry.name
    office = _office_of_entry(entry, view, book)
    said = f"{name} ({office})" if office else name
    if not entry.behalf:
        return said
    return _("%(person)s on behalf of %(principal)s") % {"person": said, "principal": entry.behalf}


def _office_of_entry(entry: HistoryEntryView, view: CaseView, book: OfficeBook) -> str:
    """Return the office in which the person of an entry acted; "" for nobody."""
    if entry.person is None:
        return ""
    task = next((task for task in view.tasks if task.id == entry.task_id), None)
    role = entry.role or (task.role if task and entry.kind == "completed" else None)
    return book.acted_as(entry.person, entry.at, role, task.unit_id if task else None, entry.behalf)


def _form_of_entry(entry: HistoryEntryView, view: CaseView) -> Form | None:
    """Return the form that an entry filled, of the version of the case; None when it filled none."""
    if view.published is None:
        return None
    if entry.kind == "started":
        return view.published.forms.get(f"{view.published.key}.start")
    task = view.published.model.user_tasks.get(entry.element or "") if entry.kind == "completed" else None
    return view.published.forms.get(task.form) if task else None


def _filled_fields(
    entry: HistoryEntryView, view: CaseView, files: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return label and answer of each field of a form as it was filled; words and subject stand elsewhere."""
    form = _form_of_entry(entry, view)
    found = []
    for item in form.fields if form else ():
        answer = entry.answers.get(item.key)
        if item.key == DECISION_FORM_FIELD and entry.decision:
            answer = entry.decision
        if answer in (None, "", []) or item.kind in SUBJECT_FIELD_KINDS or isinstance(answer, Mapping):
            continue
        found.append((pick_text(item.label, locale()), _answer_text(item, answer, files)))
    return found


def _answer_text(item: FormField, answer: Any, files: Mapping[str, str]) -> str:
    """Return an answer in words; files by their names."""
    if item.kind == "file":
        ids = answer if isinstance(answer, list) else [answer]
        return ", ".join(files.get(str(one), _(KEPT_FILE_TEXT)) for one in ids)
    if isinstance(answer, list):
        return ", ".join(form_answer_text(item, one) for one in answer)
    return form_answer_text(item, answer)


def decision_sheet(
    view: CaseView, names: Mapping[UUID, PersonName], book: OfficeBook
) -> dict[str, Any] | None:
    """Return the decisions: step, decision, person, office at that time, on whose behalf, when; None without one."""
    rows = [
        [
            element_title(view.published, entry.element, locale()),
            decision_or_choice_label(entry, view.published, locale()),
            names[entry.person].full if entry.person in names and entry.person else entry.name,
            _office_of_entry(entry, view, book),
            entry.behalf or "–",
            moment_text(entry.at, locale()),
        ]
        for entry in view.history_entries
        if entry.kind == "completed" and entry.decision
    ]
    if not rows:
        return None
    return {
        "heading": _("Decisions"),
        "note": "",
        "widths": [3, 2, 3, 3, 2, 2],
        "head": [
            _("Step"),
            _("Decision"),
            _("Person"),
            _("Office at that time"),
            _("On whose behalf"),
            _("When"),
        ],
        "rows": rows,
    }


def clauses_of_case(view: CaseView) -> list[tuple[str, str]]:
    """Return title with number, and words, of each clause that the case, its tasks or its history cite."""
    cited = {view.published.model.clause} if view.published else set()
    cited |= {task.clause for task in view.tasks}
    cited |= {entry.clause for entry in view.history_entries if entry.clause}
    found = []
    for number in sorted(cited - {""}, key=_clause_order):
        try:
            clause = clause_by_number(number)
        except KeyError:
            continue
        title = pick_text(clause.titles, locale())
        found.append((f"{clause_label(number)}. {title}", pick_text(clause.says, locale())))
    return found


def _clause_order(number: str) -> list[int]:
    """Return the parts of a clause number for sorting; annexes last."""
    return [int(part) if part.isdigit() else 99 for part in number.split(".")]
