"""Publication of the shipped diagrams: all of them are published or proposed, or all refused when one has a
finding.

The version in force is compared. An earlier file that comes back (a release that is taken back) puts its
version in force again, under its old number: the same fingerprint is the same version.

If an administrator has published a version since, the shipped one is only proposed: a release of the product
never overrules a decision of the university.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from app.bpmn.errors import ERROR
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.diagrams.version_writes import (
    PROPOSED,
    PUBLISHED,
    RETIRED,
    SHIPPED,
    insert_version,
    lock_process_versions,
    set_version_state,
)
from app.diagrams.versions import ShippedDiagram, diagram_problems_by_key
from app.kernel.act import Act
from app.kernel.db import db

UNCHANGED = "unchanged"


def publish_shipped_diagrams(act: Act, diagrams: Iterable[ShippedDiagram]) -> dict[str, str]:
    """Publish or propose what differs; return `published`, `proposed` or `unchanged` for each diagram key.

    Raises DiagramsRefused with every finding about every diagram when one of them is an error; then nothing is
    published. Warnings alone refuse nothing.
    """
    shipped_list = list(diagrams)
    problems = diagram_problems_by_key(shipped_list)
    if any(finding.severity == ERROR for found in problems.values() for finding in found):
        raise DiagramsRefused(problems)
    return {diagram.key: _publish_or_propose_diagram(act, diagram) for diagram in shipped_list}


def _publish_or_propose_diagram(act: Act, diagram: ShippedDiagram) -> str:
    session = db.session
    lock_process_versions(diagram.key)
    deferred = (defer(DiagramVersion.xml), defer(DiagramVersion.forms))
    versions_of_key = select(DiagramVersion).options(*deferred).where(DiagramVersion.key == diagram.key)
    same_content = session.scalar(versions_of_key.where(DiagramVersion.sha256 == diagram.sha256))
    current = session.scalar(versions_of_key.where(DiagramVersion.state == PUBLISHED))
    if same_content is not None and same_content is current:
        return UNCHANGED
    if current is not None and current.origin == "edited":
        return _propose_unless_superseded(act, diagram, same_content)
    if current is not None:
        current.state = RETIRED
        session.flush()
    if same_content is None:
        return insert_version(act, diagram.xml, diagram.forms, SHIPPED, PUBLISHED).state
    set_version_state(act, same_content, PUBLISHED)
    return PUBLISHED


def _propose_unless_superseded(act: Act, diagram: ShippedDiagram, same_content: DiagramVersion | None) -> str:
    """Propose a shipped version, unless the university has replaced that very version by its own."""
    if same_content is None:
        return insert_version(act, diagram.xml, diagram.forms, SHIPPED, PROPOSED).state
    if (
        same_content.state == PROPOSED
        or same_content.origin == "edited"
        or same_content.id == _last_shipped_version_id(diagram.key)
    ):
        return UNCHANGED
    set_version_state(act, same_content, PROPOSED)
    return PROPOSED


def _last_shipped_version_id(key: str) -> Any:
    """Return the id of the shipped version that was published last."""
    return db.session.scalar(
        select(DiagramVersion.id)
        .where(DiagramVersion.key == key, DiagramVersion.origin == "shipped")
        .order_by(func.coalesce(DiagramVersion.published_at, DiagramVersion.made_at).desc())
        .order_by(DiagramVersion.number.desc())
        .limit(1)
    )
