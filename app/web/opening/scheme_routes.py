"""Pages of a grading scheme from nothing, and of the impact of a drafted version on running journals (2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for

from app.journal.grading.rating import COMPONENT_KINDS, parse_scheme
from app.journal.grading.scheme_commands import ProposedSchemeVersion, add_scheme_version
from app.journal.grading.scheme_queries import load_all_scheme_versions, load_scheme_version
from app.journal.opening.scheme_impact import MAX_NAMED_JOURNALS, compute_scheme_impact
from app.kernel import door
from app.kernel.errors import DepterError, FieldProblem, Invalid, Stale
from app.kernel.i18n import pick_text
from app.kernel.ids import new_id, parse_id
from app.kernel.typed_values import TypedValueError, read_day_field, read_typed_number
from app.texts import ratings as rating_texts
from app.texts.case_subjects import makeup_cap_change
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.visitor import allow_access, current_act, writes_every_year
from app.web.labels.messages import error_message, problem_texts_by_field

blueprint = Blueprint("scheme_drafts", __name__)
PARTS: Mapping[str, tuple[str, ...]] = {
    "MODULE1": ("current", "midterm"),
    "MODULE2": ("current", "midterm"),
    "FINAL": ("exam",),
}
"""Parts of each component: every part that is not `current` is entered on the sheet."""
FIGURES = {
    "MODULE1-current": "20",
    "MODULE1-midterm": "10",
    "MODULE2-current": "20",
    "MODULE2-midterm": "10",
    "FINAL-exam": "40",
}
MAX_LETTERS, MAX_CODE, MAX_NAME, MAX_SOURCE = 12, 20, 200, 1000
LETTER_COLUMNS = ("letter", "least", "gpa", "traditional")


@blueprint.get("/schemes/new")
@allow_access("schemes.draft")
def show_new_scheme() -> str:
    """Show the form of a grading scheme from nothing."""
    return _render_new_scheme({})


def _render_new_scheme(typed: Mapping[str, str], refused: DepterError | None = None) -> str:
    letters = [
        {name: typed.get(f"{name}-{place}", "") for name in LETTER_COLUMNS} for place in range(MAX_LETTERS)
    ]
    return render_template(
        "opening/new_scheme.html",
        typed=typed,
        token=typed.get("id") or new_id(),
        components=[
            SimpleNamespace(
                label=rating_texts.sheet_kind_text(kind),
                parts=[
                    SimpleNamespace(
                        name=f"{kind}-{part}",
                        label=rating_texts.rating_part_label(part),
                        value=typed.get(f"{kind}-{part}", FIGURES[f"{kind}-{part}"]),
                    )
                    for part in PARTS[kind]
                ],
            )
            for kind in COMPONENT_KINDS
        ],
        letters=letters,
        errors=problem_texts_by_field(refused) if isinstance(refused, Invalid) else {},
        refused=error_message(refused) if refused is not None and not isinstance(refused, Invalid) else "",
    )


@blueprint.post("/schemes/new")
@allow_access("schemes.draft")
def add_new_scheme() -> Any:
    """Store the first version of a grading scheme, not confirmed."""
    act = current_act()
    try:
        new, scheme = _read_new_scheme(request.form), parse_id(request.form.get("id"))
        with door.write(act):
            add_scheme_version(act, scheme, new)
    except (Invalid, Stale) as refused:
        shown: DepterError = refused
        if isinstance(refused, Stale):
            shown = Invalid.field("code", "journal.scheme.code_taken")
        return _render_new_scheme(request.form, shown), shown.status
    flash(_("The scheme is drafted. It counts once it is confirmed."), "good")
    return redirect(url_for("scheme_drafts.show_scheme_impact", scheme=scheme))


def _read_new_scheme(posted: Mapping[str, str]) -> ProposedSchemeVersion:
    """Read the form of a scheme. Raises Invalid with every problem by field."""
    problems: dict[str, list[FieldProblem]] = {}

    def text(name: str, most: int) -> str:
        value = " ".join(posted.get(name, "").split())
        if not value:
            problems[name] = [FieldProblem("forms.field.required")]
        elif len(value) > most:
            problems[name] = [FieldProblem("forms.field.too_long", {"max": most})]
        return value

    def whole(name: str, field: str = "") -> int:
        value = posted.get(name, "").strip()
        if not value.isdecimal() or len(value) > 3:
            problems[field or name] = [FieldProblem("kernel.input.not_a_number")]
            return 0
        return int(value)

    def day(name: str) -> date:
        try:
            return read_day_field(name, posted.get(name))
        except Invalid as wrong:
            problems.update(wrong.fields)
            return date.min

    code, source = text("code", MAX_CODE), text("source", MAX_SOURCE)
    names = {language: text(f"name_{language}", MAX_NAME) for language in ("ky", "ru", "en")}
    definition = {
        "components": {
            kind: [{"key": part, "most": whole(f"{kind}-{part}")} for part in PARTS[kind]]
            for kind in COMPONENT_KINDS
        },
        "pass": whole("pass"),
        "admission": whole("admission"),
        "least_final": whole("least_final"),
        **({"makeup_cap": whole("makeup_cap")} if posted.get("makeup_cap", "").strip() else {}),
        "rounding": "half_up",
        "letters": [_read_letter(posted, place, whole, problems) for place in _used_letter_rows(posted)],
    }
    since = day("since")
    if problems:
        raise Invalid(problems)
    try:
        parse_scheme(code, 1, definition)
    except Invalid as wrong:
        field = _field_of_problem(wrong)
        raise Invalid({field: list(wrong.fields["definition"])}) from None
    return ProposedSchemeVersion(code, 0, names, source, definition, since)


def _used_letter_rows(posted: Mapping[str, str]) -> list[int]:
    return [
        place
        for place in range(MAX_LETTERS)
        if any(posted.get(f"{name}-{place}", "").strip() for name in LETTER_COLUMNS)
    ]


def _read_letter(
    posted: Mapping[str, str], place: int, whole: Any, problems: dict[str, list[FieldProblem]]
) -> dict[str, Any]:
    letter = posted.get(f"letter-{place}", "").strip()
    if not 0 < len(letter) <= 4:
        problems["letters"] = [FieldProblem("journal.scheme.letters", {"most": 100})]
    try:
        gpa = str(read_typed_number(posted.get(f"gpa-{place}", "")))
    except (TypedValueError, ValueError, ArithmeticError):
        problems["letters"] = [FieldProblem("kernel.number.unreadable")]
        gpa = "0"
    return {
        "letter": letter,
        "least": whole(f"least-{place}", "letters"),
        "gpa": gpa,
        "traditional": whole(f"traditional-{place}", "letters"),
    }


def _field_of_problem(wrong: Invalid) -> str:
    """Return the field of the form to which a problem of a definition belongs."""
    code = wrong.fields["definition"][0].code
    if code in ("journal.scheme.letters", "journal.scheme.letters_order"):
        return "letters"
    if code == "journal.scheme.makeup_cap":
        return "makeup_cap"
    return "pass" if code in ("journal.scheme.thresholds", "journal.scheme.passing_letter") else "figures"


@blueprint.get("/schemes/<uuid:scheme>/impact")
@allow_access("journal.read")
@writes_every_year
def show_scheme_impact(scheme: UUID) -> str:
    """Show which running journals a drafted version changes, and the way to its approval."""
    act = current_act()
    row, impact = load_scheme_version(scheme), compute_scheme_impact(scheme, act.at)
    heads = any(one.role == "department_head" for one in act.assignments)
    newest = next(one for one in load_all_scheme_versions() if one.code == row.code)
    return render_template(
        "opening/impact.html",
        name=f"{pick_text(row.names, locale())}, {row.code} v{row.version}",
        source=pick_text(row.source, locale()),
        since=row.effective_from,
        confirmed=row.confirmed_at is not None,
        journals=impact.journals,
        letters=impact.letters,
        passing=impact.passing,
        failing=impact.failing,
        makeup_cap=makeup_cap_change(row.scheme.makeup_cap, impact.makeup_caps),
        most=MAX_NAMED_JOURNALS,
        rows=[
            SimpleNamespace(
                url=url_for("journal.show_journal_grid", offering=one.id),
                title=f"{one.code} {pick_text(one.names, locale())}, {one.group}",
                results=one.results,
                letters=one.letters,
                passing=one.passing,
                failing=one.failing,
            )
            for one in impact.named
        ],
        start_url=url_for("start.show_start_form", name="scheme_approval", scheme=scheme)
        if heads and row.confirmed_at is None and newest.id == row.id
        else None,
        back=url_for("schemes.list_scheme_versions"),
    )
