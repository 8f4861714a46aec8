"""Opens an address of a copied project as several persons, in a program of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.kernel.settings import Settings
from tests.guards import ROUTES
from tests.how_to.pages import run

VISITS = """
import json, os, sys
from pathlib import Path
from datetime import datetime
from uuid import UUID
from app import create_app
from app.kernel.settings import Settings
from tests.guards import routes_of
from tests.web.browser import Browser
from tools.catalogues import source_texts, stored

asked = json.loads(sys.argv[1])
now = datetime.fromisoformat(asked["at"])
app = create_app(Settings.from_env(os.environ), lambda: now)
app.testing = True
seen = {"guest": Browser(app).get(asked["path"]).status_code}
texts = {}
for name, person in asked["visitors"].items():
    answer = Browser(app, asked["locale"]).enter(UUID(person)).get(asked["path"])
    seen[name], texts[name] = answer.status_code, answer.text
missing = {str(one.id) for one in source_texts() if one.id} - {str(one.id) for one in stored("ru") if one.id}
found = {"seen": seen, "texts": texts, "routes": routes_of(app), "untranslated": sorted(missing)}
Path(asked["answer"]).write_text(json.dumps(found))
"""


def visit(root: Path, settings: Settings, at: str, path: str, visitors: dict[str, str]) -> Any:
    """Open an address of the copied project as a guest and as these persons; what was seen, and its routes."""
    answer = root / "answer.json"
    asked = {"at": at, "path": path, "visitors": visitors, "locale": "ru", "answer": str(answer)}
    run(root, VISITS, json.dumps(asked), settings=settings)
    return json.loads(answer.read_text())


def new_routes(routes: list[str]) -> list[str]:
    """The routes that the list of the project does not have."""
    return sorted(set(routes) - set(ROUTES.read_text(encoding="utf-8").splitlines()))
