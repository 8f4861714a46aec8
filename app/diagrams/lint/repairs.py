"""Repairs of findings that a button can do: from the bytes of a diagram to the bytes of a diagram without the finding.

Each repair changes one thing and leaves the rest, comments and drawing included, as it was. One that needs a decision
of a person is not offered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, count

from lxml import etree

from app import operations
from app.bpmn.errors import DiagramFinding
from app.bpmn.model import NEUTRAL
from app.bpmn.profile import BPMN_NAMESPACE, DEPTER_NAMESPACE
from app.bpmn.reader import RESERVED_IDS
from app.bpmn.safe_xml import parse_xml
from app.diagrams import readable_ids
from app.diagrams.readable_ids import GENERATED_ID_PATTERN

CLAUSE = f"{DEPTER_NAMESPACE}clause"
FLOW_TAG = f"{BPMN_NAMESPACE}sequenceFlow"
GATEWAY_TAGS = tuple(f"{BPMN_NAMESPACE}{name}" for name in ("exclusiveGateway", "parallelGateway"))
CONDITION = f"{BPMN_NAMESPACE}conditionExpression"

Change = Callable[[etree._Element, etree._Element], bool]
"""Changes a file (root, element of the finding); returns whether it could."""
Repair = Callable[[bytes, DiagramFinding], bytes | None]


def repair_finding_in_diagram(xml: bytes, finding: DiagramFinding) -> bytes | None:
    """Return a diagram file without a finding; None when no repair is offered for it.

    Raises DiagramError when the file is not plain XML.
    """
    change = CHANGE_BY_CODE.get(finding.code)
    if change is None:
        return None
    root = parse_xml(xml, keep_comments=True)
    named = [one for one in root.iter(etree.Element) if one.get("id") == finding.element]
    # Of two elements with one id nobody knows which is meant.
    if len(named) != 1 or not change(root, named[0]):
        return None
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8")


def _set_usual_deadline(root: etree._Element, element: etree._Element) -> bool:
    """Set the policy that most steps of the process have, or most of its timers."""
    attributes = (f"{DEPTER_NAMESPACE}deadline", f"{DEPTER_NAMESPACE}policy")
    for attribute in attributes:
        found = Counter(one.get(attribute) for one in root.iter(etree.Element) if one.get(attribute))
        if found:
            element.set(attributes[0], str(found.most_common(1)[0][0]))
            return True
    return False


def _set_clause_of_process(root: etree._Element, _element: etree._Element) -> bool:
    """Set the clause of the start of the process on the process."""
    process = root.find(f"{BPMN_NAMESPACE}process")
    start = _find_registered_start_of_process(process)
    if process is None or start is None or not start.clause:
        return False
    process.set(CLAUSE, start.clause)
    return True


def _use_clause_of_process(root: etree._Element, element: etree._Element) -> bool:
    """Remove the clause of a step, so that the one of the process holds; set that of the process itself anew."""
    process = root.find(f"{BPMN_NAMESPACE}process")
    if process is None:
        return False
    if element is process:
        return _set_clause_of_process(root, element)
    if not process.get(CLAUSE) or process.get(CLAUSE) == element.get(CLAUSE):
        return False
    del element.attrib[CLAUSE]
    return True


def _find_registered_start_of_process(process: etree._Element | None) -> operations.ProcessStart | None:
    return operations.STARTS.get(process.get(f"{DEPTER_NAMESPACE}start", "")) if process is not None else None


def _set_neutral_result_of_end(_root: etree._Element, element: etree._Element) -> bool:
    element.set(f"{DEPTER_NAMESPACE}result", NEUTRAL)
    return True


def _make_last_flow_default_of_gateway(root: etree._Element, element: etree._Element) -> bool:
    """Make the last flow that runs no operation the default flow of a gateway, without its condition."""
    if element.get("default"):
        return False
    flows = [flow for flow in root.iter(FLOW_TAG) if flow.get("sourceRef") == element.get("id")]
    services = {service.get("id") for service in root.iter(f"{BPMN_NAMESPACE}serviceTask")}
    harmless = [flow for flow in flows if flow.get("targetRef") not in services]
    if not harmless:
        return False
    return _make_flow_default_of_gateway(element, harmless[-1])


def _make_flow_without_condition_default(root: etree._Element, element: etree._Element) -> bool:
    """Make a flow without a condition the default flow of its gateway, if that has none."""
    source = element.get("sourceRef")
    gateway = next((one for one in root.iter(etree.Element) if source and one.get("id") == source), None)
    return (
        gateway is not None and not gateway.get("default") and _make_flow_default_of_gateway(gateway, element)
    )


def _make_flow_default_of_gateway(gateway: etree._Element, flow: etree._Element) -> bool:
    name = flow.get("id")
    if not name:
        return False
    gateway.set("default", name)
    _remove_flow_condition(flow, flow)
    return True


def _remove_flow_condition(_root: etree._Element, element: etree._Element) -> bool:
    for condition in element.findall(CONDITION):
        _remove_child_and_white_space(element, condition)
    return True


def _remove_default_flow(_root: etree._Element, element: etree._Element) -> bool:
    if "default" not in element.attrib:
        return False
    del element.attrib["default"]
    return True


def _set_process_executable(_root: etree._Element, element: etree._Element) -> bool:
    element.set("isExecutable", "true")
    return True


def _remove_dates_from_timer(_root: etree._Element, element: etree._Element) -> bool:
    """Remove dates and lengths from a timer that names a policy."""
    for definition in element.findall(f"{BPMN_NAMESPACE}timerEventDefinition"):
        if not definition.get(f"{DEPTER_NAMESPACE}policy"):
            return False
        for child in list(definition):
            definition.remove(child)
        definition.text = None
    return True


def _replace_generated_element_id(root: etree._Element, element: etree._Element) -> bool:
    """Give an element an id made of its title, or of what it stands between, wherever the file names it."""
    taken = {one.get("id", "") for one in root.iter(etree.Element)} | set(RESERVED_IDS)
    names = [
        readable_ids.transliterate_to_latin_identifier(words)
        for words in _iterate_texts_for_element_id(root, element)
    ]
    readable = [name for name in names if name and not GENERATED_ID_PATTERN.fullmatch(name)]
    if not readable:
        return False
    numbered = (f"{readable[0]}_{number}" for number in count(2))
    new = next(name for name in chain(readable, numbered) if name not in taken)
    old = element.get("id", "")
    readable_ids.rename_elements_and_references(root, {old: new, f"{old}_di": f"{new}_di"})
    return True


def _iterate_texts_for_element_id(root: etree._Element, element: etree._Element) -> Iterator[str]:
    """Yield texts from which an id can be made, the best first."""
    start = _find_registered_start_of_process(element) if element.tag == f"{BPMN_NAMESPACE}process" else None
    if start is not None and not start.general:
        yield start.name
    titles = {
        title.get("lang"): title.text or ""
        for title in element.iterfind(f"{BPMN_NAMESPACE}extensionElements/{DEPTER_NAMESPACE}title")
    }
    title = next((titles[language] for language in ("en", "ky", "ru") if titles.get(language)), "")
    yield title or element.get("name", "")
    yield element.get(f"{DEPTER_NAMESPACE}outcome", "")
    source, target, host = (element.get(name, "") for name in ("sourceRef", "targetRef", "attachedToRef"))
    if source and target and not any(map(GENERATED_ID_PATTERN.fullmatch, (source, target))):
        yield f"{source} to {target}"
    if host and not GENERATED_ID_PATTERN.fullmatch(host):
        yield f"{host} late"
    if element.tag in GATEWAY_TAGS:
        into = [flow for flow in root.iter(FLOW_TAG) if flow.get("targetRef") == element.get("id")]
        ahead = [flow.get("sourceRef", "") for flow in into]
        yield from (f"after {name}" for name in ahead if not GENERATED_ID_PATTERN.fullmatch(name))


def _remove_child_and_white_space(parent: etree._Element, child: etree._Element) -> None:
    """Remove a child with the white space after it; the one before the closing tag stays."""
    before = child.getprevious()
    if child.getnext() is None and before is not None:
        before.tail = child.tail
    elif child.getnext() is None:
        parent.text = None
    child.tail = None
    parent.remove(child)


CHANGE_BY_CODE: Mapping[str, Change] = {
    "bpmn.process.not_executable": _set_process_executable,
    "bpmn.id.pattern": _replace_generated_element_id,
    "bpmn.gateway.unconditioned": _make_flow_without_condition_default,
    "bpmn.gateway.default_condition": _remove_flow_condition,
    "bpmn.gateway.default_parallel": _remove_default_flow,
    "bpmn.flow.condition_misplaced": _remove_flow_condition,
    "bpmn.timer.content": _remove_dates_from_timer,
    "diagrams.id.unreadable": _replace_generated_element_id,
    "diagrams.deadline.missing": _set_usual_deadline,
    "diagrams.clause.missing": _set_clause_of_process,
    "diagrams.clause.unknown": _use_clause_of_process,
    "diagrams.end.result_missing": _set_neutral_result_of_end,
    "diagrams.gateway.uncovered": _make_last_flow_default_of_gateway,
}
REPAIRS: Mapping[str, Repair] = dict.fromkeys(CHANGE_BY_CODE, repair_finding_in_diagram)
"""Repairs by the code of the finding."""
