"""Single lessons of the timetable: add, move, cancel, and name a substitute; what a change moves is shown first."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from app.journal.courses.title_page import load_title_page
from app.journal.gradebook.access import require_readable_offering
from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS, LESSON_TYPES
from app.journal.tables import Lesson
from app.journal.timetable import queries
from app.journal.timetable.lesson_change_rules import MAX_REASON_LENGTH, LessonConsequences
from app.journal.timetable.lesson_commands import (
    ConsequencesNotSeen,
    LessonPlace,
    NewLesson,
    add_lesson,
    cancel_lesson,
    move_lesson,
    name_substitute,
)
from app.journal.timetable.lesson_queries import load_lesson_changes
from app.kernel import door
from app.kernel.clock import UNIVERSITY_ZONE, local_day, local_time
from app.kernel.db import db
from app.kernel.errors import DepterError, Invalid, Missing, Refused, Stale
from app.kernel.i18n import moment_text, pick_text
from app.kernel.ids import new_id, parse_id
from app.people import queries as people
from app.texts.translate import N_, locale, ngettext
from app.texts.translate import gettext as _
from app.web.core.visitor import allow_access, current_act, request_time
from app.web.labels import gradebook as gradebook_labels
from app.web.labels.messages import error_message, next_step_text, problem_texts_by_field
from app.web.timetable import presenter
from app.web.timetable.form_input import FieldErrors, read_version
from app.web.timetable.routes import blueprint

CHANGE_LABELS = {
    "ADDED": N_("added"),
    "CANCELLED": N_("cancelled"),
    "MOVED": N_("moved"),
    "SUBSTITUTED": N_("given to another teacher"),
}


@blueprint.get("/timetable/lessons/<uuid:lesson>")
@allow_access("timetable.manage")
def show_lesson_change(lesson: UUID) -> str:
    """Show one lesson with the forms that move or cancel it."""
    return _render_lesson(lesson)


def _require_arranged_lesson(lesson_id: UUID) -> tuple[Lesson, queries.TimetabledJournal]:
    """Return a lesson whose timetable the visitor arranges; raises Missing."""
    lesson = db.session.get(Lesson, lesson_id)
    if lesson is None:
        raise Missing
    return lesson, _require_arranged(lesson.offering_id)


def _require_arranged(offering: UUID) -> queries.TimetabledJournal:
    require_readable_offering(current_act(), offering)
    journal = queries.find_timetabled_journal(offering)
    if journal is None or not presenter.may_arrange(journal.institute):
        raise Missing
    return journal


def _render_lesson(lesson_id: UUID, refused: DepterError | None = None, form: str = "") -> str:
    lesson, journal = _require_arranged_lesson(lesson_id)
    names = people.load_names([lesson.teacher_id])
    begins, ends = local_time(lesson.starts_at), local_time(lesson.ends_at)
    stored = {
        "day": begins.date().isoformat(),
        "starts_at": f"{begins:%H:%M}",
        "ends_at": f"{ends:%H:%M}",
        "room": lesson.room,
    }
    shown = refused.consequences if isinstance(refused, ConsequencesNotSeen) else None
    return render_template(
        "timetable/lesson.html",
        lesson=SimpleNamespace(
            id=lesson_id,
            title=pick_text(journal.names, locale()),
            group=journal.group_name,
            line=gradebook_labels.lesson_time_and_type_line(lesson.starts_at, lesson.type),
            room=lesson.room,
            teacher=names[lesson.teacher_id].full if lesson.teacher_id in names else "",
            state=_(gradebook_labels.LESSON_STATE_LABELS[lesson.state]),
            stands=lesson.state in LESSON_STATES_WITHOUT_MARKS,
            version=lesson.version,
            begun=lesson.starts_at <= request_time(),
            lessons_url=url_for("timetable.list_journal_lessons", offering=journal.id),
            page_url=url_for("journal.show_lesson", lesson=lesson_id),
        ),
        place={
            key: request.form.get(key, value) if form == "move" else value for key, value in stored.items()
        },
        reason=request.form.get("reason", ""),
        form=form,
        consequences=_consequence_lines(shown) if shown else None,
        digest=shown.digest if shown else "",
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=_refusal_text(refused) if not shown else "",
        most=MAX_REASON_LENGTH,
        changes=_change_rows(lesson_id),
    )


def _refusal_text(refused: DepterError | None) -> str:
    if refused is None or isinstance(refused, Invalid):
        return ""
    return f"{error_message(refused)} {next_step_text(refused)}".strip()


def _consequence_lines(found: LessonConsequences) -> list[str]:
    """Say what depends on the lesson."""
    lines = []
    if found.roll_taken:
        lines.append(_("Its attendance is recorded."))
    if found.marks:
        text = ngettext("%(n)s mark is recorded.", "%(n)s marks are recorded.", found.marks)
        lines.append(text % {"n": found.marks})
    if found.makeups:
        text = ngettext("%(n)s student makes it up.", "%(n)s students make it up.", found.makeups)
        lines.append(text % {"n": found.makeups})
    if found.cases:
        lines.append(_("Open cases about it: %(numbers)s.") % {"numbers": ", ".join(found.cases)})
    if found.deadline_before is not None:
        before = moment_text(found.deadline_before, locale())
        if found.deadline_after is None:
            lines.append(_("Its attendance would be due by %(before)s.") % {"before": before})
        elif found.deadline_after != found.deadline_before:
            after = moment_text(found.deadline_after, locale())
            text = _("Its attendance is due by %(after)s instead of %(before)s.")
            lines.append(text % {"before": before, "after": after})
    return lines or [_("It has begun.")]


def _change_rows(lesson: UUID) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            label=_(CHANGE_LABELS[one.kind]),
            at=one.at,
            by=one.by,
            reason=one.reason,
            place=_place_text(one.before, one.after) if one.kind == "MOVED" else "",
        )
        for one in load_lesson_changes(lesson)
    ]


def _place_text(before: Any, after: Any) -> str:
    """Return where a lesson was and where it is now."""
    parts = []
    for side in (before, after):
        when = moment_text(datetime.fromisoformat(side["starts_at"]), locale())
        parts.append(f"{when}, {side['room']}" if side["room"] else when)
    return " → ".join(parts)


def _read_place(errors: FieldErrors) -> LessonPlace | None:
    """Read day, times and room of a form; None when one of them has a problem, which is noted."""
    day = errors.read_day(request.form, "day")
    starts_at, ends_at = (
        errors.read_time(request.form, "starts_at"),
        errors.read_time(request.form, "ends_at"),
    )
    for field, at in (("starts_at", starts_at), ("ends_at", ends_at)):
        if at is None and field not in errors.problems:
            errors.add(field, "forms.field.required")
    if day is None or starts_at is None or ends_at is None:
        return None
    room = " ".join(request.form.get("room", "").split())
    return LessonPlace(_moment(day, starts_at), _moment(day, ends_at), room)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, UNIVERSITY_ZONE).astimezone(UTC)


@blueprint.post("/timetable/lessons/<uuid:lesson>/move")
@allow_access("timetable.manage")
def move_single_lesson(lesson: UUID) -> Any:
    """Move a lesson; one that has begun only after what depends on it was shown."""
    _require_arranged_lesson(lesson)
    act, errors = current_act(request.form.get("reason", "")), FieldErrors()
    try:
        place = _read_place(errors)
        errors.raise_if_any()
        assert place is not None
        with door.write(act):
            move_lesson(act, lesson, read_version(request.form), place, request.form.get("confirmed", ""))
    except (Invalid, Stale, Refused) as refused:
        return _render_lesson(lesson, refused, "move"), refused.status
    flash(_("The lesson is moved."), "good")
    return redirect(url_for("timetable.show_lesson_change", lesson=lesson))


@blueprint.post("/timetable/lessons/<uuid:lesson>/cancel")
@allow_access("timetable.manage")
def cancel_single_lesson(lesson: UUID) -> Any:
    """Cancel a lesson with a reason; one that has begun only after what depends on it was shown."""
    _require_arranged_lesson(lesson)
    act = current_act(request.form.get("reason", ""))
    try:
        with door.write(act):
            cancel_lesson(act, lesson, read_version(request.form), request.form.get("confirmed", ""))
    except (Invalid, Stale, Refused) as refused:
        return _render_lesson(lesson, refused, "cancel"), refused.status
    flash(_("The lesson is cancelled."), "good")
    return redirect(url_for("timetable.show_lesson_change", lesson=lesson))


@blueprint.get("/timetable/journals/<uuid:offering>/lessons")
@allow_access("timetable.manage")
def list_journal_lessons(offering: UUID) -> str:
    """List the lessons of a journal, with the forms that add one and that name a substitute."""
    return _render_lessons(offering)


def _render_lessons(offering: UUID, refused: DepterError | None = None, form: str = "") -> str:
    journal = _require_arranged(offering)
    page = load_title_page(require_readable_offering(current_act(), offering))
    staff = _teacher_options(journal)
    today = max(local_day(request_time()), journal.dates.starts_on)
    names = people.load_names(part.person for part in journal.teachers)
    typed = request.form if form else {}
    own = sorted(names.items(), key=lambda one: one[1].sort_key)
    return render_template(
        "timetable/lessons.html",
        journal=SimpleNamespace(
            id=offering,
            title=pick_text(journal.names, locale()),
            group=journal.group_name,
            url=url_for("timetable.show_journal_timetable", offering=offering),
            first=journal.dates.starts_on,
            last=journal.dates.ends_on,
        ),
        lessons=[
            SimpleNamespace(
                url=url_for("timetable.show_lesson_change", lesson=one.id),
                line=gradebook_labels.lesson_time_and_type_line(one.starts_at, one.type),
                state=_(gradebook_labels.LESSON_STATE_LABELS[one.state]),
                topic=one.topic,
                over=one.ends_at < request_time(),
            )
            for one in page.lessons
        ],
        new_id=typed.get("id") if form == "add" else new_id(),
        types=[(type, gradebook_labels.lesson_type_label(type)) for type in LESSON_TYPES],
        teachers=[(str(id), name.full) for id, name in own],
        substitutes=[(str(id), name) for id, name in staff],
        add={
            key: typed.get(key, default) if form == "add" else default
            for key, default in {
                "type": "LECTURE",
                "teacher": str(own[0][0]) if len(own) == 1 else "",
                "day": today.isoformat(),
                "starts_at": "",
                "ends_at": "",
                "room": "",
                "hours": "2",
            }.items()
        },
        substitute={
            key: typed.get(key, default) if form == "substitute" else default
            for key, default in {
                "substitute": "",
                "instead_of": "",
                "first": today.isoformat(),
                "last": today.isoformat(),
            }.items()
        },
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=_refusal_text(refused),
    )


def _teacher_options(journal: queries.TimetabledJournal) -> list[tuple[UUID, str]]:
    """Return everybody who is a teacher today, by name."""
    today = local_day(request_time())
    names = people.load_names(people.load_holder_ids_of_roles(["teacher"], today))
    return [(id, name.full) for id, name in sorted(names.items(), key=lambda one: one[1].sort_key)]


@blueprint.post("/timetable/journals/<uuid:offering>/lessons")
@allow_access("timetable.manage")
def add_single_lesson(offering: UUID) -> Any:
    """Add a single lesson to a journal."""
    _require_arranged(offering)
    act, errors = current_act(), FieldErrors()
    try:
        place, hours = _read_place(errors), errors.read_number(request.form, "hours")
        teacher = errors.read_id(request.form, "teacher")
        errors.raise_if_any()
        assert place is not None and teacher is not None
        lesson = NewLesson(
            parse_id(request.form.get("id")), request.form.get("type", ""), teacher, hours, place
        )
        with door.write(act):
            add_lesson(act, offering, lesson)
    except (Invalid, Refused) as refused:
        return _render_lessons(offering, refused, "add"), refused.status
    flash(_("The lesson is added."), "good")
    return redirect(url_for("timetable.list_journal_lessons", offering=offering))


@blueprint.post("/timetable/journals/<uuid:offering>/substitute")
@allow_access("timetable.manage")
def name_substitute_teacher(offering: UUID) -> Any:
    """Name a substitute of a teacher for some days."""
    _require_arranged(offering)
    act, errors = current_act(), FieldErrors()
    try:
        person = errors.read_id(request.form, "substitute")
        first, last = errors.read_day(request.form, "first"), errors.read_day(request.form, "last")
        errors.raise_if_any()
        assert person is not None and first is not None and last is not None
        text = request.form.get("instead_of", "")
        instead_of = parse_id(text, "instead_of") if text else None
        with door.write(act):
            count = name_substitute(act, offering, person, instead_of, first, last)
    except Invalid as refused:
        return _render_lessons(offering, refused, "substitute"), refused.status
    text = ngettext(
        "%(n)s lesson is given to the substitute.", "%(n)s lessons are given to the substitute.", count
    )
    flash(f"{_('Saved.')} {text % {'n': count}}", "good")
    return redirect(url_for("timetable.list_journal_lessons", offering=offering))
