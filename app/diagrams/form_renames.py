"""Changes of a drawing that follow its forms: a field or an answer has another name, a step another form. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection

from lxml import etree

from app.bpmn.profile import BPMN_NAMESPACE, DEPTER_NAMESPACE
from app.bpmn.safe_xml import parse_xml
from app.diagrams.form_readers import FORM_ATTRIBUTE, parse_condition_or_none
from app.kernel.errors import Missing


def rename_field_in_drawing(xml: str, owners: Collection[str], old: str, new: str) -> str:
    """Return a drawing whose conditions and inputs read a field of these owners under its new key."""

    def rename_field_in_text(text: str) -> str:
        return re.sub(
            r"'[^']*'|\"[^\"]*\"|\b([a-z]\w*)\.([a-z]\w*)\b",
            lambda found: (
                f"{found.group(1)}.{new}"
                if found.group(1) in owners and found.group(2) == old
                else found.group(0)
            ),
            text,
        )

    root = parse_xml(xml.encode(), keep_comments=True)
    changed = _change_every_condition(root, rename_field_in_text)
    for given in root.iter(f"{DEPTER_NAMESPACE}input"):
        before = str(given.get("variable", ""))
        if rename_field_in_text(before) != before:
            given.set("variable", rename_field_in_text(before))
            changed = True
    return _drawing_as_xml_text(root) if changed else xml


def rename_answer_in_drawing(xml: str, owners: Collection[str], key: str, old: str, new: str) -> str:
    """Return a drawing whose conditions compare a field of these owners with the new code of an answer."""
    variables = {f"{owner}.{key}" for owner in owners}
    root = parse_xml(xml.encode(), keep_comments=True)
    changed = _change_every_condition(root, lambda text: _replace_compared_text(text, variables, old, new))
    return _drawing_as_xml_text(root) if changed else xml


def set_form_of_step(xml: str, step: str, form: str) -> str:
    """Return a drawing in which a step has another form. Raises Missing for an unknown step."""
    root = parse_xml(xml.encode(), keep_comments=True)
    for task in root.iter(f"{BPMN_NAMESPACE}userTask"):
        if task.get("id") == step:
            task.set(FORM_ATTRIBUTE, form)
            return _drawing_as_xml_text(root)
    raise Missing


def _change_every_condition(root: etree._Element, change: Callable[[str], str]) -> bool:
    """Change every condition; return whether one is another now."""
    is_changed = False
    for condition in root.iter(f"{BPMN_NAMESPACE}conditionExpression"):
        if condition.text and (changed := change(condition.text)) != condition.text:
            condition.text, is_changed = changed, True
    return is_changed


def _replace_compared_text(text: str, variables: Collection[str], old: str, new: str) -> str:
    """Return a condition with a text replaced where it is compared with one of the variables."""
    condition = parse_condition_or_none(text)
    if condition is None:
        return text
    places = [
        literal
        for node in ast.walk(condition.tree)
        if isinstance(node, ast.Compare)
        and any(_is_node_one_of_variables(side, variables) for side in (node.left, *node.comparators))
        for side in (node.left, *node.comparators)
        for literal in (side.elts if isinstance(side, (ast.List, ast.Tuple)) else [side])
        if isinstance(literal, ast.Constant) and literal.value == old
    ]
    # Columns count bytes; from the end, so that earlier ones stay right. Conditions are one line after parsing.
    changed = condition.text.encode()
    for literal in sorted(places, key=lambda one: -one.col_offset):
        if literal.lineno == 1 and literal.end_col_offset is not None:
            changed = changed[: literal.col_offset] + repr(new).encode() + changed[literal.end_col_offset :]
    return changed.decode() if places else text


def _is_node_one_of_variables(node: ast.expr, variables: Collection[str]) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and f"{node.value.id}.{node.attr}" in variables
    )


def _drawing_as_xml_text(root: etree._Element) -> str:
    return etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8").decode()
