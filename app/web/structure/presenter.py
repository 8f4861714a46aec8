"""Views of the pages of the structure: tabs, fields, forms with what was typed, options of units and persons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for

from app.journal.gradebook.cell_state import LESSON_TYPES
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied, DepterError, Invalid, Missing, Refused, Stale
from app.kernel.i18n import day_text, pick_text
from app.kernel.ids import parse_id
from app.people import queries as people
from app.people.queries.structure import load_units_in_reach
from app.people.queries.units import UnitRow
from app.people.structure_rules import MAX_CODE_LENGTH, MAX_NAME_LENGTH, is_going_on
from app.texts.translate import gettext as _
from app.texts.translate import locale
from app.web.core.access_policy import is_route_access_allowed
from app.web.core.visitor import current_act, request_time
from app.web.labels.gradebook import lesson_type_label
from app.web.labels.messages import error_message, next_step_text, problem_texts_by_field

READ_VERB = "structure.read"
PAGE_SIZE = 50
MAX_QUERY_LENGTH = 80


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """The form of a page that was refused, by its key: what was typed comes back with the errors."""

    key: str
    error: DepterError


def today() -> date:
    """Return the day of the request at the university."""
    return local_day(request_time())


def structure_tabs(active: str) -> list[SimpleNamespace]:
    """Return the tabs of the pages of the structure."""
    pages = {
        "units": (_("Units"), "structure.list_units"),
        "programmes": (_("Programmes"), "structure.list_programmes"),
        "groups": (_("Groups"), "structure.list_groups"),
        "disciplines": (_("Disciplines"), "structure.list_disciplines"),
        "journals": (_("Journals"), "structure.list_journals"),
    }
    if may_manage_somewhere("setup.read"):
        pages["setup"] = (_("Moving in"), "setup.show_setup_steps")
    if may_manage("roster.import"):
        pages["import"] = (_("Import from a workbook"), "structure.show_structure_upload")
    return [
        SimpleNamespace(label=label, url=url_for(endpoint), active=key == active)
        for key, (label, endpoint) in pages.items()
    ]


def reach(verb: str = READ_VERB) -> frozenset[UUID] | None:
    """Return the units in which the visitor may use the verb; None: everywhere."""
    return load_units_in_reach(current_act().assignments, verb)


def require_in_reach(*units: UUID | None) -> None:
    """Raise Missing unless the visitor may read something of one of these units."""
    allowed = reach()
    if allowed is not None and not allowed.intersection(unit for unit in units if unit is not None):
        raise Missing


def may_manage(verb: str, *units: UUID | None) -> bool:
    """Return whether the visitor may use the verb in one of these units, or everywhere."""
    allowed = reach(verb)
    return allowed is None or bool(allowed.intersection(unit for unit in units if unit is not None))


def may_manage_somewhere(verb: str) -> bool:
    """Return whether the visitor may use the verb in any unit."""
    allowed = reach(verb)
    return allowed is None or bool(allowed)


def text_field(
    key: str, label: str, *, required: bool = True, max: int = MAX_NAME_LENGTH, help: str = ""
) -> Any:
    """Return a field of one line."""
    return SimpleNamespace(key=key, kind="text", label=label, required=required, max_length=max, help=help)


def day_field(key: str, label: str, *, required: bool = False, help: str = "") -> Any:
    """Return a field of a day."""
    return SimpleNamespace(key=key, kind="date", label=label, required=required, help=help)


def number_field(
    key: str, label: str, low: int, high: int, *, required: bool = False, step: float = 1, help: str = ""
) -> Any:
    """Return a field of a number."""
    return SimpleNamespace(
        key=key, kind="number", label=label, required=required, min=low, max=high, step=step, help=help
    )


FIELDS_OF_WORDS = frozenset({"control", "kind", "part"})
"""Choices among words of the product; every other field chooses among names, which nobody translates."""


def choice_field(
    key: str, label: str, options: Iterable[tuple[Any, str]], *, required: bool = True, help: str = ""
) -> Any:
    """Return a field with options (value, label)."""
    views = [SimpleNamespace(value=str(value), label=text) for value, text in options]
    return SimpleNamespace(
        key=key,
        kind="select",
        label=label,
        required=required,
        options=views,
        help=help,
        names_things=key not in FIELDS_OF_WORDS,
    )


def code_and_names_fields() -> list[Any]:
    """Return the fields of a code and of names in three languages."""
    return [
        text_field("code", _("Code"), max=MAX_CODE_LENGTH),
        text_field("name_ky", _("Name in Kyrgyz")),
        text_field("name_ru", _("Name in Russian"), required=False),
        text_field("name_en", _("Name in English"), required=False),
    ]


def code_and_names_values(code: str, names: Mapping[str, str]) -> dict[str, str]:
    """Return the values of `code_and_names_fields`."""
    return {"code": code} | {f"name_{one}": names.get(one, "") for one in ("ky", "ru", "en")}


def hours_fields() -> list[Any]:
    """Return the fields of academic hours by type of lesson."""
    return [number_field(f"hours-{type}", lesson_type_label(type), 0, 1000) for type in LESSON_TYPES]


def hours_text(hours: Mapping[str, int]) -> str:
    """Return hours by type of lesson in words: "lecture 30, practice 30"."""
    return ", ".join(f"{lesson_type_label(type)} {hours[type]}" for type in LESSON_TYPES if hours.get(type))


def credits_text(credits: Decimal | None) -> str:
    """Return credits without needless zeros."""
    return f"{credits.normalize():f}" if credits is not None else ""


def form_view(
    key: str,
    title: str,
    url: str,
    fields: Sequence[Any],
    button: str,
    refused: RefusedForm | None,
    *,
    values: Mapping[str, Any] | None = None,
    hidden: Mapping[str, Any] | None = None,
    draft: str = "",
    text: str = "",
    is_open: bool = False,
) -> SimpleNamespace:
    """Build the view of a form: with what was typed when it was refused, else with the stored values."""
    own = refused if refused is not None and refused.key == key else None
    shown: Mapping[str, Any] = request.form if own else {k: str(v or "") for k, v in (values or {}).items()}
    kept = {
        name: request.form.get(name, str(value)) if own else str(value)
        for name, value in (hidden or {}).items()
    }
    return SimpleNamespace(
        key=key,
        title=title,
        url=url,
        fields=fields,
        values={field.key: shown.get(field.key, "") for field in fields},
        hidden=kept,
        button=button,
        draft=draft or key,
        text=text,
        is_open=is_open or own is not None,
        errors=problem_texts_by_field(own.error) if own and isinstance(own.error, Invalid) else {},
    )


def refusal_text(refused: RefusedForm | None) -> str:
    """Return what was refused and what to do next, for a refusal that belongs to no field; else ""."""
    if refused is None or isinstance(refused.error, Invalid):
        return ""
    return f"{error_message(refused.error)} {next_step_text(refused.error)}".strip()


def save_form(
    key: str, read: Callable[[], Callable[[Act], Any]], show: Callable[[RefusedForm], str], done: str
) -> Any:
    """Read a form and run its command; show the page again with what was typed when either is refused.

    `read` returns the command, so that a form that cannot be read opens no transaction.
    """
    act = current_act(request.form.get("reason", "")[:500])
    try:
        command = read()
        with door.write(act):
            command(act)
    except (Invalid, Refused, Stale, Denied) as refused:
        return show(RefusedForm(key, refused)), refused.status
    flash(_("Saved."), "good")
    return redirect(done)


def end_form(
    url: str,
    title: str,
    ends_on: date | None,
    seen: str,
    refused: RefusedForm | None,
    *,
    more: Sequence[Any] = (),
) -> SimpleNamespace:
    """Build the form that ends something after a day, or lets it go on."""
    help = _("Nothing is deleted. An empty day lets it go on.")
    return form_view(
        "end",
        title,
        url,
        [day_field("last", _("Last day"), help=help), *more],
        _("Save the last day"),
        refused,
        values={"last": ends_on.isoformat() if ends_on else ""},
        hidden={"seen": seen},
        draft=f"end:{url}",
    )


def unit_name(units: Mapping[UUID, UnitRow], unit: UUID | None) -> str:
    """Return the name of a unit in the language of the reader; "" for none."""
    return pick_text(units[unit].names, locale()) if unit is not None and unit in units else ""


def unit_options(
    units: Mapping[UUID, UnitRow],
    kinds: Collection[str],
    allowed: Collection[UUID] | None,
    *,
    also: UUID | None = None,
) -> list[tuple[UUID, str]]:
    """Return units of these kinds that go on, by name, among the allowed ones (None: all); `also` in any case."""
    day = today()
    found = [
        (pick_text(one.names, locale()), one.id)
        for one in units.values()
        if one.id == also
        or (one.kind in kinds and is_going_on(one.ends_on, day) and (allowed is None or one.id in allowed))
    ]
    return [(id, name) for name, id in sorted(found)]


def chosen_unit(units: Mapping[UUID, UnitRow]) -> UUID | None:
    """Return the unit of the filter of a list. Raises Missing for an unknown one."""
    text = request.args.get("unit", "")
    if not text:
        return None
    unit = parse_id(text, "unit")
    if unit not in units:
        raise Missing
    return unit


def unit_and_below(units: Mapping[UUID, UnitRow], top: UUID) -> frozenset[UUID]:
    """Return a unit with all below it."""
    found, waiting = {top}, [top]
    while waiting:
        above = waiting.pop()
        below = [one.id for one in units.values() if one.parent == above and one.id not in found]
        found.update(below)
        waiting.extend(below)
    return frozenset(found)


def filtered_units(units: Mapping[UUID, UnitRow], chosen: UUID | None) -> frozenset[UUID] | None:
    """Return the units whose things a list shows: those in reach, below the chosen one; None: all."""
    allowed = reach()
    if chosen is None:
        return allowed
    below = unit_and_below(units, chosen)
    return below if allowed is None else below & allowed


def query_text() -> str:
    """Return the text searched for in a list."""
    return request.args.get("q", "")[:MAX_QUERY_LENGTH].strip()


def page_key(parts: int) -> tuple[Any, ...] | None:
    """Return the key after which a page of a list begins: texts and an identifier; None for the first page."""
    text = request.args.get("after", "")
    if not text:
        return None
    key = text.split("~")
    if len(key) < parts:
        return None
    return (
        *("~".join(key[: len(key) - parts + 1]), *key[len(key) - parts + 1 : -1]),
        parse_id(key[-1], "after"),
    )


def next_url(endpoint: str, last: Sequence[Any] | None, **keep: Any) -> str | None:
    """Return the address of the next page after the key `last`; None when there is none."""
    if last is None:
        return None
    kept = {name: value for name, value in keep.items() if value}
    return url_for(endpoint, after="~".join(str(part) for part in last), **kept)


def person_url(person: UUID) -> str | None:
    """Return the page of a person, for roles that may read it; else None."""
    allowed = is_route_access_allowed(("people.read",), current_act().assignments)
    return url_for("people.show_person", person_id=person) if allowed else None


def staff_options(also: UUID | None = None) -> list[tuple[UUID, str]]:
    """Return everybody with a staff role today, by name; `also` in any case."""
    found = [(one.person, one.name.full) for one in people.load_staff_members(today())]
    if also is not None and also not in {id for id, _name in found}:
        found += [(id, name.full) for id, name in people.load_names([also]).items()]
    return found


def day_or_dash(day: date | None) -> Any:
    """Return a cell with a day, or a dash."""
    return SimpleNamespace(day=day, text="" if day else "–")


def cell(text: Any, url: str | None = None) -> SimpleNamespace:
    """Return a cell of a table: a text, perhaps with a link."""
    return SimpleNamespace(text=str(text if text is not None else ""), url=url, day=None)


def day_words(day: date | None) -> str:
    """Return a day in the language of the reader; "" for none."""
    return day_text(day, locale()) if day is not None else ""


def unit_filter(options: Sequence[tuple[UUID, str]], chosen: UUID | None) -> SimpleNamespace:
    """Return the filter of a list by unit."""
    return list_filter("unit", _("Any unit"), options, chosen)


def list_filter(name: str, label: str, options: Sequence[tuple[Any, str]], chosen: Any) -> SimpleNamespace:
    """Return a filter of a list."""
    views = [SimpleNamespace(value=str(value), label=text) for value, text in options]
    return SimpleNamespace(name=name, label=label, value=str(chosen or ""), options=views, names_things=True)


def empty_list(
    filtered: bool, title: str, first: str | None, text: str, units: Collection[Any]
) -> SimpleNamespace:
    """Return what an empty list says: nothing found, what to do first (with a link to the units), or how to begin."""
    if filtered:
        return SimpleNamespace(
            title=_("Nothing found"), text=_("Try a part of the name, or clear the filters."), action=None
        )
    action = {"label": _("Units"), "url": url_for("structure.list_units")} if not units else None
    return SimpleNamespace(title=title, text=first or text, action=action)
