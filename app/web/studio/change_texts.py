"""Words for what differs between two versions of a diagram: what was added, removed, changed and moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.diagrams.comparison import ChangedValue, ElementChange
from app.kernel.i18n import LOCALES, pick_text
from app.texts.policy_names import POLICY_LABELS
from app.texts.roles import role_label
from app.texts.translate import N_, locale
from app.texts.translate import gettext as _
from app.web.studio.words import START_VARIABLE_LABELS

KIND_LABELS: Mapping[str, str] = {
    "added": N_("added"),
    "removed": N_("removed"),
    "changed": N_("altered"),
    "moved": N_("moved"),
}
GROUP_LABELS: Mapping[str, str] = {
    "process": N_("Process"),
    "lane": N_("Lane"),
    "start": N_("Start"),
    "task": N_("Step"),
    "service": N_("Operation"),
    "gateway": N_("Gateway"),
    "timer": N_("Deadline on the path"),
    "flow": N_("Path"),
    "end": N_("End"),
    "form": N_("Form"),
}
ATTRIBUTE_LABELS: Mapping[str, str] = {
    "titles": N_("Title"),
    "about": N_("What it does"),
    "clause": N_("Clause"),
    "start": N_("Start of the menu"),
    "role": N_("Role"),
    "scope": N_("Unit"),
    "form": N_("Form"),
    "deadline": N_("Deadline"),
    "anchor": N_("Deadline counted from"),
    "assign": N_("Assigned to"),
    "approves": N_("Counts as an approval"),
    "rework": N_("Begins a new round"),
    "operation": N_("Operation"),
    "kind": N_("Kind"),
    "default": N_("Otherwise"),
    "attached_to": N_("At the step"),
    "interrupting": N_("Ends the step"),
    "source": N_("From"),
    "target": N_("To"),
    "condition": N_("Condition"),
    "outcome": N_("Outcome"),
    "result": N_("For the requester"),
    "order": N_("Order of the fields"),
    "subject": N_("What the answers make together"),
    "subject_when": N_("Only with these decisions"),
}
FIELD_PART_LABELS: Mapping[str, str] = {
    "": N_("Field «%(field)s»"),
    "kind": N_("Field «%(field)s»: kind"),
    "label": N_("Field «%(field)s»: label"),
    "help": N_("Field «%(field)s»: help"),
    "required": N_("Field «%(field)s»: must be filled in"),
    "required_when": N_("Field «%(field)s»: must be filled in with"),
    "min_length": N_("Field «%(field)s»: shortest text"),
    "max_length": N_("Field «%(field)s»: longest text"),
    "min": N_("Field «%(field)s»: smallest number"),
    "max": N_("Field «%(field)s»: largest number"),
    "value": N_("Field «%(field)s»: answer «%(value)s»"),
    "decided": N_("Field «%(field)s»: the word for «%(value)s» once it is decided"),
    "answers": N_("Field «%(field)s»: order of the answers"),
}
VALUE_LABELS: Mapping[str, str] = {
    "granted": N_("granted"),
    "refused": N_("refused"),
    "neutral": N_("neither granted nor refused"),
    "requester": N_("the one who asked"),
    "deputy": N_("the deputy of the owner"),
    "exclusive": N_("one path by conditions"),
    "parallel": N_("all paths at once"),
}
NOTHING = N_("nothing")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One attribute that differs, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One element or form that differs, in words."""

    kind: str
    kind_label: str
    group: str
    title: str
    element: str
    lines: tuple[ChangeLine, ...]


def diagram_change_views(changes: Sequence[ElementChange], titles: Mapping[str, str]) -> list[ChangeView]:
    """Return changes in words; `titles` are those of the elements of both versions, in the reader's language."""
    return [
        ChangeView(
            kind=change.kind,
            kind_label=_(KIND_LABELS[change.kind]),
            group=_(GROUP_LABELS[change.group]),
            title=_changed_element_title(change, titles),
            element=change.element,
            lines=tuple(
                line
                for value in change.values
                if change.kind == "changed" or value.attribute not in ("titles", "about")
                for line in _changed_value_lines(value, titles)
            ),
        )
        for change in changes
    ]


def _changed_element_title(change: ElementChange, titles: Mapping[str, str]) -> str:
    """Return the title of an element; a path without one is called by its ends."""
    own = pick_text(change.titles, locale()) or titles.get(change.element, "")
    if own or change.group != "flow":
        return own or change.element
    ends = {value.attribute: value.after or value.before for value in change.values}
    source, target = (
        titles.get(str(ends.get(name)), str(ends.get(name, ""))) for name in ("source", "target")
    )
    return f"{source} → {target}" if source and target else change.element


def _changed_value_lines(value: ChangedValue, titles: Mapping[str, str]) -> list[ChangeLine]:
    """Return one line for a value; for texts one for each language that differs."""
    label = _element_attribute_label(value.attribute)
    before, after = value.before, value.after
    if _is_text_by_language(before) and _is_text_by_language(after):
        return [
            ChangeLine(
                _("%(label)s (%(language)s)") % {"label": label, "language": language},
                _text_or_nothing_label(before, language),
                _text_or_nothing_label(after, language),
            )
            for language in LOCALES
            if _text_or_nothing_label(before, language) != _text_or_nothing_label(after, language)
        ]
    return [
        ChangeLine(
            label,
            _element_attribute_value_text(value.attribute, before, titles),
            _element_attribute_value_text(value.attribute, after, titles),
        )
    ]


def _element_attribute_label(attribute: str) -> str:
    kind, _blank, rest = attribute.partition(" ")
    if kind == "input":
        return _("Input «%(name)s»") % {"name": rest}
    if kind != "field":
        return _(ATTRIBUTE_LABELS[attribute]) if attribute in ATTRIBUTE_LABELS else attribute
    field, _blank, part = rest.partition(" ")
    name, _blank, value = part.partition(" ")
    return _(FIELD_PART_LABELS[name]) % {"field": field, "value": value}


def _element_attribute_value_text(attribute: str, value: Any, titles: Mapping[str, str]) -> str:
    """Return a value in words: roles, deadlines, steps and variables by their names."""
    if value is None or value in ("", {}, []):
        return _(NOTHING)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if _is_text_by_language(value):
        return pick_text(value, locale())
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {', '.join(map(str, one))}" for name, one in value.items())
    text = str(value)
    if attribute == "role":
        return role_label(text)
    if attribute == "deadline":
        return _(POLICY_LABELS[text]) if text in POLICY_LABELS else text
    if text.startswith("start."):
        name = text.removeprefix("start.")
        return _(START_VARIABLE_LABELS[name]) if name in START_VARIABLE_LABELS else text
    if text in VALUE_LABELS and attribute in ("result", "assign", "kind"):
        return _(VALUE_LABELS[text])
    return titles.get(text, text) if attribute in ("default", "attached_to", "source", "target") else text


def _is_text_by_language(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and set(value) <= set(LOCALES)


def _text_or_nothing_label(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language, "") or _(NOTHING)
