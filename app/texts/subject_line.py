"""One-line texts of case subjects, from their stored structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from app.kernel.i18n import DATE_STYLE, day_text, load_translations, moment_text, pick_text, shown_number
from app.texts import running_lines
from app.texts.translate import N_

CELL_VALUE_LABELS: Mapping[str, str] = {
    "PRESENT": N_("present"),
    "ABSENT": N_("absent"),
    "EXCUSED": N_("excused"),
    "SICK": N_("sick"),
    "MADE_UP": N_("made up"),
    "": N_("empty"),
}
LESSON_TYPE_LABELS: Mapping[str, str] = {
    "LECTURE": N_("lecture"),
    "PRACTICE": N_("practical class"),
    "LAB": N_("laboratory class"),
    "INDEPENDENT_WORK": N_("independent work"),
    "CONSULTATION": N_("consultation"),
}


def case_subject_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return a case subject as one line:
    "Calculus I, IVT-2-23, Asanova A., Mon 12 Oct, lecture: absent → present"."""
    write_line = SUBJECT_LINE_WRITERS.get(subject.get("kind", ""), _changed_cells_line)
    return write_line(subject, locale) or course_and_group_line(subject, locale)


def _changed_cells_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first changed cell, old and new value, and the number of further cells; "" without cells.

    With several students: the first one, the number of further ones, and the number of marks.
    """
    cells = subject.get("cells") or []
    if not cells:
        return ""
    first, of_several = cells[0], _cells_of_several_students_line(subject, cells, locale)
    if of_several:
        return of_several
    old, new = (cell_value_label(first.get(side, ""), locale) for side in ("old", "new"))
    return f"{_cell_place_text(subject, first, locale)}: {old} → {new}" + _further_cells_count_text(
        cells, locale
    )


def _late_entry_cells_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first cell of a late entry, its kind, and the number of further cells; "" without cells."""
    entries = subject.get("entries") or []
    if not entries:
        return ""
    of_several = _cells_of_several_students_line(subject, entries, locale)
    if of_several:
        return of_several
    gettext = load_translations(locale).gettext
    what = gettext(LATE_ENTRY_KIND_LABELS[late_entry_kind_key(entries[0])])
    return f"{_cell_place_text(subject, entries[0], locale)}: {what}" + _further_cells_count_text(
        entries, locale
    )


def _cells_of_several_students_line(
    subject: Mapping[str, Any], cells: Sequence[Mapping[str, Any]], locale: str
) -> str:
    """Return "Calculus I, IVT-2-23, Asanova A. and 2 more: 5 marks"; "" for cells of fewer than two students."""
    named = [(cell.get("student_id"), cell["student"]) for cell in cells if cell.get("student")]
    names = [name for _id, name in dict.fromkeys(named)]
    if len(names) < 2:
        return ""
    count = load_translations(locale).ngettext("%(n)s mark", "%(n)s marks", len(cells)) % {"n": len(cells)}
    place = (course_and_group_line(subject, locale), students_line({"students": names}, locale))
    return f"{', '.join(part for part in place if part)}: {count}"


def late_entry_kind_key(entry: Mapping[str, Any]) -> str:
    """Return the key in `LATE_ENTRY_KIND_LABELS` of a cell of a late entry; without a student it is the whole roll."""
    return entry["kind"] if entry.get("student") else "ROLL"


LATE_ENTRY_KIND_LABELS: Mapping[str, str] = {
    "ROLL": N_("attendance, late"),
    "ATTENDANCE": N_("attendance, late"),
    "GRADE": N_("grade, late"),
}
EXCUSE_GROUND_LABELS: Mapping[str, str] = {
    "medical": N_("medical document"),
    "event": N_("university event"),
    "trip": N_("business trip"),
    "other": N_("another lawful ground"),
}


def _excuse_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return "Asanova A., 5 - 9 Oct, medical document, 6 lessons"; the document itself is not mentioned."""
    gettext = load_translations(locale).gettext
    parts = [students_line(subject, locale), period_line(subject, locale)]
    ground = EXCUSE_GROUND_LABELS.get(subject.get("ground", ""))
    if ground:
        parts.append(gettext(ground))
    if subject.get("lessons"):
        n = subject["lessons"]
        parts.append(load_translations(locale).ngettext("%(n)s lesson", "%(n)s lessons", n) % {"n": n})
    return ", ".join(part for part in parts if part)


def _confirmed_excuse_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, students and period of a confirmed excuse for a teacher, without its reason (7.1)."""
    parts = [
        course_and_group_line(subject, locale),
        students_line(subject, locale),
        period_line(subject, locale),
        _refused_days_text(subject, locale),
    ]
    return ", ".join(part for part in parts if part)


def _refused_days_text(subject: Mapping[str, Any], locale: str) -> str:
    """Return the days of the lessons that were not confirmed; "" when all of them were."""
    days = "; ".join(day_text(date.fromisoformat(day), locale) for day in subject.get("refused") or ())
    return load_translations(locale).gettext("not confirmed: %(days)s") % {"days": days} if days else ""


def _order_review_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, student and the days that a teacher has to check after an order."""
    days = [day_text(date.fromisoformat(day), locale) for day in subject.get("days") or ()]
    more = subject.get("lessons", 0) - len(days)
    if more > 0:
        days.append(load_translations(locale).gettext("and %(n)s more") % {"n": more})
    parts = [course_and_group_line(subject, locale), students_line(subject, locale), "; ".join(days)]
    return ", ".join(part for part in parts if part)


ORDER_KIND_LABELS: Mapping[str, str] = {
    "ENROL": N_("enrolment"),
    "TRANSFER_IN": N_("transfer from another university"),
    "TRANSFER_GROUP": N_("transfer to another group"),
    "LEAVE": N_("academic leave"),
    "RETURN": N_("return from academic leave"),
    "EXPEL": N_("expulsion"),
    "RESTORE": N_("restoration"),
    "RENAME": N_("change of names"),
    "GRADUATE": N_("graduation"),
}


def _contingent_order_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return kind, number and day of an order about students, the first student and the number of further ones."""
    gettext = load_translations(locale).gettext
    dated = day_text(date.fromisoformat(subject["order_date"]), locale, DATE_STYLE, with_year=True)
    names, count = subject.get("students") or [""], subject.get("count", 0)
    more = gettext("and %(n)s more") % {"n": count - 1} if count > 1 else ""
    kind = ORDER_KIND_LABELS[subject["of"]]
    parts = [gettext(kind), f"№ {subject['order_no']}", dated]
    return ", ".join(part for part in (*parts, " ".join(one for one in (names[0], more) if one)) if part)


def _makeup_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first missed lesson of make-up work and the number of further ones; "" without lessons."""
    missed = subject.get("missed") or []
    if not missed:
        return ""
    return _cell_place_text(
        subject, {**missed[0], "student": subject["student"]}, locale
    ) + _further_cells_count_text(missed, locale)


def _missed_lesson_line(subject: Mapping[str, Any], locale: str) -> str:
    return _cell_place_text(subject, subject, locale)


def _return_from_leave_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return since which day a student is back from leave."""
    since = day_text(date.fromisoformat(subject["date"]), locale)
    return load_translations(locale).gettext("You are back to study since %(day)s") % {"day": since}


def _disputed_cell_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the disputed cell and its value."""
    return f"{_cell_place_text(subject, subject, locale)}: {cell_value_label(subject.get('value'), locale)}"


COMMISSION_KIND_LABELS: Mapping[str, str] = {
    "APPEAL": N_("appeal commission"),
    "AUTHORISED": N_("authorised commission"),
    "ARCHIVE": N_("archive commission"),
}


"""Format of the days of an order; with the year, because they may lie in two years."""


def _commission_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return kind, order number, scope and days of a commission."""
    gettext = load_translations(locale).gettext
    kind = gettext(COMMISSION_KIND_LABELS.get(subject["of"], ""))
    days = " – ".join(
        day_text(date.fromisoformat(subject[end]), locale, DATE_STYLE, with_year=True)
        for end in ("from", "until")
    )
    parts = [kind, f"№ {subject['order_no']}", pick_text(subject.get("scope"), locale), days]
    return ", ".join(part for part in parts if part)


SHEET_KIND_LABELS: Mapping[str, str] = {
    "MODULE1": N_("module 1"),
    "MODULE2": N_("module 2"),
    "FINAL": N_("final"),
    "RETAKE": N_("retake"),
    "SUMMARY_REPORT": N_("summary report"),
}


def _grade_sheet_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, kind and number of a grade sheet."""
    word = SHEET_KIND_LABELS[subject["sheet_kind"]]
    kind = load_translations(locale).gettext(word)
    return ", ".join(
        part for part in (course_and_group_line(subject, locale), kind, subject.get("number", "")) if part
    )


def _grade_sheet_and_students_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return a grade sheet and the students whose lines are concerned."""
    return f"{_grade_sheet_line(subject, locale)}: {students_line(subject, locale)}"


def _appeal_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return journal, student, kind and number of the sheet of an appeal or a correction."""
    if not subject["sheet_kind"]:
        # A change of cells before a commission: it has no result.
        return _changed_cells_line(subject, locale)
    word = SHEET_KIND_LABELS[subject["sheet_kind"]]
    kind = load_translations(locale).gettext(word)
    parts = (
        course_and_group_line(subject, locale),
        subject.get("student", ""),
        kind,
        subject.get("number", ""),
    )
    return ", ".join(part for part in parts if part)


MAX_EXAMS_IN_LINE = 12
"""Exams listed in one line: more than any group has in a session; further exams are only counted."""


def _rescheduled_exams_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the new and the former day of each exam; beyond the maximum exams are only counted."""
    exams = subject["exams"]
    lines = "; ".join(_rescheduled_exam_line(exam, locale) for exam in exams[:MAX_EXAMS_IN_LINE])
    return lines + _further_cells_count_text(exams[MAX_EXAMS_IN_LINE - 1 :], locale)


def _rescheduled_exam_line(exam: Mapping[str, Any], locale: str) -> str:
    """Return discipline and group of an exam with its new day, and its former day if it had one."""
    gettext = load_translations(locale).gettext
    days = {
        key: day_text(date.fromisoformat(exam[key]), locale) if exam[key] else gettext("no day")
        for key in ("day", "before")
    }
    text = gettext("%(exam)s: %(day)s, was %(before)s") if exam["before"] else gettext("%(exam)s: %(day)s")
    return text % {"exam": course_and_group_line(exam, locale), **days}


def _changed_lessons_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return discipline and group with each changed lesson; beyond the maximum lessons are only counted."""
    lessons = subject["lessons"]
    lines = "; ".join(_changed_lesson_text(one, locale) for one in lessons[:MAX_EXAMS_IN_LINE])
    return (
        f"{course_and_group_line(subject, locale)}: {lines}"
        f"{_further_cells_count_text(lessons[MAX_EXAMS_IN_LINE - 1 :], locale)}"
    )


LESSON_CHANGE_TEXTS = {
    "ADDED": N_("new lesson %(at)s, %(room)s"),
    "CANCELLED": N_("cancelled: %(before)s"),
    "MOVED": N_("%(before)s → %(at)s, %(room)s"),
    "SUBSTITUTED": N_("%(at)s is taught by %(teacher)s"),
}


def _changed_lesson_text(one: Mapping[str, Any], locale: str) -> str:
    """Return when a lesson was, and when, where and by whom it is now."""
    moments = {
        key: moment_text(datetime.fromisoformat(one[key]), locale) if one[key] else ""
        for key in ("before", "at")
    }
    gettext = load_translations(locale).gettext
    values = {**moments, "room": one["room"] or "–", "teacher": one["teacher"]}
    text = LESSON_CHANGE_TEXTS[one["change"]]
    return gettext(text) % values


def students_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return the first student of a subject and the number of further students; "" without students."""
    names = subject.get("students") or []
    return (names[0] + _further_cells_count_text(names, locale)) if names else ""


def period_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return first and last day of a subject; one day is written once; "" without a period."""
    if not subject.get("from"):
        return ""
    days = [day_text(date.fromisoformat(subject[end]), locale) for end in ("from", "to")]
    return days[0] if days[0] == days[1] else " – ".join(days)


def _general_request_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return about whom or what a general request is."""
    parts = [
        course_and_group_line(subject, locale),
        students_line(subject, locale),
        pick_text(subject.get("unit"), locale),
    ]
    return ", ".join(part for part in parts if part)


SUBJECT_LINE_WRITERS: Mapping[str, Callable[[Mapping[str, Any], str], str]] = {
    "entries": _late_entry_cells_line,
    "excuse": _excuse_line,
    "excused": _confirmed_excuse_line,
    "makeup": _makeup_line,
    "dispute": _disputed_cell_line,
    "commission": _commission_line,
    "appeal": _appeal_line,
    "correction": _appeal_line,
    "sheet": _grade_sheet_line,
    "review": _order_review_line,
    "order_review": _order_review_line,
    "contingent_order": _contingent_order_line,
    "lesson": _missed_lesson_line,
    "return": _return_from_leave_line,
    "lines": _grade_sheet_and_students_line,
    "exams": _rescheduled_exams_line,
    "lessons": _changed_lessons_line,
    "request": _general_request_line,
    "backup_schedule": running_lines.backup_schedule_line,
    "restore_drill": running_lines.restore_drill_line,
    "opening": running_lines.journal_opening_line,
    "scheme": running_lines.grading_scheme_line,
    "access": running_lines.access_line,
}
"""Function that writes the line, by kind of subject; a subject without a kind is a change of cells."""


def _cell_place_text(subject: Mapping[str, Any], cell: Mapping[str, Any], locale: str) -> str:
    """Return the place of a cell: discipline, group, student, day and type of the lesson."""
    parts = [course_and_group_line(subject, locale), cell.get("student", "")]
    if cell.get("date"):
        parts.append(day_text(date.fromisoformat(cell["date"]), locale))
    if cell.get("lesson_type"):
        word = LESSON_TYPE_LABELS.get(cell["lesson_type"], cell["lesson_type"])
        parts.append(load_translations(locale).gettext(word))
    return ", ".join(part for part in parts if part)


def _further_cells_count_text(cells: Sequence[Any], locale: str) -> str:
    """Return " and n more" for all elements but the first; "" for fewer than two."""
    if len(cells) < 2:
        return ""
    return " " + load_translations(locale).gettext("and %(n)s more") % {"n": len(cells) - 1}


def course_and_group_line(subject: Mapping[str, Any], locale: str) -> str:
    """Return discipline and group only, without personal data, so that it may be sent by mail."""
    return ", ".join(
        part for part in (pick_text(subject.get("course"), locale), subject.get("group", "")) if part
    )


def cell_value_label(value: str | None, locale: str) -> str:
    """Return the value of a cell as text: a status of annex 2, or the points themselves."""
    text = CELL_VALUE_LABELS.get(value or "")
    return load_translations(locale).gettext(text) if text else shown_number(value or str(value), locale)
