"""The page of the vocabulary names everything the parser knows, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from app.bpmn import profile

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bpmn-vocabulary.md").read_text()
SOURCE = "".join(path.read_text() for path in sorted((ROOT / "app" / "bpmn").rglob("*.py")))


def test_every_attribute_is_on_the_page() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| `depter:(\w+)` \|", PAGE, re.MULTILINE))
    assert listed == {
        (element, name) for element, names in profile.DEPTER_ATTRIBUTES.items() for name in names
    }


def test_every_element_is_on_the_page() -> None:
    for name in (*profile.FLOW_NODE_TAGS, "sequenceFlow", "collaboration", "participant", "laneSet", "lane"):
        assert f"`{name}`" in PAGE
    for name, attributes in profile.EXTENSION_ATTRIBUTES.items():
        example = re.search(rf"<depter:{name} ([^>]*)>", PAGE)
        assert example
        assert set(re.findall(r"(\w+)=", example.group(1))) == set(attributes)


def test_every_code_is_on_the_page_and_exists() -> None:
    pattern = r"bpmn\.[a-z]+\.[a-z_]+"
    assert set(re.findall(rf"`({pattern})`", PAGE)) == set(re.findall(rf'"({pattern})"', SOURCE)) - {
        "bpmn.diagram.refused"
    }
