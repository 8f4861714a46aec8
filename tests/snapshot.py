"""A picture of all the product says, compared before and after files are moved. No test; it goes with the last move.

    .venv/bin/python -m tests.snapshot --write build/before       # on the commit before
    .venv/bin/python -m tests.snapshot --compare build/before     # on the commit after; 1 when something differs

It loads the demo university under a clock that stands still, walks the pages of every role from its first page along
the links (at most `A_KIND` of one endpoint), and keeps their text in three languages. Beside them it keeps event types,
outcomes and statuses, and the statements of each start and step of the ways of the bench. Ids, tokens and digests are
named in the order in which a page shows them, so that only what people and programs can tell apart is compared.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, select, update
from werkzeug.exceptions import HTTPException

from app import create_app
from app.audit.models import AuditRecord
from app.cases.models import Case
from app.demo.load import ACCOUNTS_FILE, ROLE_LABELS, fill_demo_database
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import read_shipped_diagrams
from app.journal.grade_sheets.entry_commands import create_due_sheets
from app.kernel import door, ids
from app.kernel.act import Act
from app.kernel.db import Base, db
from app.kernel.settings import PROJECT_DIR
from app.notices.commands import DIGEST_DUE_EVENT, LETTER_DUE_EVENT
from app.operations import OPERATIONS
from app.outbox.dispatch import deliver_due
from app.outbox.models import Message
from app.people.models import Account, Person
from app.worker.event_handlers import event_handlers
from tests.scenarios.world import ROOT, World
from tests.support import query_counter
from tests.support.clock import FrozenClock
from tests.web.browser import Browser
from tools.bench.driving import by_commands
from tools.bench.ways import WAYS
from tools.bench.world import servers

LANGUAGES = ("ky", "ru", "en")
A_KIND = 4
"""So many addresses of one endpoint are looked at, the first that a role meets."""
PARTS = ("pages", "words", "statements")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DIGEST = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{16})\b")
_CODE = re.compile(r"[a-z_]+(\.[a-z0-9_]+){2,3}")


# --- what a page says -------------------------------------------------------------------------------------


class Said(HTMLParser):
    """The texts of a page and what its links, forms and fields say, a line each; no layout."""

    SHOWN = ("href", "action", "method", "name", "type", "value", "placeholder", "title", "alt", "aria-label")
    SHOWN += (
        "checked",
        "selected",
        "disabled",
        "required",
        "datetime",
        "lang",
        "hx-get",
        "hx-post",
        "hx-put",
    )
    MUTE = ("script", "style", "svg", "head")

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.links: list[str] = []
        self.mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.MUTE:
            self.mute += 1
        given = dict(attrs)
        if given.get("name") == "csrf_token" or self.mute:
            return
        self.links += [link for name in ("href", "hx-get") if (link := given.get(name))]
        shown = {name: value or "" for name, value in attrs if name in self.SHOWN or name.endswith("-url")}
        if shown:
            self.lines.append(f"<{tag} " + " ".join(f"{name}={value}" for name, value in shown.items()) + ">")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.MUTE:
            self.mute -= 1

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self.mute:
            self.lines.append(text)


def said_by(answer: Any) -> tuple[list[str], list[str]]:
    """The lines of an answer and the links it offers."""
    if answer.mimetype == "text/html":
        page = Said()
        page.feed(answer.text)
        return page.lines, page.links
    if answer.mimetype == "application/json":
        return json.dumps(answer.json, ensure_ascii=False, indent=1, sort_keys=True).splitlines(), []
    return (answer.text.splitlines() if answer.mimetype.startswith("text/") else []), []


def plain(lines: list[str]) -> list[str]:
    """The lines with ids and digests named in the order they appear, and static files without their version."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"#{len(names) + 1}")

    return [
        _DIGEST.sub(name, _ID.sub(name, re.sub(r"(/static/[^?\s]+)\?\S+", r"\1", line))) for line in lines
    ]


# --- the walk ---------------------------------------------------------------------------------------------


def pages(folder: Path) -> None:
    """The demo, walked as each role (of `SNAPSHOT_ROLES`, when it is set) in each language."""
    numbers = count(1)
    ids.uuid7 = lambda: UUID(int=next(numbers))  # type: ignore[attr-defined,assignment]
    clock = FrozenClock()
    with servers() as (_database, settings):
        app = create_app(settings, clock)
        with app.app_context():
            act = Act.system(clock())
            with door.write(act):
                publish_shipped_diagrams(act, read_shipped_diagrams(ROOT / "workflows", ROOT / "forms"))
            fill_demo_database(clock(), settings.data_dir)
            with door.write(act):
                create_due_sheets(act)
            quiet = {
                event_type: its
                for event_type, its in event_handlers(settings).items()
                if event_type not in (LETTER_DUE_EVENT, DIGEST_DUE_EVENT)
            }
            while deliver_due(quiet, clock(), 100).done:
                pass
            facts = {
                "events posted in the demo": db.session.scalars(select(Message.event_type).distinct()).all(),
                "audit records of the demo": db.session.scalars(
                    select(AuditRecord.event_type).distinct()
                ).all(),
                "outcomes of the demo": db.session.scalars(select(Case.outcome).distinct()).all(),
            }
            found = db.session.execute(select(Account.login, Account.person_id))
            people = {row.login: row.person_id for row in found}
            db.session.rollback()
            with door.write(act):  # the language of a browser counts only where its person has chosen none
                db.session.execute(update(Person).values(locale=None))
        told = {
            role: {language: Browser(app, language).enter(person) for language in LANGUAGES}
            for role, person in _roles(settings.data_dir, people)
        }
        chosen = os.environ.get("SNAPSHOT_ROLES", "").split()
        for role, browsers in told.items():
            if chosen and role not in chosen:
                continue
            _walk(app, folder / "pages" / role, browsers)
        with app.app_context():
            db.engine.dispose()
    _keep(folder / "demo.txt", facts)


def _roles(data: Path, people: dict[str, UUID]) -> Iterator[tuple[str, UUID]]:
    """The first account of each role of the demo."""
    labels = {label: role for role, label in ROLE_LABELS.items()}
    seen = set()
    for line in (data / ACCOUNTS_FILE).read_text(encoding="utf-8").splitlines():
        login, _password, label, _name = line.split("\t")
        if label not in seen:
            seen.add(label)
            yield labels[label], people[login]


def _walk(app: Any, folder: Path, browsers: dict[str, Browser]) -> None:
    """Breadth first from the first page; one file a language, the pages in the order they were met."""
    ahead, met, kinds = deque(["/"]), {"/"}, Counter[str]()
    files: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    adapter = app.url_map.bind("localhost")
    while ahead:
        address = ahead.popleft()
        for language, browser in browsers.items():
            answer = browser.get(address)
            lines, links = said_by(answer)
            head = [f"=== GET {address}", f"{answer.status_code} {answer.mimetype} {answer.location or ''}"]
            files[language] += plain([*head, *lines])
            for link in [answer.location or "", *links]:
                path = link.partition("#")[0]
                if not path.startswith("/") or path.startswith("//") or path in met:
                    continue
                try:
                    endpoint, _arguments = adapter.match(path.partition("?")[0], method="GET")
                except HTTPException:
                    continue
                if endpoint != "static" and kinds[endpoint] < A_KIND:
                    kinds[endpoint] += 1
                    met.add(path)
                    ahead.append(path)
    folder.mkdir(parents=True, exist_ok=True)
    for language, kept in files.items():
        (folder / f"{language}.txt").write_text("\n".join(kept) + "\n", encoding="utf-8")


# --- words and statements ---------------------------------------------------------------------------------


def words(folder: Path) -> None:
    """Event types and codes that stand in the code, outcomes of operations and diagrams, statuses of the tables."""
    found = {
        "codes": sorted(
            {
                node.value
                for path in (PROJECT_DIR / "app").rglob("*.py")
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and _CODE.fullmatch(node.value)
                and not node.value.startswith("app.")
            }
        ),
        "handled events": sorted(event_handlers(_no_settings())),
        "outcomes": [f"{name}: {', '.join(one.outcomes)}" for name, one in sorted(OPERATIONS.items())],
        "ends": sorted(
            f"{one.key}: {end.outcome}" for one in _models() for end in one.ends.values() if end.outcome
        ),
        "statuses": sorted(
            str(check.sqltext)
            for table in Base.metadata.tables.values()
            for check in table.constraints
            if isinstance(check, CheckConstraint) and " IN (" in str(check.sqltext)
        ),
    }
    _keep(folder / "words.txt", found)


def _models() -> list[Any]:
    from app.bpmn.parse import parse_diagram

    return [parse_diagram(path.read_bytes()) for path in sorted((ROOT / "workflows").glob("*.bpmn"))]


def _no_settings() -> Any:
    from tests.guards import bare_app

    return bare_app().extensions["depter"].settings


def statements(folder: Path) -> None:
    """What a start and each step sends, warm, by commands: as `tests/bench/test_ways.py` counts it."""
    clock = FrozenClock()
    sent: dict[str, list[str]] = {}
    with servers() as (_database, settings):
        app = create_app(settings, clock)
        with app.app_context():
            query_counter.watch(db.engine)
            world = World(db.session, clock)
            for key, way in WAYS.items():
                for _warm in range(2):
                    sent[key] = []
                    for name, deed in by_commands(world, way, way.ask(world, 1)):
                        with query_counter.statements() as texts:
                            deed()
                        sent[key].append(f"{name}: {len(texts)}")
            db.engine.dispose()
    _keep(folder / "statements.txt", sent)


def _keep(path: Path, found: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [line for name, values in found.items() for line in (f"=== {name}", *sorted(map(str, values)))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# --- write and compare ------------------------------------------------------------------------------------


def write(folder: Path) -> None:
    """Every part in a process of its own: each has one application."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        subprocess.run([sys.executable, "-m", "tests.snapshot", "--part", part, str(folder)], check=True)


def compare(before: Path, after: Path) -> list[str]:
    """What differs: the page, the role and the language, then the lines."""
    names = sorted({path.relative_to(one) for one in (before, after) for path in one.rglob("*.txt")})
    told: list[str] = []
    for name in names:
        old, new = _sections(before / name), _sections(after / name)
        for title in dict.fromkeys([*old, *new]):
            if old.get(title) != new.get(title):
                told.append(f"{name.with_suffix('')}: {title}")
                lines = difflib.unified_diff(old.get(title, []), new.get(title, []), n=1, lineterm="")
                told += list(lines)[2:]
    return told


def _sections(path: Path) -> dict[str, list[str]]:
    """The pages of one file by their titles; what stands twice under one title is numbered."""
    found: dict[str, list[str]] = {}
    times: Counter[str] = Counter()
    title = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        if line.startswith("=== "):
            title = line.removeprefix("=== ")
            times[title] += 1
            title += f" ({times[title]})" if times[title] > 1 else ""
        found.setdefault(title, []).append(line)
    return found


def main() -> int:
    """Write a picture, or compare the present with one."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--write", type=Path, metavar="DIR")
    given.add_argument("--compare", type=Path, metavar="DIR")
    given.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    asked = given.parse_args()
    if asked.part:
        {"pages": pages, "words": words, "statements": statements}[asked.part[0]](Path(asked.part[1]))
        return 0
    if asked.write:
        write(asked.write)
        return 0
    if not asked.compare or not asked.compare.is_dir():
        given.error("--write DIR, or --compare DIR with a picture in it")
    with tempfile.TemporaryDirectory() as now:
        write(Path(now))
        told = compare(asked.compare, Path(now))
    print("\n".join(told) if told else "nothing differs")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
