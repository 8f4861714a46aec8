"""Brings the shipped diagrams into force, or proposes them; refuses all of them when one names what nobody
knows.

What is compared is the version in force. An earlier file that comes back (a release that is taken back) puts
its version in force again, under its old number: the same fingerprint is the same version.

If an administrator has published a version of his own since, the shipped one is only proposed: a release of
the product never overrules a decision of the university.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from app.audit.record import record
from app.bpmn.parse import parse
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.diagrams.versions import Shipped, findings
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id

PUBLISHED, PROPOSED, RETIRED, UNCHANGED = "published", "proposed", "retired", "unchanged"


def sync(act: Act, diagrams: Iterable[Shipped]) -> dict[str, str]:
    """Publish or propose what differs; answers `published`, `proposed` or `unchanged` for each diagram key.

    Raises DiagramsRefused with every finding about every diagram; then nothing is published.
    """
    given = list(diagrams)
    wrong = findings(given)
    if wrong:
        raise DiagramsRefused(wrong)
    return {diagram.key: _sync_one(act, diagram) for diagram in given}


def _sync_one(act: Act, diagram: Shipped) -> str:
    session = db.session
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"diagrams.{diagram.key}"))))
    light = (defer(DiagramVersion.xml), defer(DiagramVersion.forms))
    of_key = select(DiagramVersion).options(*light).where(DiagramVersion.key == diagram.key)
    same = session.scalar(of_key.where(DiagramVersion.sha256 == diagram.sha256))
    present = session.scalar(of_key.where(DiagramVersion.state == PUBLISHED))
    if same is not None and same is present:
        return UNCHANGED
    if present is not None and present.origin == "edited":
        return _propose(act, diagram, same)
    if present is not None:
        present.state = RETIRED
        session.flush()
    if same is None:
        return _insert(act, diagram, PUBLISHED)
    return _set_state(act, same, PUBLISHED)


def _propose(act: Act, diagram: Shipped, same: DiagramVersion | None) -> str:
    """Propose a drawing over the university's own, unless it is the very one that the university has
    replaced.
    """
    if same is None:
        return _insert(act, diagram, PROPOSED)
    if same.state == PROPOSED or same.origin == "edited" or same.id == _last_shipped(diagram.key):
        return UNCHANGED
    return _set_state(act, same, PROPOSED)


def _last_shipped(key: str) -> Any:
    """The id of the shipped version that was published last."""
    return db.session.scalar(
        select(DiagramVersion.id)
        .where(DiagramVersion.key == key, DiagramVersion.origin == "shipped")
        .order_by(func.coalesce(DiagramVersion.published_at, DiagramVersion.made_at).desc())
        .order_by(DiagramVersion.number.desc())
        .limit(1)
    )


def _set_state(act: Act, version: DiagramVersion, state: str) -> str:
    """An earlier version comes back."""
    before = {"state": version.state, "published_at": version.published_at}
    version.state = state
    if state == PUBLISHED:
        version.published_at, version.published_by = act.at, act.person
    db.session.flush()
    after = {"key": version.key, "number": version.number, "sha256": version.sha256, "origin": version.origin}
    record(act, f"diagrams.version.{state}", ("diagrams.version", version.id), before, after, version.clause)
    return state


def _insert(act: Act, diagram: Shipped, state: str) -> str:
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
        published_at=act.at if state == PUBLISHED else None,
        published_by=act.person if state == PUBLISHED else None,
    )
    session.add(version)
    session.flush()
    fact = f"diagrams.version.{state}"
    after = {"key": diagram.key, "number": version.number, "sha256": diagram.sha256, "origin": "shipped"}
    record(act, fact, ("diagrams.version", version.id), None, after, model.clause)
    return state
