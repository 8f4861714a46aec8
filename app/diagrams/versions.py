"""Versions in force and how they are loaded: parsed once a process, checked against their fingerprint.

Knows the files that ship and the rows that were published; starts no case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from uuid import UUID

from sqlalchemy import select

from app.bpmn.engine import Spec, compile_model
from app.bpmn.errors import DiagramError, Finding
from app.bpmn.model import Model
from app.bpmn.parse import KEPT, parse
from app.diagrams import lint
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.forms.read import Form
from app.forms.read import read as read_form
from app.forms.shared import expand_form, load_shared_texts
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
    """Every diagram of the project with its forms; raises DiagramsRefused when one cannot be read.

    The refusal then has the findings about all of them, so that one run shows everything.
    """
    found: list[Shipped] = []
    refused: dict[str, list[Finding]] = {}
    for path in sorted(workflows.glob("*.bpmn")):
        try:
            xml = path.read_text(encoding="utf-8")
            model = parse(xml.encode())
        except DiagramError as error:
            refused[path.name] = list(error.findings)
            continue
        except UnicodeDecodeError:
            refused[path.name] = [Finding("bpmn.file.encoding")]
            continue
        found.append(Shipped(model.key, xml, _forms_of(model, forms)))
    if refused:
        raise DiagramsRefused(refused | findings(found))
    return found


def _forms_of(model: Model, folder: Path) -> dict[str, str]:
    names = {f"{model.key}.start"} | {task.form for task in model.user_tasks.values() if task.form}
    paths = {name: folder / f"{name}.form" for name in sorted(names)}
    shared = load_shared_texts(folder)
    return {name: expand_form(_text_of(path), shared) for name, path in paths.items() if path.exists()}


def _text_of(path: Path) -> str:
    """The text of a form file; one that is not UTF-8 is handed on as no form at all, which the rules refuse."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def findings(diagrams: Iterable[Shipped]) -> dict[str, list[Finding]]:
    """What is wrong with diagrams that are to be published, by key: the parser's findings and unknown names."""
    found: dict[str, list[Finding]] = {}
    seen: set[str] = set()
    for diagram in diagrams:
        try:
            model = parse(diagram.xml.encode())
        except DiagramError as error:
            found.setdefault(diagram.key, []).extend(error.findings)
            continue
        wrong = lint.check(model, diagram.forms)
        if diagram.key in seen:
            wrong.append(Finding("diagrams.key.twice", 0, diagram.key, {"name": diagram.key}))
        seen.add(diagram.key)
        if wrong:
            found.setdefault(diagram.key, []).extend(wrong)
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


def load_intact(version_id: UUID) -> Published | None:
    """Load the version with this id; None when it is damaged, for pages that show the case without its drawing."""
    try:
        return load(version_id)
    except VersionDamaged:
        return None


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
