"""The folder `docs/lint/`: a page a rule, written by hand, with examples that run, and the index, written here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

from app.bpmn.errors import DiagramError
from app.bpmn.parse import parse_diagram
from app.bpmn.profile import BPMN_NAMESPACE, FLOW_NODE_TAGS
from app.diagrams.lint import LINT_RULES, lint_diagram
from app.diagrams.lint.severity import severity_of_finding_code
from app.forms.shared import read_expanded_form_text
from app.kernel.settings import PROJECT_DIR, SHIPPED_FORMS_DIR
from app.texts.diagram_findings import FINDINGS_BY_CODE, REPAIR_LABELS

FOLDER = PROJECT_DIR / "docs" / "lint"
INDEX = FOLDER / "README.md"
EXAMPLE = FOLDER / "example.bpmn"
DRAWING_NAMESPACE = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_CODE_ROW = re.compile(r"^\| `([\w.]+)` \| (\w+) \|$", re.MULTILINE)
_EXAMPLE = re.compile(
    r"^## (Incorrect|Correct)(?:: ([^\n]+))?\n\n```xml\n(.*?)\n```$(?:\n\n```json\n(.*?)\n```$)?",
    re.MULTILINE | re.DOTALL,
)
HEAD = """# Findings about diagrams

A diagram is checked while it is drawn and before it is published: by the parser and by one rule a page. An error keeps
it from being published, a warning does not. Each page says what is found, why, and what to do, and has a correct and an
incorrect example. The examples replace elements of [a small diagram](example.bpmn), some with a form; a test runs them.
For some findings the editor offers a button that repairs them (`app/diagrams/lint/repairs.py`).

The tables are written by `make reference`.
"""


@dataclass(frozen=True)
class PageExample:
    """One example of a page, with a form beside it or ""; `codes` are those it is found with, none when correct."""

    codes: frozenset[str]
    text: str
    form: str = ""

    def found(self) -> set[str]:
        """The codes of all findings about the example."""
        xml = self.text.encode() if self.text.startswith(("<?xml", "<!DOCTYPE")) else _merged(self.text)
        try:
            model = parse_diagram(xml)
        except DiagramError as error:
            return {finding.code for finding in error.findings}
        names = {f"{model.key}.start", *(task.form for task in model.user_tasks.values() if task.form)}
        paths = {name: SHIPPED_FORMS_DIR / f"{name}.form" for name in names}
        forms = {name: read_expanded_form_text(path) for name, path in paths.items() if path.exists()}
        if self.form:
            forms[str(json.loads(self.form)["id"])] = self.form
        return {finding.code for finding in lint_diagram(model, forms)}


@dataclass(frozen=True)
class LintPage:
    """A page of the folder."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].partition(": ")[2]

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def severities(self) -> dict[str, str]:
        """The severity of each code of the page, as its table says."""
        return dict(_CODE_ROW.findall(self.text))

    @property
    def examples(self) -> list[PageExample]:
        return [
            PageExample(frozenset(re.findall(r"`([\w.]+)`", codes)), text, form)
            for _, codes, text, form in _EXAMPLE.findall(self.text)
        ]


def pages() -> list[LintPage]:
    """The pages of the rules in their order, then those of the parser by name."""
    found = [LintPage(path) for path in FOLDER.glob("*.md") if path != INDEX]
    order = list(LINT_RULES)
    return sorted(
        found, key=lambda page: (order.index(page.name) if page.name in order else len(order), page.name)
    )


def index() -> str:
    """The text of the index."""
    every = pages()
    rules = [page for page in every if page.name in LINT_RULES]
    return "\n".join(
        [
            HEAD,
            *_section("Rules", rules),
            *_section("Parser", [page for page in every if page not in rules]),
        ]
    )


def _section(title: str, listed: list[LintPage]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| page | code | severity | what is wrong | what to do | button |"
    yield "|---|---|---|---|---|---|"
    for page in listed:
        for code in page.severities:
            message, remedy = (text.replace("|", "\\|") for text in FINDINGS_BY_CODE[code])
            link = f"[{page.name}]({page.name}.md)"
            told = f"{_shown(message)} | {_shown(remedy)} | {REPAIR_LABELS.get(code, '')}"
            yield f"| {link} | `{code}` | {severity_of_finding_code(code)} | {told} |"
    yield ""


def _shown(text: str) -> str:
    """A text with its placeholders as readers see them."""
    return re.sub(r"%\((\w+)\)s", r"*\1*", text)


def _merged(fragment: str) -> bytes:
    """The example diagram with the elements of a fragment.

    An element takes the place of the one with its id; a process or lane keeps what is in it. A new node is put into
    the lane and drawn below the others, a new flow is drawn too.
    """
    tree = etree.parse(str(EXAMPLE))
    root = tree.getroot()
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in root.nsmap.items())
    for number, element in enumerate(etree.fromstring(f"<all {spaces}>{fragment}</all>")):
        _put(root, deepcopy(element), number)
    etree.cleanup_namespaces(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _put(root: etree._Element, element: etree._Element, number: int) -> None:
    name = element.get("id")
    before = next((one for one in root.iter(etree.Element) if one.get("id") == name), None)
    if before is None:
        _add(root, element, number)
    elif etree.QName(element).localname in ("process", "lane"):
        before.attrib.clear()
        before.attrib.update(element.attrib)
    else:
        parent = before.getparent()
        assert parent is not None
        parent.replace(before, element)


def _add(root: etree._Element, element: etree._Element, number: int) -> None:
    process, plane = root.find(f"{BPMN_NAMESPACE}process"), next(root.iter(f"{DRAWING_NAMESPACE}BPMNPlane"))
    lane = next(root.iter(f"{BPMN_NAMESPACE}lane"))
    assert process is not None
    process.append(element)
    name, dc, di = element.get("id", ""), root.nsmap["dc"], root.nsmap["di"]
    if etree.QName(element).localname in FLOW_NODE_TAGS:
        etree.SubElement(lane, f"{BPMN_NAMESPACE}flowNodeRef").text = name
        drawn = etree.SubElement(plane, f"{DRAWING_NAMESPACE}BPMNShape", bpmnElement=name)
        place = {"x": str(200 * number), "y": "1000", "width": "100", "height": "80"}
        etree.SubElement(drawn, f"{{{dc}}}Bounds", place)
    else:
        drawn = etree.SubElement(plane, f"{DRAWING_NAMESPACE}BPMNEdge", bpmnElement=name)
        for x in ("0", "10"):
            etree.SubElement(drawn, f"{{{di}}}waypoint", x=x, y="2000")
