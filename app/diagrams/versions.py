"""Diagram files that ship, and published versions: parsed once a process, checked against their fingerprint."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from uuid import UUID

from sqlalchemy import select

from app.bpmn.engine import CaseSpec, compile_case_spec
from app.bpmn.errors import DiagramError, DiagramFinding
from app.bpmn.model import ProcessModel
from app.bpmn.parse import PARSE_CACHE_SIZE, parse_diagram
from app.diagrams import lint
from app.diagrams.errors import DiagramsRefused
from app.diagrams.models import DiagramVersion
from app.forms.form_file import Form
from app.forms.form_file import parse_form as read_form
from app.forms.shared import expand_form_text, read_shared_form_parts
from app.kernel.canonical import canonical_sha256
from app.kernel.db import db


class VersionDamaged(Exception):
    """The stored version is absent or does not match its fingerprint; its cases are quarantined."""


@dataclass(frozen=True)
class PublishedDiagram:
    """One version, ready to run: its parsed model, the engine's specification and its forms by name."""

    id: UUID
    key: str
    number: int
    sha256: str
    xml: str
    model: ProcessModel
    spec: CaseSpec
    forms: Mapping[str, Form]

    @cached_property
    def title(self) -> Mapping[str, str]:
        """Return the name of the process in three languages."""
        return self.model.titles


@dataclass(frozen=True, slots=True)
class ShippedDiagram:
    """A diagram file of the project with the forms it names."""

    key: str
    xml: str
    forms: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Return the fingerprint of drawing and forms together."""
        return diagram_sha256(self.xml, self.forms)


STARTERS_SECONDS = 60.0
_starters: tuple[frozenset[str], float] = (frozenset(), float("-inf"))
_version_cache: dict[UUID, PublishedDiagram] = {}
_cache_lock = Lock()


def diagram_sha256(xml: str, forms: Mapping[str, str]) -> str:
    """Return the SHA-256 over the XML and every form, in hex."""
    return _cached_content_sha256(xml, tuple(sorted(forms.items())))


@lru_cache(maxsize=PARSE_CACHE_SIZE)
def _cached_content_sha256(xml: str, forms: tuple[tuple[str, str], ...]) -> str:
    return canonical_sha256({"xml": xml, "forms": dict(forms)})


def read_shipped_diagrams(workflows: Path, forms: Path) -> list[ShippedDiagram]:
    """Read every diagram of the project with its forms. Raises DiagramsRefused when one cannot be read.

    The error then has the findings about all of them, so that one run shows everything.
    """
    found: list[ShippedDiagram] = []
    refused: dict[str, list[DiagramFinding]] = {}
    for path in sorted(workflows.glob("*.bpmn")):
        try:
            xml = path.read_text(encoding="utf-8")
            model = parse_diagram(xml.encode())
        except DiagramError as error:
            refused[path.name] = list(error.findings)
            continue
        except UnicodeDecodeError:
            refused[path.name] = [DiagramFinding("bpmn.file.encoding")]
            continue
        found.append(ShippedDiagram(model.key, xml, read_form_texts_of_model(model, forms)))
    if refused:
        raise DiagramsRefused(refused | diagram_problems_by_key(found))
    return found


def read_form_texts_of_model(model: ProcessModel, folder: Path) -> dict[str, str]:
    """Return the texts of the forms that a diagram names and that a folder has, by name, with shared parts expanded.

    Raises FormFileError for a name that the shared file does not have, TOMLDecodeError for a damaged shared file.
    """
    names = {f"{model.key}.start"} | {task.form for task in model.user_tasks.values() if task.form}
    paths = {name: folder / f"{name}.form" for name in sorted(names)}
    shared = read_shared_form_parts(folder)
    return {
        name: expand_form_text(_read_form_text_or_empty(path), shared)
        for name, path in paths.items()
        if path.exists()
    }


def _read_form_text_or_empty(path: Path) -> str:
    """Return the text of a form file, or "" when it is not UTF-8: the lint rules refuse that."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def diagram_problems_by_key(diagrams: Iterable[ShippedDiagram]) -> dict[str, list[DiagramFinding]]:
    """Return the problems of diagrams to be published, by key: findings of the parser and of the lint rules."""
    found: dict[str, list[DiagramFinding]] = {}
    seen: set[str] = set()
    for diagram in diagrams:
        try:
            model = parse_diagram(diagram.xml.encode())
        except DiagramError as error:
            found.setdefault(diagram.key, []).extend(error.findings)
            continue
        wrong = lint.lint_diagram(model, diagram.forms)
        if diagram.key in seen:
            wrong.append(DiagramFinding("diagrams.key.twice", 0, diagram.key, {"name": diagram.key}))
        seen.add(diagram.key)
        if wrong:
            found.setdefault(diagram.key, []).extend(wrong)
    return found


def load_version(version_id: UUID) -> PublishedDiagram:
    """Return the version with this id; no statement when it is in this process's cache.

    Raises VersionDamaged.
    """
    known = _version_cache.get(version_id)
    if known is not None:
        return known
    row = db.session.get(DiagramVersion, version_id)
    if row is None:
        raise VersionDamaged(f"version {version_id} does not exist")
    made = parse_stored_version(row)
    # Two threads may build the same version at once; both then use one object.
    with _cache_lock:
        return _version_cache.setdefault(version_id, made)


def load_versions_in_force() -> list[PublishedDiagram]:
    """Return every version in force, damaged ones left out; one statement, a second one for what is not cached."""
    in_force = (
        select(DiagramVersion.id).where(DiagramVersion.state == "published").order_by(DiagramVersion.key)
    )
    ids = list(db.session.scalars(in_force))
    unknown = [one for one in ids if one not in _version_cache]
    if unknown:
        for row in db.session.scalars(select(DiagramVersion).where(DiagramVersion.id.in_(unknown))):
            _cache_version_unless_damaged(row)
    return [_version_cache[one] for one in ids if one in _version_cache]


def load_roles_of_starters() -> frozenset[str]:
    """Return the roles that general starts of versions in force admit, as of a minute ago at most.

    Every page asks for it. `load_versions_in_force` at most once a minute.
    """
    global _starters
    known, at = _starters
    if time.monotonic() - at > STARTERS_SECONDS:
        known = frozenset(role for one in load_versions_in_force() for role in one.model.starters)
        _starters = known, time.monotonic()
    return known


def _cache_version_unless_damaged(row: DiagramVersion) -> None:
    try:
        made = parse_stored_version(row)
    except VersionDamaged:
        return
    with _cache_lock:
        _version_cache.setdefault(row.id, made)


def load_version_unless_damaged(version_id: UUID) -> PublishedDiagram | None:
    """Load the version with this id; None when it is damaged, for pages that show the case without its drawing."""
    try:
        return load_version(version_id)
    except VersionDamaged:
        return None


def parse_stored_version(row: DiagramVersion) -> PublishedDiagram:
    """Parse a stored version. Raises VersionDamaged when it is not what was published."""
    if diagram_sha256(row.xml, row.forms) != row.sha256:
        raise VersionDamaged(f"version {row.id} does not match its SHA-256")
    return parse_drawing_and_forms(row.id, row.number, row.sha256, row.xml, row.forms)


def parse_drawing_and_forms(
    version_id: UUID, number: int, sha256: str, xml: str, forms: Mapping[str, str]
) -> PublishedDiagram:
    """Return a drawing and its forms, ready to run. Raises DiagramError, FormFileError."""
    spec = _compile_drawing_cached(xml)
    return PublishedDiagram(
        id=version_id,
        key=spec.model.key,
        number=number,
        sha256=sha256,
        xml=xml,
        model=spec.model,
        spec=spec,
        forms={name: _parse_form(text) for name, text in forms.items()},
    )


def add_rehearsed_version_to_cache(made: PublishedDiagram) -> None:
    """Let `load_version` find a version that only a rehearsal has; `remove_rehearsed_version_from_cache` ends it."""
    with _cache_lock:
        _version_cache[made.id] = made


def remove_rehearsed_version_from_cache(version_id: UUID) -> None:
    """Forget a version of a rehearsal."""
    with _cache_lock:
        _version_cache.pop(version_id, None)


@lru_cache(maxsize=PARSE_CACHE_SIZE)
def _compile_drawing_cached(xml: str) -> CaseSpec:
    """Compile a drawing, once a process however many versions hold the same XML."""
    return compile_case_spec(parse_diagram(xml.encode()))


@lru_cache(maxsize=16 * PARSE_CACHE_SIZE)
def _parse_form(text: str) -> Form:
    return read_form(text.encode())


def load_published_version_id(key: str) -> UUID | None:
    """Return the id of the published version of a diagram, or None; one statement."""
    return db.session.scalar(
        select(DiagramVersion.id).where(DiagramVersion.key == key, DiagramVersion.state == "published")
    )


def was_version_published(version_id: UUID) -> bool:
    """Return whether a version is or was in force; False for a proposed one. One statement."""
    statement = select(DiagramVersion.published_at).where(DiagramVersion.id == version_id)
    return db.session.scalar(statement) is not None


def clear_version_cache() -> None:
    """Clear this process's caches of versions."""
    global _starters
    _version_cache.clear()
    _starters = frozenset(), float("-inf")
