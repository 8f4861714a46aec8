"""Lists of what must not get lost when files move: routes, files of rules. Compared exactly by `tests/test_guards.py`.

    .venv/bin/python -m tests.guards        # write both lists anew

A line that goes away or changes is a decision: look at the difference before it is committed.
"""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import Any

import grimp
from importlinter.domain.helpers import module_expressions_to_modules
from importlinter.domain.imports import ModuleExpression

from app import create_app
from app.kernel.settings import PROJECT_DIR, Settings
from app.web.core.access_policy import declared_access_policy

LISTS = Path(__file__).resolve().parent / "lists"
ROUTES, RULES = LISTS / "routes.txt", LISTS / "rules.txt"
RENEW = "look at what changed; if it is meant: .venv/bin/python -m tests.guards"
PURE = "Decisions are pure: rules never touch the database"


def routes_of(app: Any) -> list[str]:
    """Every route but the static files: method, address, endpoint, who may come in."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        policy = " ".join(sorted(declared_access_policy(app.view_functions[rule.endpoint])))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.append(f"{rule.rule}  {method}  {rule.endpoint}  {policy}")
    return sorted(found)


def pure_modules() -> list[str]:
    """The modules that the contract of purity covers, as import-linter itself reads its patterns."""
    contracts = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]
    (pure,) = (one for one in contracts["contracts"] if one["name"] == PURE)
    return covered(pure["source_modules"], [_module(path) for path in (PROJECT_DIR / "app").rglob("*.py")])


def covered(patterns: list[str], modules: list[str]) -> list[str]:
    """Those of these modules that the patterns of a contract cover, packages with all that is in them."""
    graph = grimp.ImportGraph()
    for module in modules:
        graph.add_module(module)
    found = module_expressions_to_modules(
        graph, [ModuleExpression(one) for one in patterns], as_packages=True
    )
    return sorted(module.name for module in found)


def _module(path: Path) -> str:
    parts = path.relative_to(PROJECT_DIR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def bare_app() -> Any:
    """The application without servers: enough to ask it for its routes."""
    nowhere = {
        "DATABASE_URL": "postgresql://nowhere/depter",
        "REDIS_URL": "redis://nowhere",
        "SECRET_KEY": "none",
        "DEPTER_DATA": tempfile.gettempdir(),
        "DEPTER_ENV": "test",
    }
    return create_app(Settings.from_env(nowhere))


def write() -> None:
    """Write the lists as the product is now."""
    LISTS.mkdir(exist_ok=True)
    ROUTES.write_text("\n".join(routes_of(bare_app())) + "\n", encoding="utf-8")
    RULES.write_text("\n".join(pure_modules()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
