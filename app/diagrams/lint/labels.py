"""Lint rule: the label of an event, a gateway or a flow stands upon no other label and upon no other node.

Readers cannot read either of the two texts then.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.bpmn.drawing import DrawnBox
from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext


def find_crossing_labels(context: LintContext) -> Iterator[DiagramFinding]:
    """Find labels that cross another label or a node; each pair of labels once."""
    model, drawing = context.model, context.model.drawing
    groups = (model.starts, model.gateways, model.timers, model.ends, model.flows)
    named = {element for group in groups for element, part in group.items() if part.titles}
    labels = [(box, element, True) for element, box in drawing.labels.items() if element in named]
    nodes = [(drawing.shapes[node], node, False) for node in model.node_ids if node in drawing.shapes]
    for (_, first, is_label), (_, second, other_is_label) in _overlapping_box_pairs([*labels, *nodes]):
        if first == second or not (is_label or other_is_label):
            continue
        element, other = (first, second) if is_label else (second, first)
        yield context.make_finding("diagrams.label.crosses", element, other=other)


_Placed = tuple[DrawnBox, str, bool]


def _overlapping_box_pairs(placed: list[_Placed]) -> Iterator[tuple[_Placed, _Placed]]:
    """Yield every two boxes that overlap; boxes are compared only with those that begin left of their right edge."""
    ordered = sorted(placed)
    for number, one in enumerate(ordered):
        right = one[0].x + one[0].width
        for other in ordered[number + 1 :]:
            if other[0].x >= right:
                break
            if one[0].overlaps(other[0]):
                yield one, other
