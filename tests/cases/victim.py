"""A process that completes the task a line names and can be killed at any statement of it."""

from __future__ import annotations

import json
import os
from datetime import datetime
from uuid import UUID

from app import create_app
from app.cases.commands.complete import complete_task
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.settings import Settings
from tests.support.crash_process import serve


def main() -> None:
    app = create_app(Settings.from_env(os.environ))

    def complete(work: str) -> None:
        said = json.loads(work)
        unit = UUID(said["unit"]) if said["unit"] else None
        assignments = (RoleAssignment(said["role"], unit),)
        act = Act(UUID(said["person"]), None, datetime.fromisoformat(said["at"]), assignments)
        with app.app_context(), door.write(act):
            complete_task(act, UUID(said["task"]), said["answers"])

    serve(complete)


if __name__ == "__main__":
    main()
