"""Versions in force and how they are loaded: parsed once a process, checked against their fingerprint.

Knows the files that ship and the rows that were published; starts no case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from uuid import UUID

from sqlalchemy import select

from app.bpmn.engine import Spec, compile_model
from app.bpmn.model import Model
from app.bpmn.parse import KEPT, parse
from app.diagrams.models import DiagramVersion
from app.forms.read import Form
from app.forms.read import read as read_form
from app.kernel.canonical import digest
from app.kernel.db import db


class VersionDamaged(Exception):
    """The stored version is absent or does not match its fingerprint; its cases are quarantined."""


@dataclass(frozen=True)
class Published:
    """One version, ready to run: its parsed model, the engine's specification and its forms by name."""

    id: UUID
    key: str
    number: int
    sha256: str
    xml: str
    model: Model
    spec: Spec
    forms: Mapping[str, Form]

    @cached_property
    def title(self) -> Mapping[str, str]:
        """The name of the process in three languages."""
        return self.model.titles


@dataclass(frozen=True, slots=True)
class Shipped:
    """A diagram file with the forms it names, as they lie in the project."""

    key: str
    xml: str
    forms: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """The fingerprint of drawing and forms together."""
        return fingerprint(self.xml, self.forms)


_loaded: dict[UUID, Published] = {}
_lock = Lock()


def fingerprint(xml: str, forms: Mapping[str, str]) -> str:
    """SHA-256 over the XML and every form."""
    return digest({"xml": xml, "forms": dict(forms)})


def shipped(workflows: Path, forms: Path) -> list[Shipped]:
    """Every diagram of the project with its forms; raises DiagramError for one that does not parse."""
    found = []
    for path in sorted(workflows.glob("*.bpmn")):
        xml = path.read_text(encoding="utf-8")
        model = parse(xml.encode())
        names = {f"{model.key}.start"} | {task.form for task in model.user_tasks.values() if task.form}
        found.append(
            Shipped(
                key=model.key,
                xml=xml,
                forms={
                    name: (forms / f"{name}.form").read_text(encoding="utf-8")
                    for name in sorted(names)
                    if (forms / f"{name}.form").exists()
                },
            )
        )
    return found


def load(version_id: UUID) -> Published:
    """The version with this id; no statement when this process has seen it. Raises VersionDamaged."""
    known = _loaded.get(version_id)
    if known is not None:
        return known
    row = db.session.get(DiagramVersion, version_id)
    if row is None:
        raise VersionDamaged(f"version {version_id} does not exist")
    made = build(row)
    with _lock:
        return _loaded.setdefault(version_id, made)


def build(row: DiagramVersion) -> Published:
    """Parse a stored version; raises VersionDamaged when it is not what was published."""
    if fingerprint(row.xml, row.forms) != row.sha256:
        raise VersionDamaged(f"version {row.id} does not match its SHA-256")
    spec = _compiled(row.xml)
    return Published(
        id=row.id,
        key=row.key,
        number=row.number,
        sha256=row.sha256,
        xml=row.xml,
        model=spec.model,
        spec=spec,
        forms={name: _form(text) for name, text in row.forms.items()},
    )


@lru_cache(maxsize=KEPT)
def _compiled(xml: str) -> Spec:
    """The specification of a drawing, built once a process however many versions hold the same XML."""
    return compile_model(parse(xml.encode()))


@lru_cache(maxsize=16 * KEPT)
def _form(text: str) -> Form:
    return read_form(text.encode())


def in_force(key: str) -> UUID | None:
    """The id of the published version of a diagram; one statement."""
    return db.session.scalar(
        select(DiagramVersion.id).where(DiagramVersion.key == key, DiagramVersion.state == "published")
    )


def forget() -> None:
    """Drop what this process has parsed."""
    _loaded.clear()
