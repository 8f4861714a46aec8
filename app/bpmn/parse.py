"""Parser of diagram files: XML in, Model out, or every problem of the file."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from app.bpmn import checks, profile, safe_xml
from app.bpmn.errors import DiagramError, DiagramFinding
from app.bpmn.model import ProcessModel
from app.bpmn.reader import BpmnReader

MAX_DIAGRAM_NODES = 200
PARSE_CACHE_SIZE = 64
"""Models cached in a process: every check, version and page that needs a diagram parses it."""


@lru_cache(maxsize=PARSE_CACHE_SIZE)
def parse_diagram(xml: bytes) -> ProcessModel:
    """Parse a diagram of profile 1 (`docs/bpmn-vocabulary.md`); equal bytes are parsed once a process.

    Raises DiagramError with every finding at once: code, line, element id, parameters.
    """
    root = safe_xml.parse_xml(xml)
    findings = list(profile.profile_violation_findings(root))
    nodes = sum(1 for name in profile.FLOW_NODE_TAGS for _ in root.iter(f"{profile.BPMN_NAMESPACE}{name}"))
    flows = sum(1 for _ in root.iter(f"{profile.BPMN_NAMESPACE}sequenceFlow"))
    if nodes > MAX_DIAGRAM_NODES or flows > 2 * MAX_DIAGRAM_NODES:
        raise DiagramError(
            [*findings, DiagramFinding("bpmn.file.too_many_nodes", 0, "", {"limit": MAX_DIAGRAM_NODES})]
        )
    reader = BpmnReader(root, findings)
    model = reader.read_model(hashlib.sha256(xml).hexdigest())
    if model is not None:
        findings.extend(checks.iterate_model_findings(model, reader.lines, reader.lane_ids_by_node))
    if findings or model is None:
        raise DiagramError(sorted(findings, key=lambda finding: finding.line))
    return model
