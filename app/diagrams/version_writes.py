"""Writes of versions: a new one with the next number, and the state of one that exists; both are in the audit."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select

from app.audit.record import record_audit_event
from app.bpmn.parse import parse_diagram
from app.diagrams.models import DiagramVersion
from app.diagrams.versions import diagram_sha256
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id

PUBLISHED, SCHEDULED, PROPOSED, RETIRED = "published", "scheduled", "proposed", "retired"
SHIPPED, EDITED = "shipped", "edited"


def lock_process_versions(key: str) -> None:
    """Wait until no other transaction changes the versions of this process: two would take the same next number."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"diagrams.{key}"))))


def insert_version(act: Act, xml: str, forms: Mapping[str, str], origin: str, state: str) -> DiagramVersion:
    """Insert a version with the next number of its process."""
    model = parse_diagram(xml.encode())
    newest = db.session.scalar(
        select(func.coalesce(func.max(DiagramVersion.number), 0)).where(DiagramVersion.key == model.key)
    )
    version = DiagramVersion(
        id=new_id(),
        key=model.key,
        number=(newest or 0) + 1,
        sha256=diagram_sha256(xml, forms),
        xml=xml,
        forms=dict(forms),
        titles=dict(model.titles),
        clause=model.clause,
        origin=origin,
        state=state,
        made_at=act.at,
        made_by=act.person,
        published_at=act.at if state == PUBLISHED else None,
        published_by=act.person if state == PUBLISHED else None,
    )
    db.session.add(version)
    db.session.flush()
    _record_version_state(act, version, None)
    return version


def set_version_state(act: Act, version: DiagramVersion, state: str) -> None:
    """Set the state of a version; one that is published is in force from now on, by whoever acts."""
    before = {"state": version.state, "published_at": version.published_at}
    version.state = state
    if state == PUBLISHED:
        version.published_at, version.published_by = act.at, act.person
    db.session.flush()
    _record_version_state(act, version, before)


def retire_version_in_force(key: str) -> None:
    """Take the version in force of a process out of force; another one is published in the same transaction."""
    current = db.session.scalar(
        select(DiagramVersion).where(DiagramVersion.key == key, DiagramVersion.state == PUBLISHED)
    )
    if current is not None:
        current.state = RETIRED
        db.session.flush()


def _record_version_state(act: Act, version: DiagramVersion, before: Mapping[str, object] | None) -> None:
    after = {"key": version.key, "number": version.number, "sha256": version.sha256, "origin": version.origin}
    record_audit_event(
        act,
        f"diagrams.version.{version.state}",
        ("diagrams.version", version.id),
        dict(before) if before is not None else None,
        after,
        version.clause,
    )
