"""Readable ids for a drawing: from the name of an element, transliterated, with every reference renamed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from app.bpmn.expression import VARIABLE_PART_PATTERN
from app.bpmn.profile import BPMN_NAMESPACE, DEPTER_NAMESPACE
from app.diagrams.draft_file import is_flow_node

GENERATED_ID_PATTERN = re.compile(
    r"(?i:(?:user|service|script|manual|send)?_?task|activity|(?:exclusive|parallel|inclusive)?_?gateway"
    r"|(?:start|end|boundary|intermediate(?:catch|throw)?)?_?event|(?:sequence)?_?flow|lane|participant|process)"
    r"_[0-9a-z]*\d[0-9a-z]*|[A-Z][A-Za-z]*_(?=[0-9a-z]*\d)[0-9a-z]+|(?:_|sid-|id-?|id_)(?=[A-Fa-f-]*\d)[0-9A-Fa-f-]{5,}"
)
"""Ids that programs make: Activity_0x1y2z3, sid-6F1C..., Task_1. A name with a number (rejected_2) is none."""
REFERENCE_ATTRIBUTES = ("sourceRef", "targetRef", "attachedToRef", "default", "processRef", "bpmnElement")
REFERENCE_ELEMENTS = ("incoming", "outgoing", "flowNodeRef")
MAX_ID_LENGTH = 48
_PLAIN_LETTERS = ("абвгдезийклмнопрстуфхыэ", "abvgdeziiklmnoprstufhye")
_LETTERS = dict(zip(*_PLAIN_LETTERS, strict=True)) | {
    "ё": "e",
    "ж": "j",
    "ң": "ng",
    "ө": "o",
    "ү": "u",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "sh",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}


def find_replacements_of_unreadable_ids(root: etree._Element) -> dict[str, str]:
    """Return the ids that a person cannot read, or that no step may have, with the ids to take instead."""
    taken = {str(element.get("id")) for element in root.iter(etree.Element) if element.get("id")}
    found: dict[str, str] = {}
    for element in _iterate_elements_to_rename(root):
        old = element.get("id", "")
        if not _is_unreadable_id(element, old) or old in found:
            continue
        new = _make_unused_id(_build_readable_id(element, found), taken)
        taken.add(new)
        found[old] = new
    return found


def rename_elements_and_references(root: etree._Element, renamed: Mapping[str, str]) -> None:
    """Rename elements and everything that refers to them: flows, lanes, drawings, conditions, inputs."""
    for element in root.iter(etree.Element):
        if element.get("id") in renamed:
            element.set("id", renamed[str(element.get("id"))])
        for name in REFERENCE_ATTRIBUTES:
            value = str(element.get(name, ""))
            prefix, _, local = value.rpartition(":")
            if local in renamed:
                element.set(name, f"{prefix}:{renamed[local]}" if prefix else renamed[local])
        tag = etree.QName(element).localname
        if tag in REFERENCE_ELEMENTS and (element.text or "").strip() in renamed:
            element.text = renamed[(element.text or "").strip()]
        if tag == "conditionExpression" and element.text:
            element.text = _rename_steps_in_expression(element.text, renamed)
        if element.tag == f"{DEPTER_NAMESPACE}input" and element.get("variable"):
            element.set("variable", _rename_steps_in_expression(str(element.get("variable")), renamed))


def transliterate_to_latin_identifier(text: str) -> str:
    """Return a text of a-z, 0-9 and _ that sounds as the Kyrgyz, Russian or English one; "" for no letters."""
    letters = "".join(_LETTERS.get(letter, letter) for letter in text.lower())
    plain = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")
    plain = re.sub(r"^[0-9_]+", "", plain)
    return plain[:MAX_ID_LENGTH].strip("_")


def _iterate_elements_to_rename(root: etree._Element) -> Iterator[etree._Element]:
    """Yield process, lanes, nodes and flows; nodes before flows, whose ids are made of them."""
    for process in root.iterfind(f"{BPMN_NAMESPACE}process"):
        yield process
        yield from (lane for lane in process.iter(f"{BPMN_NAMESPACE}lane"))
        yield from (node for node in process if isinstance(node.tag, str) and is_flow_node(node))
        yield from process.iterfind(f"{BPMN_NAMESPACE}sequenceFlow")


def _is_unreadable_id(element: etree._Element, old: str) -> bool:
    """Return whether an id is to be replaced: one that its element may not have, or a number in place of a name."""
    if not old:
        return False
    local = etree.QName(element).localname
    is_strict = local.lower().endswith("task") or local == "process"
    is_plain = bool(VARIABLE_PART_PATTERN.fullmatch(old))
    if is_strict and not is_plain:
        return True
    if not GENERATED_ID_PATTERN.fullmatch(old):
        return False
    return not is_plain or (local != "sequenceFlow" and bool(_english_title_or_name(element)))


def _build_readable_id(element: etree._Element, renamed: Mapping[str, str]) -> str:
    local = etree.QName(element).localname
    name = transliterate_to_latin_identifier(_english_title_or_name(element))
    if local == "sequenceFlow":
        source, target = element.get("sourceRef", ""), element.get("targetRef", "")
        return f"{renamed.get(source, source)}_{renamed.get(target, target)}"[:MAX_ID_LENGTH]
    if local == "lane":
        return f"lane_{name}" if name else "lane"
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", local).lower()
    return name or kind


def _english_title_or_name(element: etree._Element) -> str:
    """Return the English title, else the name: it becomes the id."""
    for title in element.iterfind(f"{BPMN_NAMESPACE}extensionElements/{DEPTER_NAMESPACE}title"):
        if title.get("lang") == "en" and title.text:
            return title.text
    return str(element.get("name", ""))


def _make_unused_id(wanted: str, taken: set[str]) -> str:
    """Return the id, with a number behind it when another element has it."""
    wanted = "begin" if wanted == "start" else wanted
    number, found = 2, wanted
    while found in taken:
        found, number = f"{wanted}_{number}", number + 1
    return found


def _rename_steps_in_expression(text: str, renamed: Mapping[str, str]) -> str:
    """Return a condition or a list of variables with the names of steps renamed; texts in quotes stay."""
    return re.sub(
        r"'[^']*'|\"[^\"]*\"|\b([A-Za-z_][\w-]*)(?=\.)",
        lambda found: renamed.get(found.group(1), found.group(0)) if found.group(1) else found.group(0),
        text,
    )
