"""The demo university as a scene: loaded once a worker, put back for each test that has the fixture `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.demo.load import fill_demo_database
from app.diagrams.sync import publish_shipped_diagrams
from app.diagrams.versions import read_shipped_diagrams
from app.kernel import door
from app.kernel.act import Act
from app.kernel.settings import PROJECT_DIR
from tests.scenarios import scenes


class Demo:
    """The university that `make run` begins with. `made` counts its cases; `folder` holds its files and accounts."""

    made: int
    folder: Path

    def __init__(self, app: Any, clock: Any) -> None:
        scenes.enter("demo", self, lambda: self._built(app, clock))

    def _built(self, app: Any, clock: Any) -> None:
        self.folder = app.extensions["depter"].settings.data_dir / "demo"
        act = Act.by_system(clock())
        with door.write(act):
            publish_shipped_diagrams(
                act, read_shipped_diagrams(PROJECT_DIR / "workflows", PROJECT_DIR / "forms")
            )
        self.made = fill_demo_database(clock(), self.folder)
