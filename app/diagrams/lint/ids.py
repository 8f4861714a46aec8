"""Lint rule: ids say what their element is, and were not left as a drawing program generated them.

Ids are kept: process variables, the history of cases and the comparison of versions use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.bpmn.errors import DiagramFinding
from app.diagrams.lint.context import LintContext

GENERATED_ID_PATTERN = re.compile(
    r"(?:(?:user|service|script|manual)?_?task|activity|(?:exclusive|parallel|inclusive)?_?gateway"
    r"|(?:start|end|boundary|intermediate(?:catch|throw)?)?_?event|(?:sequence)?_?flow|lane|participant|process)"
    r"_[0-9a-z]*\d[0-9a-z]*|sid-[0-9a-f-]+|id[-_][0-9a-f-]{6,}|_[0-9a-f-]{5,}",
    re.IGNORECASE,
)
"""Ids of bpmn-js (`Activity_0x1y2z3`), Signavio (`sid-...`) and other programs."""


def find_generated_ids(context: LintContext) -> Iterator[DiagramFinding]:
    """Find generated ids of the process, its lanes, nodes and flows."""
    model = context.model
    for element in (model.key, *model.lanes, *model.node_ids, *model.flows):
        if GENERATED_ID_PATTERN.fullmatch(element):
            yield context.make_finding("diagrams.id.unreadable", element, id=element)
