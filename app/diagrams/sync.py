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

from app.audit.record import record_event
from app.bpmn.errors import ERROR
from app.bpmn.parse import parse_diagram
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.diagrams.versions import ShippedDiagram, diagram_problems_by_key
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id

PUBLISHED, PROPOSED, RETIRED, UNCHANGED = "published", "proposed", "retired", "unchanged"


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
    # One writer a diagram: two syncs at once would both take the next number.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"diagrams.{diagram.key}"))))
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
        return _insert_version(act, diagram, PUBLISHED)
    return _set_version_state(act, same_content, PUBLISHED)


def _propose_unless_superseded(act: Act, diagram: ShippedDiagram, same_content: DiagramVersion | None) -> str:
    """Propose a shipped version, unless the university has replaced that very version by its own."""
    if same_content is None:
        return _insert_version(act, diagram, PROPOSED)
    if (
        same_content.state == PROPOSED
        or same_content.origin == "edited"
        or same_content.id == _last_shipped_version_id(diagram.key)
    ):
        return UNCHANGED
    return _set_version_state(act, same_content, PROPOSED)


def _last_shipped_version_id(key: str) -> Any:
    """Return the id of the shipped version that was published last."""
    return db.session.scalar(
        select(DiagramVersion.id)
        .where(DiagramVersion.key == key, DiagramVersion.origin == "shipped")
        .order_by(func.coalesce(DiagramVersion.published_at, DiagramVersion.made_at).desc())
        .order_by(DiagramVersion.number.desc())
        .limit(1)
    )


def _set_version_state(act: Act, version: DiagramVersion, state: str) -> str:
    """Set the state of an earlier version, and record it in the audit."""
    before = {"state": version.state, "published_at": version.published_at}
    version.state = state
    if state == PUBLISHED:
        version.published_at, version.published_by = act.at, act.person
    db.session.flush()
    after = {"key": version.key, "number": version.number, "sha256": version.sha256, "origin": version.origin}
    record_event(
        act, f"diagrams.version.{state}", ("diagrams.version", version.id), before, after, version.clause
    )
    return state


def _insert_version(act: Act, diagram: ShippedDiagram, state: str) -> str:
    """Insert a new version with the next number, and record it in the audit."""
    session = db.session
    model = parse_diagram(diagram.xml.encode())
    newest = session.scalar(
        select(func.coalesce(func.max(DiagramVersion.number), 0)).where(DiagramVersion.key == diagram.key)
    )
    version = DiagramVersion(
        id=new_id(),
        key=diagram.key,
        number=(newest or 0) + 1,
        sha256=diagram.sha256,
        xml=diagram.xml,
        forms=dict(diagram.forms),
        titles=dict(model.titles),
        clause=model.clause,
        origin="shipped",
        state=state,
        made_at=act.at,
        made_by=act.person,
        published_at=act.at if state == PUBLISHED else None,
        published_by=act.person if state == PUBLISHED else None,
    )
    session.add(version)
    session.flush()
    event_type = f"diagrams.version.{state}"
    after = {"key": diagram.key, "number": version.number, "sha256": diagram.sha256, "origin": "shipped"}
    record_event(act, event_type, ("diagrams.version", version.id), None, after, model.clause)
    return state
