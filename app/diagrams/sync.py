"""Brings the shipped diagrams into the database: a new fingerprint becomes a new version.

If an administrator has published a version of his own since, the shipped one is only proposed: a release of
the product never overrules a decision of the university.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select, update

from app.audit.record import record
from app.bpmn.parse import parse
from app.diagrams.models import DiagramVersion
from app.diagrams.versions import Shipped
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id


def sync(act: Act, diagrams: Iterable[Shipped]) -> dict[str, str]:
    """Insert what is new; answers `published`, `proposed` or `unchanged` for each diagram key."""
    return {diagram.key: _sync_one(act, diagram) for diagram in diagrams}


def _sync_one(act: Act, diagram: Shipped) -> str:
    session = db.session
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"diagrams.{diagram.key}"))))
    seen = session.scalar(
        select(DiagramVersion.id).where(
            DiagramVersion.key == diagram.key, DiagramVersion.sha256 == diagram.sha256
        )
    )
    if seen is not None:
        return "unchanged"
    published = session.scalar(
        select(DiagramVersion.origin).where(
            DiagramVersion.key == diagram.key, DiagramVersion.state == "published"
        )
    )
    state = "proposed" if published == "edited" else "published"
    if state == "published":
        session.execute(
            update(DiagramVersion)
            .where(DiagramVersion.key == diagram.key, DiagramVersion.state == "published")
            .values(state="retired")
        )
    _insert(act, diagram, state)
    return state


def _insert(act: Act, diagram: Shipped, state: str) -> None:
    session = db.session
    model = parse(diagram.xml.encode())
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
        published_at=act.at if state == "published" else None,
        published_by=act.person if state == "published" else None,
    )
    session.add(version)
    session.flush()
    fact = f"diagrams.version.{state}"
    after = {"key": diagram.key, "number": version.number, "sha256": diagram.sha256, "origin": "shipped"}
    record(act, fact, ("diagrams.version", version.id), None, after, model.clause)
