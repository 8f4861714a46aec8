"""Grading schemes with source and state, their next versions, and the criteria of a journal (2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.journal.gradebook.access import persons_act_may_teach_as, require_readable_offering
from app.journal.gradebook.cell_state import is_teacher_at_any_time
from app.journal.grading import scheme_commands
from app.journal.grading.rating import COMPONENT_KINDS, Scheme
from app.journal.grading.scheme_commands import (
    ProposedSchemeVersion,
    SyllabusCriteria,
    add_scheme_version,
    confirm_scheme,
)
from app.journal.grading.scheme_queries import (
    SchemeVersion,
    find_latest_syllabus_criteria,
    load_all_scheme_versions,
    load_scheme_version,
    load_scheme_version_of_offering,
)
from app.journal.grading.scheme_rules import refusal_to_add_scheme_version
from app.kernel import door
from app.kernel.errors import DepterError, Invalid, Refused
from app.kernel.i18n import number_text, pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import read_day_field, read_typed_number
from app.people import queries as people
from app.people.rules import is_permitted
from app.texts import ratings as rating_texts
from app.texts.case_subjects import makeup_cap_text
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.courses import title_page
from app.web.labels.messages import error_message, next_step_text

blueprint = Blueprint("schemes", __name__)


@blueprint.get("/schemes")
@allow_access("journal.read")
@writes_every_year
def list_scheme_versions() -> str:
    """List all versions of all schemes; the academic office confirms them and creates new ones."""
    return _render_schemes_page()


def _render_schemes_page(refused: DepterError | None = None, typed: Mapping[str, str] | None = None) -> str:
    now = current_act()
    rows = load_all_scheme_versions()
    names = people.load_names({row.confirmed_by for row in rows if row.confirmed_by})
    office = any(assignment.role == "academic_office" for assignment in now.assignments)
    newest: dict[str, SchemeVersion] = {}
    for row in rows:
        newest.setdefault(row.code, row)
    return render_template(
        "schemes/schemes.html",
        rows=[_scheme_version_row(row, names, newest[row.code].id == row.id) for row in rows],
        office=office,
        refused=_scheme_refusal_text(refused) if refused is not None else None,
        typed=typed or {},
        typed_for=str((request.view_args or {}).get("scheme", "")) if typed else "",
        back=url_for("sheets.list_grade_sheets"),
        drafts=refusal_to_add_scheme_version(now.assignments) is None,
        new_url=url_for("scheme_drafts.show_new_scheme"),
    )


def _scheme_refusal_text(refused: DepterError) -> str:
    if isinstance(refused, Invalid):
        problem = next(iter(refused.fields.values()))[0]
        return error_message(DepterError(problem.code, **problem.params))
    return f"{error_message(refused)} {next_step_text(refused)}".strip()


def _scheme_version_row(row: SchemeVersion, names: Any, newest: bool) -> SimpleNamespace:
    scheme = row.scheme
    return SimpleNamespace(
        id=str(row.id),
        code=row.code,
        version=row.version,
        name=pick_text(row.names, locale()),
        source=pick_text(row.source, locale()),
        confirmed_at=row.confirmed_at,
        confirmed_by=names[row.confirmed_by].short if row.confirmed_by in names else "",
        ground=row.ground,
        since=row.effective_from,
        components=[
            SimpleNamespace(
                label=rating_texts.sheet_kind_text(kind),
                most=scheme.most(kind),
                parts=", ".join(
                    f"{rating_texts.rating_part_label(part.key)} {part.most}"
                    for part in scheme.components[kind]
                ),
            )
            for kind in COMPONENT_KINDS
        ],
        passing=scheme.passing,
        admission=scheme.admission,
        least_final=scheme.least_final,
        makeup_cap=scheme.makeup_cap,
        makeup_cap_text=makeup_cap_text(scheme.makeup_cap),
        letters=_letter_grade_rows(scheme),
        letters_text="\n".join(
            f"{one.letter} {one.least} {number_text(one.gpa, locale())} {one.traditional}"
            for one in scheme.letters
        ),
        figures={
            f"{kind}-{part.key}": part.most for kind in COMPONENT_KINDS for part in scheme.components[kind]
        },
        newest=newest,
        is_draft=row.made_by is not None and row.confirmed_at is None,
        trace_url=url_for("trace.show_scheme_trace", scheme=row.id)
        if is_permitted(current_act().assignments, "audit.read")
        else None,
        impact_url=url_for("scheme_drafts.show_scheme_impact", scheme=row.id),
        confirm_url=url_for("schemes.confirm_version", scheme=row.id),
        next_url=url_for("schemes.create_next_scheme_version", scheme=row.id),
        token=new_id(),
    )


def _letter_grade_rows(scheme: Scheme) -> list[SimpleNamespace]:
    tops = [100, *(one.least - 1 for one in scheme.letters)]
    return [
        SimpleNamespace(
            letter=one.letter,
            span=f"{one.least}–{top}",
            gpa=one.gpa,
            traditional=one.traditional,
            passes=one.least >= scheme.passing,
        )
        for one, top in zip(scheme.letters, tops, strict=False)
    ]


@blueprint.post("/schemes/<uuid:scheme>/confirm")
@allow_access("journal.read")
def confirm_version(scheme: UUID) -> Any:
    """Confirm a version in the name of the academic office."""
    try:
        with door.write(current_act()):
            confirm_scheme(current_act(), scheme, request.form.get("ground", "")[:500])
    except (Invalid, Refused) as refused:
        return _render_schemes_page(refused, request.form), refused.status
    flash(_("The scheme is confirmed."), "good")
    return redirect(url_for("schemes.list_scheme_versions") + f"#{scheme}")


@blueprint.post("/schemes/<uuid:scheme>/next")
@allow_access("journal.read")
def create_next_scheme_version(scheme: UUID) -> Any:
    """Create the next, unconfirmed version of a scheme with the given figures."""
    posted = request.form
    try:
        base = load_scheme_version(scheme)
        new = ProposedSchemeVersion(
            code=base.code,
            follows=base.version,
            names=base.names,
            source=posted.get("source", "").strip()[:1000],
            definition=_read_posted_scheme_definition(base, posted),
            effective_from=read_day_field("since", posted.get("since")),
        )
        if not new.source:
            raise Invalid.field("source", "forms.field.required")
        made = parse_id(posted.get("id"))
        with door.write(current_act()):
            add_scheme_version(current_act(), made, new)
    except Invalid as refused:
        return _render_schemes_page(refused, posted), refused.status
    flash(_("The new version is made; it is not confirmed yet."), "good")
    return redirect(url_for("schemes.list_scheme_versions") + f"#{made}")


def _read_posted_scheme_definition(base: SchemeVersion, posted: Mapping[str, str]) -> dict[str, Any]:
    """Read the figures of the form; the keys of parts stay those of the base version."""
    return {
        "components": {
            kind: [
                {"key": part.key, "most": _read_posted_whole_number(posted, f"{kind}-{part.key}")}
                for part in base.scheme.components[kind]
            ]
            for kind in COMPONENT_KINDS
        },
        "pass": _read_posted_whole_number(posted, "pass"),
        "admission": _read_posted_whole_number(posted, "admission"),
        "least_final": _read_posted_whole_number(posted, "least_final"),
        **_read_posted_makeup_cap(posted),
        "rounding": "half_up",
        "letters": [
            _parse_letter_line(line) for line in posted.get("letters", "").splitlines() if line.strip()
        ],
    }


def _read_posted_makeup_cap(posted: Mapping[str, str]) -> dict[str, int]:
    """Read the most points of make-up work; an empty field leaves it to the policy."""
    if not posted.get("makeup_cap", "").strip():
        return {}
    return {"makeup_cap": _read_posted_whole_number(posted, "makeup_cap")}


def _read_posted_whole_number(posted: Mapping[str, str], name: str) -> int:
    text = posted.get(name, "").strip()
    if not text.isdecimal() or len(text) > 3:
        raise Invalid.field(name, "kernel.input.not_a_number")
    return int(text)


def _parse_letter_line(line: str) -> dict[str, Any]:
    """Parse a line such as "A 87 4.0 5": letter, minimum total, GPA, traditional mark.

    Raises Invalid (`letters`).
    """
    try:
        letter, least, gpa, traditional = line.split()
        return {
            "letter": letter[:4],
            "least": int(least),
            "gpa": str(read_typed_number(gpa)),
            "traditional": int(traditional),
        }
    except (ValueError, ArithmeticError):
        raise Invalid.field("letters", "journal.scheme.letters", most=100) from None


@blueprint.get("/journal/<uuid:offering>/criteria")
@allow_access("journal.read")
@writes_every_year
def show_syllabus_criteria(offering: UUID) -> str:
    """Show the syllabus criteria of one journal."""
    return _render_criteria_page(offering)


def _render_criteria_page(
    offering: UUID, refused: DepterError | None = None, typed: Mapping[str, str] | None = None
) -> str:
    now = current_act()
    journal = require_readable_offering(now, offering)
    known, scheme = find_latest_syllabus_criteria(offering), load_scheme_version_of_offering(offering)
    heads = any(
        assignment.role == "department_head" and assignment.unit == journal.department
        for assignment in now.assignments
    )
    names = people.load_names([known.made_by]) if known else {}
    values = typed or {"criteria": known.criteria if known else "", "extra": known.extra if known else ""}
    return render_template(
        "schemes/criteria.html",
        offering=SimpleNamespace(
            title=pick_text(journal.names, locale()),
            group=journal.group_name,
            views=title_page.journal_tabs(offering, "criteria"),
        ),
        may_write=heads or is_teacher_at_any_time(journal.teachers, persons_act_may_teach_as(now)),
        said=values,
        version=known.version if known else 0,
        made_at=known.made_at if known else None,
        made_by=names[known.made_by].short if known else "",
        scheme=SimpleNamespace(
            id=str(scheme.id),
            name=f"{pick_text(scheme.names, locale())}, v{scheme.version}",
            confirmed=scheme.confirmed_at is not None,
        ),
        schemes=[
            SimpleNamespace(id=str(row.id), name=f"{pick_text(row.names, locale())}, v{row.version}")
            for row in load_all_scheme_versions()
            if row.confirmed_at is not None or row.made_by is None or row.id == scheme.id
        ],
        chosen=values.get("scheme") or str(scheme.id),
        save_url=url_for("schemes.save_syllabus_criteria", offering=offering),
        refused=_scheme_refusal_text(refused) if refused is not None else None,
    )


@blueprint.post("/journal/<uuid:offering>/criteria")
@allow_access("journal.read")
def save_syllabus_criteria(offering: UUID) -> Any:
    """Write the next version of the criteria."""
    require_readable_offering(current_act(), offering)
    posted = request.form
    version = posted.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise Invalid.field("version", "kernel.input.not_a_number")
    try:
        values = SyllabusCriteria(
            scheme=parse_id(posted.get("scheme"), "scheme"),
            criteria=posted.get("criteria", "").strip(),
            extra=posted.get("extra", "").strip(),
            version=int(version),
        )
        with door.write(current_act()):
            scheme_commands.write_syllabus_criteria(current_act(), offering, values)
    except Invalid as refused:
        return _render_criteria_page(offering, refused, posted), refused.status
    flash(_("Saved."), "good")
    return redirect(url_for("schemes.show_syllabus_criteria", offering=offering))
