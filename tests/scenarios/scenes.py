"""Scenes: states of the worker's database that many tests begin in, built once a worker and put back for each test.

A scene is what one constructor makes in a database as the migrations left it: `Demo`, `DemoCampus`, `World`, `School`.
Before the first test of a worker that wants one it is built, its tables are copied and the fields of its object are
kept. Each test begins with the copy in the database, and its first call of the constructor takes the kept fields.

A test wants a scene when it has a fixture of its name (`demo`, `campus`, `world`, `school`; see `begins_in`). A
constructor that is called a second time, or in a test without such a fixture, builds anew.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEED = "seed"
"""The database as the migrations left it."""
NAMES = ("demo", "campus", "world", "school")
"""A test begins in the first of these that it has a fixture of: a campus has a world, a world has a school."""


@dataclass(slots=True)
class Scenes:
    """The scenes of one worker. `keep` copies the tables of the database under a name."""

    keep: Callable[[str], None]
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[Path, bytes]] = field(default_factory=dict)
    """By scene, the uploaded files it needs: equal content has one place on the disk, whichever key sealed it."""
    wanted: str | None = None
    """The scene that stands in the database and that no constructor has taken yet."""


current: Scenes | None = None
"""Those of this worker, once a test asked for its database."""


def of(fixtures: Iterable[str]) -> str | None:
    """The scene that a test with these fixtures begins in."""
    return next((name for name in NAMES if name in fixtures), None)


def build(scenes: Scenes, name: str, app: Any, clock: Any) -> None:
    """Make the scene in the database, which is as the migrations left it, and keep it."""
    from app.kernel.db import db
    from tests.demo.university import Demo
    from tests.journal.school import School
    from tests.scenarios.world import World
    from tests.web.campus import Campus

    data = app.extensions["depter"].settings.data_dir
    before = _files(data)
    with app.app_context():
        made = {
            "demo": lambda: Demo(app, clock),
            "campus": lambda: Campus(app, db.session, clock),
            "world": lambda: World(db.session, clock),
            "school": lambda: School(db.session),
        }[name]()
        db.session.remove()
    scenes.keep(name)
    written = {path for path, at in _files(data).items() if before.get(path) != at}
    scenes.files[name] = {path: path.read_bytes() for path in written}
    scenes.kept[name] = _copied(vars(made), app, db.session, clock)


def put_files_back(scenes: Scenes, name: str) -> None:
    """What other tests stored with equal content has other keys: put the files of the scene in its place."""
    for path, content in scenes.files[name].items():
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.write_bytes(content)


def _files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def enter(name: str, made: Any, built: Callable[[], None], *shared: Any) -> None:
    """Give `made` its fields: the kept ones when the test began in this scene, else by `built`.

    `shared` are the objects of the whole worker that the fields refer to (session, clock, app): they are not copied.
    """
    if current is None or current.wanted != name:
        built()
        return
    current.wanted = None
    vars(made).update(_copied(current.kept[name], *shared))


def _copied(fields: dict[str, Any], *shared: Any) -> dict[str, Any]:
    return copy.deepcopy(fields, {id(one): one for one in shared})
