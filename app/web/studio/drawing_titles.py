"""Titles of the elements of a drawing that need not be of profile 1, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import SimpleNamespace

from lxml import etree

from app.bpmn.profile import BPMN_NAMESPACE, DEPTER_NAMESPACE
from app.diagrams.draft_file import parse_drawing
from app.diagrams.form_readers import FORM_ATTRIBUTE, START, variable_owners_of_form
from app.kernel.i18n import pick_text
from app.texts.translate import gettext as _
from app.texts.translate import locale


def element_titles_of_drawing(xml: str) -> Mapping[str, str]:
    """Return the title of each element by its id: its own, a name, for a path the steps it joins, else the id."""
    return _element_titles_in_language(xml, locale())


@lru_cache(maxsize=16)
def _element_titles_in_language(xml: str, language: str) -> Mapping[str, str]:
    root = _parse_cached_drawing(xml)
    titles = {
        str(one.get("id")): _own_title_of_element(one, language)
        for one in root.iter(f"{BPMN_NAMESPACE}*")
        if one.get("id")
    }
    for flow in root.iter(f"{BPMN_NAMESPACE}sequenceFlow"):
        ends = (str(flow.get(name, "")) for name in ("sourceRef", "targetRef"))
        if not titles.get(str(flow.get("id")), ""):
            titles[str(flow.get("id"))] = " → ".join(titles.get(end) or end for end in ends)
    return {element: title or element for element, title in titles.items()}


def steps_using_form(xml: str, form: str) -> list[SimpleNamespace]:
    """Return the steps that use a form with their titles; the request itself where it is the first form."""
    titles = element_titles_of_drawing(xml)
    return [
        SimpleNamespace(element=owner, title=_("Request") if owner == START else titles.get(owner, owner))
        for owner in variable_owners_of_form(_parse_cached_drawing(xml), form)
    ]


def step_titles_by_form(xml: str) -> dict[str, str]:
    """Return the title of the first step that uses each form, by the name of the form."""
    titles: dict[str, str] = {}
    for step in person_steps_of_drawing(xml):
        titles.setdefault(step.form, step.title)
    process = _parse_cached_drawing(xml).find(f"{BPMN_NAMESPACE}process")
    if process is not None:
        titles[f"{process.get('id')}.{START}"] = _("Request")
    return titles


def person_steps_of_drawing(xml: str) -> list[SimpleNamespace]:
    """Return every step of a person with its title and the name of its form."""
    titles = element_titles_of_drawing(xml)
    return [
        SimpleNamespace(
            element=str(task.get("id")), title=titles[str(task.get("id"))], form=task.get(FORM_ATTRIBUTE, "")
        )
        for task in _parse_cached_drawing(xml).iter(f"{BPMN_NAMESPACE}userTask")
        if task.get("id")
    ]


@lru_cache(maxsize=8)
def _parse_cached_drawing(xml: str) -> etree._Element:
    """Return the root of a drawing, which nobody changes; a page asks for it several times."""
    return parse_drawing(xml)


def _own_title_of_element(element: etree._Element, language: str) -> str:
    texts = {
        str(title.get("lang")): " ".join((title.text or "").split())
        for title in element.iterfind(f"{BPMN_NAMESPACE}extensionElements/{DEPTER_NAMESPACE}title")
    }
    known = {code: text for code, text in texts.items() if text}
    return pick_text(known, language) or " ".join(str(element.get("name", "")).split())
