"""A picture can be read: well-formed, complete, nothing upon anything else, words inside their lane."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from app.diagrams.picture.boxes import Box, Point, crosses, read_pool_drawing
from app.diagrams.picture.lettering import extent, fitted, width, wrapped
from app.diagrams.picture.placing import SIZE
from app.diagrams.picture.svg import draw_diagram_svg
from tools.reference.faults import faults
from tools.reference.processes import LANGUAGE
from tools.reference.shipped import Process, processes, titles

ALL = processes()
each = pytest.mark.parametrize("process", ALL, ids=lambda process: process.key)
SVG = "{http://www.w3.org/2000/svg}"


def _drawn(process: Process) -> str:
    return draw_diagram_svg(process.model, read_pool_drawing(process.xml), process.places, LANGUAGE)


@each
def test_the_picture_is_well_formed_and_stands_alone(process: Process):
    root = etree.fromstring(_drawn(process).encode())
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == process.model.titles[LANGUAGE]
    assert not [node for node in root.iter() if any("href" in str(name) for name in node.attrib)]
    assert not list(root.iter(f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject"))


@each
def test_everything_that_has_a_name_says_it(process: Process):
    root = etree.fromstring(_drawn(process).encode())
    said = [" ".join("".join(text.itertext()).split()) for text in root.iter(f"{SVG}text")]
    for id_, words in titles(process.model).items():
        assert words[LANGUAGE] in said, id_
    assert process.model.titles[LANGUAGE] in said
    assert {str(place) for place in process.places.values()} <= set(said)


@each
def test_nothing_stands_upon_anything_else(process: Process):
    assert faults(process.model, read_pool_drawing(process.xml), LANGUAGE) == []


@each
def test_the_words_of_a_step_fit_into_it(process: Process):
    for node in etree.fromstring(_drawn(process).encode()).iter(f"{SVG}g"):
        box, text = node.find(f"{SVG}rect"), node.findall(f"{SVG}text")
        if box is not None and text:
            lines = [span.text or "" for span in text[-1]]
            assert extent(lines, float(text[-1].get("font-size", 0)))[0] <= float(box.get("width", 0))


@each
def test_the_same_diagram_gives_the_same_bytes(process: Process):
    assert _drawn(process) == _drawn(process)


def test_words_break_between_words_and_shrink_until_they_fit():
    assert wrapped("Окуу бөлүмүнүн чечими", 60, 11) == ("Окуу", "бөлүмүнүн", "чечими")
    lines, size = fitted("Кафедра башчысынын визасы", 80, 50, (14, 12, 10, 8))
    assert size < 14 and all(width(line, size) <= 80 for line in lines)
    assert SIZE >= 11


def test_an_arrow_crosses_a_box_only_through_its_inside():
    box = Box(10, 10, 20, 20)
    assert crosses((Point(0, 20), Point(40, 20)), box)
    assert not crosses((Point(0, 5), Point(40, 5)), box)
    assert box.holds(Box(10, 10, 20, 20)) and not box.meets(Box(30, 10, 5, 5))


def test_a_fault_is_found_and_named():
    process = next(one for one in ALL if one.key == "dispute")
    place = re.search(rb'bpmnElement="check_corrected">\s*<dc:Bounds x="(\d+)"', process.xml)
    gateway = re.search(rb'bpmnElement="checked"[^>]*>\s*<dc:Bounds x="(\d+)"', process.xml)
    assert place and gateway
    moved = process.xml.replace(place[0], place[0].replace(place[1], gateway[1]))
    assert moved != process.xml
    assert "check_corrected" in " ".join(faults(process.model, read_pool_drawing(moved), LANGUAGE))
