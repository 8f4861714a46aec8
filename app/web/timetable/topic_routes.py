"""The topic plan of a journal: typed or pasted by its teachers, copied from another journal of the discipline."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.journal.courses.title_page import load_title_page
from app.journal.gradebook.access import require_readable_offering
from app.journal.timetable.topic_plans import (
    copy_topic_plan,
    load_copy_sources,
    load_topic_plan,
    may_write_topic_plan,
    write_topic_plan,
)
from app.journal.timetable.topic_rules import TopicLine, deviates_from_plan, read_topic_lines, topic_key
from app.kernel import door
from app.kernel.errors import DepterError, Invalid, Stale
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.texts.translate import locale, ngettext
from app.web.core.visitor import allow_access, current_act
from app.web.courses.title_page import journal_tabs
from app.web.labels.gradebook import lesson_time_and_type_line, lesson_type_label
from app.web.labels.messages import error_message, problem_texts_by_field
from app.web.timetable.form_input import read_version

blueprint = Blueprint("topics", __name__)


@blueprint.get("/journal/<uuid:offering>/topics")
@allow_access("journal.read")
def show_topic_plan(offering: UUID) -> str:
    """Show the topic plan with what of it is taught, the lessons that deviate, and forms for the teachers."""
    return _render_plan(offering)


def _render_plan(offering: UUID, refused: DepterError | None = None) -> str:
    act = current_act()
    state = require_readable_offering(act, offering)
    plan, page = load_topic_plan(offering), load_title_page(state)
    names = people.load_names([plan.changed_by])
    taught = {topic_key(one.topic) for one in page.lessons if one.topic and one.is_in_study_calendar}
    typed = request.form.get("topics") if refused is not None else None
    writes = may_write_topic_plan(act, state)
    return render_template(
        "journal/topics.html",
        offering=SimpleNamespace(
            id=offering,
            title=pick_text(state.names, locale()),
            group=state.group_name,
            views=journal_tabs(offering, "topics"),
        ),
        plan=SimpleNamespace(
            version=plan.version,
            by=names[plan.changed_by].full if plan.changed_by in names else "",
            at=plan.changed_at,
            rows=[
                SimpleNamespace(
                    number=number,
                    type=lesson_type_label(one.type),
                    hours=one.hours,
                    topic=one.topic,
                    taught=topic_key(one.topic) in taught,
                )
                for number, one in enumerate(plan.lines, 1)
            ],
        ),
        deviating=[
            SimpleNamespace(
                line=lesson_time_and_type_line(one.starts_at, one.type),
                topic=one.topic,
                url=url_for("journal.show_lesson", lesson=one.id),
            )
            for one in page.lessons
            if one.is_in_study_calendar and deviates_from_plan(one.topic, plan.lines)
        ],
        writes=writes,
        text=typed if typed is not None else _plan_text(plan.lines),
        sources=[
            (str(one.offering), f"{one.group}, {pick_text(one.semester, locale())}, {one.year}")
            for one in (load_copy_sources(offering) if writes else ())
        ],
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=error_message(refused) if refused is not None and not isinstance(refused, Invalid) else "",
    )


def _plan_text(lines: tuple[TopicLine, ...]) -> str:
    """Return a plan as its form shows it: type, hours and topic of each line."""
    return "\n".join(f"{lesson_type_label(one.type).split()[0]}; {one.hours}; {one.topic}" for one in lines)


@blueprint.post("/journal/<uuid:offering>/topics")
@allow_access("journal.read")
def save_topic_plan(offering: UUID) -> Any:
    """Replace the topic plan by what was typed or pasted."""
    act = current_act()
    require_readable_offering(act, offering)
    try:
        lines, version = read_topic_lines(request.form.get("topics", "")), read_version(request.form)
        with door.write(act):
            write_topic_plan(act, offering, version, lines)
    except (Invalid, Stale) as refused:
        return _render_plan(offering, refused), refused.status
    text = ngettext("Saved: %(n)s topic.", "Saved: %(n)s topics.", len(lines))
    flash(text % {"n": len(lines)}, "good")
    return redirect(url_for("topics.show_topic_plan", offering=offering))


@blueprint.post("/journal/<uuid:offering>/topics/copy")
@allow_access("journal.read")
def take_over_topic_plan(offering: UUID) -> Any:
    """Replace the topic plan by that of another journal of the discipline."""
    act = current_act()
    require_readable_offering(act, offering)
    try:
        source, version = parse_id(request.form.get("source"), "source"), read_version(request.form)
        with door.write(act):
            count = copy_topic_plan(act, offering, version, source)
    except (Invalid, Stale) as refused:
        return _render_plan(offering, refused), refused.status
    flash(ngettext("Saved: %(n)s topic.", "Saved: %(n)s topics.", count) % {"n": count}, "good")
    return redirect(url_for("topics.show_topic_plan", offering=offering))
