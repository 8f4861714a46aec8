"""Pages of journals: list, one journal with its teachers; add, change credits, name teachers, end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for

from app.journal.courses import journal_commands as commands
from app.journal.courses.state_rules import JOURNAL_STATES
from app.journal.courses.structure_queries import (
    JournalCard,
    find_journal_card,
    load_journals_page,
)
from app.journal.semesters.queries import load_all_semesters
from app.kernel.errors import Missing
from app.kernel.i18n import pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access
from app.web.labels.journal_states import JOURNAL_STATE_LABELS
from app.web.structure import presenter
from app.web.structure.form_input import StructureForm, read_journal, read_last_day, read_teaching
from app.web.structure.journal_views import (
    chosen_teaching,
    journal_facts,
    journal_forms,
    new_journal_form,
    teacher_notes,
    teacher_removal_question,
    teachers_table,
)
from app.web.structure.presenter import PAGE_SIZE, RefusedForm, cell, save_form
from app.web.structure.routes import blueprint

MANAGE = commands.MANAGE_JOURNALS


@blueprint.get("/structure/journals")
@allow_access("structure.read")
def list_journals(refused: RefusedForm | None = None) -> str:
    """List journals by discipline and group, with the form to add one."""
    units, text, allowed = people.load_unit_tree(), presenter.query_text(), presenter.reach()
    chosen, semesters = presenter.chosen_unit(units), load_all_semesters()
    semester = parse_id(request.args["semester"], "semester") if request.args.get("semester") else None
    below = presenter.unit_and_below(units, chosen) if chosen else None
    after = presenter.page_key(3)
    state = request.args.get("state", "")
    if state not in JOURNAL_STATES:
        state = ""
    found = load_journals_page(allowed, below, semester, text, after, PAGE_SIZE + 1, state)  # type: ignore[arg-type]
    rows, last = found[:PAGE_SIZE], found[PAGE_SIZE - 1] if len(found) > PAGE_SIZE else None
    labels = [(one.id, semester_title(one.names, one.year)) for one in semesters]
    options = presenter.unit_options(units, {one.kind for one in units.values()}, allowed)
    manages = presenter.may_manage_somewhere(MANAGE)
    form = new_journal_form(refused) if manages else None
    return render_template(
        "structure/list.html",
        title=_("Journals"),
        tabs=presenter.structure_tabs("journals"),
        refused=presenter.refusal_text(refused),
        url=url_for("structure.list_journals"),
        filters=[
            presenter.unit_filter(options, chosen),
            presenter.list_filter("semester", _("Any semester"), labels, semester),
            presenter.list_filter(
                "state",
                _("Any state"),
                [(one, _(JOURNAL_STATE_LABELS[one])) for one in JOURNAL_STATES],
                state,
            ),
        ],
        q=text,
        columns=[
            _("Discipline"),
            _("Group"),
            _("Semester"),
            _("Credits"),
            _("Hours"),
            _("Teachers"),
            _("State"),
        ],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(
                        f"{one.code} {pick_text(one.names, locale())}",
                        url_for("structure.show_journal", offering=one.id),
                    ),
                    cell(one.group),
                    cell(semester_title(one.semester, one.academic_year)),
                    cell(presenter.credits_text(one.credits)),
                    cell(one.planned_hours or ""),
                    cell(", ".join(one.teachers) or _("nobody yet")),
                    cell(
                        _(JOURNAL_STATE_LABELS[one.state]),
                        url_for("openings.show_journal_state", offering=one.id),
                    ),
                ],
                depth=0,
                ends_on=one.ends_on,
            )
            for one in rows
        ],
        next=presenter.next_url(
            "structure.list_journals",
            (last.code, last.group, last.id) if last else None,
            q=text,
            unit=chosen,
            semester=semester,
            state=state,
        ),
        empty=presenter.empty_list(
            bool(text or chosen or semester or state),
            _("There are no journals yet"),
            None if form else _("Add a semester, a group and a discipline first, or import a roster."),
            _("Add the first one below.") if manages else _("The academic office adds them."),
            units,
        ),
        form=form,
    )


@blueprint.post("/structure/journals")
@allow_access("journals.manage")
def add_journal() -> Any:
    """Add a journal."""
    offering = parse_id(request.form.get("id"))

    def read() -> Any:
        edit = read_journal(request.form)
        return lambda act: commands.add_journal(act, offering, edit)

    return save_form("add", read, list_journals, url_for("structure.show_journal", offering=offering))


@blueprint.get("/structure/journals/<uuid:offering>")
@allow_access("structure.read")
def show_journal(offering: UUID, refused: RefusedForm | None = None) -> str:
    """Show one journal with its teachers, and the forms that change and end it."""
    card = _require_readable_journal(offering)
    manages = presenter.may_manage(MANAGE, card.department, card.institute)
    chosen = chosen_teaching(card) if manages else None
    names = people.load_names({one.person_id for one in card.teachers})
    return render_template(
        "structure/one.html",
        title=f"{pick_text(card.names, locale())}, {card.group_name}",
        back=SimpleNamespace(label=_("Journals"), url=url_for("structure.list_journals")),
        refused=presenter.refusal_text(refused),
        notes=teacher_notes(card),
        facts=journal_facts(card),
        tables=[teachers_table(card, names, manages)],
        forms=journal_forms(card, chosen, names, refused) if manages else [],
        removal=teacher_removal_question(card, chosen, names) if manages else None,
    )


def _require_readable_journal(offering: UUID) -> JournalCard:
    """Return a journal that the visitor may read. Raises Missing."""
    card = find_journal_card(offering)
    if card is None:
        raise Missing
    presenter.require_in_reach(card.department, card.institute)
    return card


@blueprint.post("/structure/journals/<uuid:offering>")
@allow_access("journals.manage")
def change_journal(offering: UUID) -> Any:
    """Change the credits of a journal."""
    _require_readable_journal(offering)

    def read() -> Any:
        form, seen = StructureForm(request.form), request.form.get("seen", "")
        credits = form.credits()
        form.raise_if_any()
        return lambda act: commands.change_journal(act, offering, seen, credits)

    page = url_for("structure.show_journal", offering=offering)
    return save_form("change", read, lambda refused: show_journal(offering, refused), page)


@blueprint.post("/structure/journals/<uuid:offering>/end")
@allow_access("journals.manage")
def end_journal(offering: UUID) -> Any:
    """Set the last day of a journal."""
    _require_readable_journal(offering)

    def read() -> Any:
        last, seen = read_last_day(request.form), request.form.get("seen", "")
        return lambda act: commands.end_journal(act, offering, seen, last)

    page = url_for("structure.show_journal", offering=offering)
    return save_form("end", read, lambda refused: show_journal(offering, refused), page)


@blueprint.post("/structure/journals/<uuid:offering>/teachers")
@allow_access("journals.manage")
def add_teacher(offering: UUID) -> Any:
    """Name a teacher of a journal."""
    _require_readable_journal(offering)
    teaching = parse_id(request.form.get("id"))

    def read() -> Any:
        new = read_teaching(request.form)
        return lambda act: commands.add_teacher(act, teaching, offering, new)

    page = url_for("structure.show_journal", offering=offering)
    return save_form("teacher", read, lambda refused: show_journal(offering, refused), page)


@blueprint.post("/structure/journals/<uuid:offering>/teachers/change")
@allow_access("journals.manage")
def change_teacher(offering: UUID) -> Any:
    """Correct the part and days of a teacher."""
    card = _require_readable_journal(offering)
    chosen = chosen_teaching(card)
    if chosen is None:
        raise Missing
    teaching, person = chosen.id, chosen.person_id

    def read() -> Any:
        new, seen = read_teaching(request.form, person), request.form.get("seen", "")
        return lambda act: commands.change_teacher(
            act, offering, teaching, seen, new.part, new.first, new.last
        )

    page = url_for("structure.show_journal", offering=offering)
    return save_form("teaching", read, lambda refused: show_journal(offering, refused), page)


@blueprint.post("/structure/journals/<uuid:offering>/teachers/remove")
@allow_access("journals.manage")
def remove_teacher(offering: UUID) -> Any:
    """Take out a teacher who has not begun."""
    card = _require_readable_journal(offering)
    chosen = chosen_teaching(card)
    if chosen is None:
        raise Missing
    teaching = chosen.id
    page = url_for("structure.show_journal", offering=offering)
    return save_form(
        "removal",
        lambda: lambda act: commands.remove_teacher(act, offering, teaching),
        lambda refused: show_journal(offering, refused),
        page,
    )
