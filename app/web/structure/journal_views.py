"""Views of the page of a journal: facts, teachers, and the forms that change and end it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import request, url_for

from app.journal.courses import journal_commands as commands
from app.journal.courses.structure_queries import (
    JournalCard,
    load_disciplines_going_on,
)
from app.journal.courses.structure_rules import MAX_CREDITS, TEACHING_PARTS
from app.journal.semesters.queries import load_all_semesters
from app.journal.tables import Offering, Teaching
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id
from app.people import queries as people
from app.people.queries.structure import load_groups_going_on
from app.people.row_changes import load_row, row_digest
from app.texts.semesters import semester_title
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.courses.title_page import TEACHING_PART_LABELS
from app.web.labels.journal_states import JOURNAL_STATE_LABELS
from app.web.structure import presenter
from app.web.structure.presenter import RefusedForm, cell


def new_journal_form(refused: RefusedForm | None) -> SimpleNamespace | None:
    """Build the form of a new journal; None while there is no discipline, group or semester to choose.

    A head of department has groups of every institute to choose from, a directorate disciplines of every department.
    """
    day = presenter.today()
    courses = [
        (one.id, f"{one.code} {pick_text(one.names, locale())}")
        for one in load_disciplines_going_on(None, day)
    ]
    groups = [(one.id, one.name) for one in load_groups_going_on(None, day)]
    semesters = [
        (one.id, semester_title(one.names, one.year))
        for one in load_all_semesters()
        if one.dates.ends_on >= day
    ]
    if not (courses and groups and semesters):
        return None
    return presenter.form_view(
        "add",
        _("Add a journal"),
        url_for("structure.add_journal"),
        [
            presenter.choice_field("course", _("Discipline"), courses),
            presenter.choice_field("group", _("Group"), groups),
            presenter.choice_field("semester", _("Semester"), semesters),
            _credits_field(),
            *presenter.hours_fields(),
        ],
        _("Add the journal"),
        refused,
        values={"semester": semesters[0][0] if len(semesters) == 1 else None},
        hidden={"id": new_id()},
        draft="journal",
        text=_(
            "A stream has a journal for each of its groups. "
            "Without credits and hours those of the curriculum are taken."
        ),
    )


def _credits_field() -> SimpleNamespace:
    return presenter.number_field("credits", _("Credits"), 0, int(MAX_CREDITS), step=0.5)


def chosen_teaching(card: JournalCard) -> Teaching | None:
    """Return the teacher of the journal whose part is to be corrected."""
    text = request.values.get("teaching", "")
    return next((one for one in card.teachers if str(one.id) == text), None)


def teacher_notes(card: JournalCard) -> list[str]:
    """Return notes about teachers: none at all, or somebody without the role of a teacher."""
    if not card.teachers:
        return [_("This journal has no teacher yet.")]
    holders = set(people.load_holder_ids_of_roles(["teacher"], presenter.today()))
    if all(one.person_id in holders for one in card.teachers):
        return []
    return [_("A teacher does not hold the role of a teacher. IT gives it on the page of the person.")]


def journal_facts(card: JournalCard) -> list[SimpleNamespace]:
    """Return the facts of a journal with links."""
    units = people.load_unit_tree()
    hours = presenter.hours_text(card.hours) or str(card.planned_hours or "")
    texts = (
        (
            _("Discipline"),
            f"{card.code} {pick_text(card.names, locale())}",
            url_for("structure.show_discipline", course_id=card.course),
        ),
        (_("Group"), card.group_name, url_for("structure.show_group", group_id=card.group)),
        (_("Department"), presenter.unit_name(units, card.department), None),
        (_("Institute or college"), presenter.unit_name(units, card.institute), None),
        (_("Semester"), semester_title(card.semester_names, card.academic_year), None),
        (_("Credits"), presenter.credits_text(card.credits), None),
        (
            _("Planned hours"),
            hours or _("none yet"),
            url_for("timetable.show_journal_timetable", offering=card.id),
        ),
        (_("Last day"), presenter.day_words(card.ends_on), None),
        (_("Journal"), _("Marks"), url_for("journal.show_journal_grid", offering=card.id)),
        (
            _("State"),
            _(JOURNAL_STATE_LABELS[card.state]),
            url_for("openings.show_journal_state", offering=card.id),
        ),
    )
    return [SimpleNamespace(label=label, text=text, url=url) for label, text, url in texts]


def teachers_table(card: JournalCard, names: Any, manages: bool) -> SimpleNamespace:
    """Build the table of teachers; those who manage the journal open a row to correct it."""
    page = url_for("structure.show_journal", offering=card.id)
    return SimpleNamespace(
        title=_("Teachers"),
        text="",
        columns=[_("Name"), _("Part"), _("From"), _("Until")],
        rows=[
            SimpleNamespace(
                cells=[
                    cell(
                        names[one.person_id].full, f"{page}?teaching={one.id}#teaching" if manages else None
                    ),
                    cell(_(TEACHING_PART_LABELS[one.part])),
                    presenter.day_or_dash(one.starts_on),
                    presenter.day_or_dash(one.ends_on),
                ],
                depth=0,
                ends_on=None,
            )
            for one in card.teachers
        ],
        empty=_("Nobody yet."),
        link=None,
    )


def journal_forms(
    card: JournalCard, chosen: Teaching | None, names: Any, refused: RefusedForm | None
) -> list[SimpleNamespace]:
    """Build the forms of a journal: teachers, credits, last day."""
    row = load_row(Offering, card.id)
    seen = row_digest(row, commands.JOURNAL_COLUMNS)
    reason = presenter.text_field(
        "reason", _("Why"), required=False, max=500, help=_("Needed when the journal has marks.")
    )
    end = presenter.end_form(
        url_for("structure.end_journal", offering=card.id),
        _("End the journal"),
        card.ends_on,
        seen,
        refused,
        more=[reason],
    )
    return [
        *([_correct_teacher_form(card, chosen, names, refused)] if chosen else []),
        _add_teacher_form(card, refused),
        presenter.form_view(
            "change",
            _("Change the credits"),
            url_for("structure.change_journal", offering=card.id),
            [_credits_field()],
            _("Save the credits"),
            refused,
            values={"credits": presenter.credits_text(card.credits)},
            hidden={"seen": seen},
            draft=f"journal:{card.id}",
        ),
        end,
    ]


def _part_and_days_fields() -> list[Any]:
    """Return the fields of a part and of its days."""
    parts = [(part, _(TEACHING_PART_LABELS[part])) for part in TEACHING_PARTS]
    return [
        presenter.choice_field("part", _("Part"), parts),
        presenter.day_field("from", _("First day"), required=True),
        presenter.day_field("until", _("Last day")),
    ]


def _add_teacher_form(card: JournalCard, refused: RefusedForm | None) -> SimpleNamespace:
    """Build the form that names a teacher."""
    return presenter.form_view(
        "teacher",
        _("Name a teacher"),
        url_for("structure.add_teacher", offering=card.id),
        [
            presenter.choice_field("teacher", _("Teacher"), presenter.staff_options()),
            *_part_and_days_fields(),
        ],
        _("Name the teacher"),
        refused,
        values={"part": "" if card.teachers else "LECTURER", "from": card.starts_on.isoformat()},
        hidden={"id": new_id()},
        draft=f"teacher:{card.id}",
        is_open=not card.teachers,
    )


def _correct_teacher_form(
    card: JournalCard, chosen: Teaching, names: Any, refused: RefusedForm | None
) -> SimpleNamespace:
    """Build the form that corrects the part and days of a teacher."""
    return presenter.form_view(
        "teaching",
        names[chosen.person_id].full,
        url_for("structure.change_teacher", offering=card.id),
        _part_and_days_fields(),
        _("Save the part and days"),
        refused,
        values={
            "part": chosen.part,
            "from": chosen.starts_on.isoformat(),
            "until": chosen.ends_on.isoformat() if chosen.ends_on else "",
        },
        hidden={"teaching": chosen.id, "seen": row_digest(chosen, commands.TEACHING_COLUMNS)},
        draft=f"teaching:{chosen.id}",
        is_open=True,
    )


def teacher_removal_question(
    card: JournalCard, chosen: Teaching | None, names: Any
) -> SimpleNamespace | None:
    """Return the question before a teacher who has not begun is taken out; None when there is nobody to take out."""
    if chosen is None or chosen.starts_on < presenter.today():
        return None
    return SimpleNamespace(
        title=_("Take out this teacher?"),
        text=names[chosen.person_id].full,
        label=_("Take out"),
        url=url_for("structure.remove_teacher", offering=card.id),
        fields={"teaching": chosen.id},
    )
