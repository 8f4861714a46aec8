"""Parser of diagram files: XML in, Model out, or every problem of the file."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from app.bpmn import checks, profile, safe_xml
from app.bpmn.errors import DiagramError, Finding
from app.bpmn.model import ProcessModel
from app.bpmn.reader import BpmnReader

MAX_NODES = 200
PARSE_CACHE_SIZE = 64
"""Models cached in a process: every check, version and page that needs a diagram parses it."""


@lru_cache(maxsize=PARSE_CACHE_SIZE)
def parse_diagram(xml: bytes) -> ProcessModel:
    """Parse a diagram of profile 1 (`docs/bpmn-vocabulary.md`); equal bytes are parsed once a process.

    Raises DiagramError with every finding at once: code, line, element id, parameters.
    """
    root = safe_xml.parse_xml(xml)
    findings = list(profile.find_violations(root))
    nodes = sum(1 for name in profile.NODES for _ in root.iter(f"{profile.BPMN}{name}"))
    flows = sum(1 for _ in root.iter(f"{profile.BPMN}sequenceFlow"))
    if nodes > MAX_NODES or flows > 2 * MAX_NODES:
        raise DiagramError([*findings, Finding("bpmn.file.too_many_nodes", 0, "", {"limit": MAX_NODES})])
    reader = BpmnReader(root, findings)
    model = reader.read_model(hashlib.sha256(xml).hexdigest())
    if model is not None:
        findings.extend(checks.check_model(model, reader.lines, reader.membership))
    if findings or model is None:
        raise DiagramError(sorted(findings, key=lambda finding: finding.line))
    return model
