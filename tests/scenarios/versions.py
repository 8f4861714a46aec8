"""Other versions of the late correction, published: one change of the drawing each."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from lxml import etree

from app.diagrams import versions
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import ShippedDiagram, load_published_version_id, read_shipped_diagrams
from app.kernel import door
from app.kernel.act import Act
from tests.scenarios.world import ROOT, World

KEY = "late_correction"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DEPTER = "{urn:depter:bpmn:1}"
Edit = Callable[[etree._Element], None]


def publishes(world: World, *edits: Edit, key: str = KEY) -> UUID:
    """Publish the shipped diagram with these changes; return the id of the version that is in force now."""
    (ours,) = [one for one in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms") if one.key == key]
    drawing = etree.fromstring(ours.xml.encode())
    for edit in edits:
        edit(drawing)
    act = Act.by_system(world.clock())
    with door.write(act):
        changed = ShippedDiagram(ours.key, etree.tostring(drawing, encoding="unicode"), ours.forms)
        assert publish_shipped_diagrams(act, [changed]) == {key: "published"}
    versions.clear_version_cache()
    found = load_published_version_id(key)
    assert found is not None
    world.session.rollback()
    return found


def element(drawing: etree._Element, name: str) -> etree._Element:
    """The element with this id."""
    (found,) = drawing.xpath("//*[@id=$name]", name=name)
    return found


def retitled(drawing: etree._Element) -> None:
    """The process has another title: other bytes, the same flows."""
    title = element(drawing, KEY).find(f".//{DEPTER}title[@lang='en']")
    title.text = "A correction"


def having(name: str, attribute: str, value: str | None) -> Edit:
    """An element has an attribute of the vocabulary, or has it no longer."""

    def edit(drawing: etree._Element) -> None:
        found = element(drawing, name)
        if value is None:
            del found.attrib[DEPTER + attribute]
        else:
            found.set(DEPTER + attribute, value)

    return edit


def without(*names: str) -> Edit:
    """These elements are gone, with their places in lanes and in the layout."""

    def edit(drawing: etree._Element) -> None:
        for name in names:
            for found in drawing.xpath(
                "//*[@id=$name] | //*[@bpmnElement=$name] | //*[local-name()='flowNodeRef'][text()=$name]",
                name=name,
            ):
                found.getparent().remove(found)

    return edit


def without_deputy_of_head(drawing: etree._Element) -> None:
    """The visa of the head has no timer and no deputy."""
    without("endorse_department_head_late", "head_late", "visa_deputy", "head_deputy_answered")(drawing)
    for condition in drawing.iter(f"{BPMN}conditionExpression"):
        condition.text = re.sub(r" or visa_deputy\.decision == '\w+'", "", condition.text or "")


def renamed(name: str, new: str) -> Edit:
    """An element has another id everywhere."""

    def edit(drawing: etree._Element) -> None:
        for found in drawing.iter(etree.Element):
            for attribute, value in found.attrib.items():
                if value == name:
                    found.set(attribute, new)
            if found.tag == f"{BPMN}flowNodeRef" and found.text == name:
                found.text = new
            if found.tag == f"{BPMN}conditionExpression" and found.text:
                found.text = found.text.replace(f"{name}.", f"{new}.")

    return edit


def second_visa(approved_by: str, then: str, *, approves: bool = True) -> Edit:
    """Between an approving flow and the step behind it: one more step of the department, which only goes on."""

    def edit(drawing: etree._Element) -> None:
        process = element(drawing, KEY)
        lane = element(drawing, "lane_department_head")
        etree.SubElement(lane, f"{BPMN}flowNodeRef").text = "second_visa"
        task = etree.SubElement(process, f"{BPMN}userTask", id="second_visa", name="Экинчи виза")
        for name, value in (
            ("form", "late_correction.endorse_department_head"),
            ("clause", "4.4.2"),
            ("deadline", "correction.step_sla"),
            *([("approves", "true")] if approves else []),
        ):
            task.set(DEPTER + name, value)
        titles = etree.SubElement(task, f"{BPMN}extensionElements")
        for lang, text in (("ky", "Экинчи виза"), ("ru", "Вторая виза"), ("en", "Second visa")):
            etree.SubElement(titles, f"{DEPTER}title", lang=lang).text = text
        element(drawing, approved_by).set("targetRef", "second_visa")
        etree.SubElement(
            process, f"{BPMN}sequenceFlow", id="second_visa_given", sourceRef="second_visa", targetRef=then
        )

    return edit


SECOND_VISA = second_visa("head_approved", "forward_directorate")
"""After the visa of the head and before the directorate."""
STEP_BEFORE_RELEASE = second_visa("academic_office_approved", "release_it", approves=False)
"""After the decision of the office, no approval."""
