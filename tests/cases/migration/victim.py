"""A worker that moves one case of a migration and can be killed at any statement of it."""

from __future__ import annotations

import os
from datetime import datetime

from app import create_app
from app.cases.migration.worker import migrate_waiting_cases
from app.kernel import door
from app.kernel.settings import Settings
from tests.support.crash_process import serve


def main() -> None:
    app = create_app(Settings.from_env(os.environ))

    def move(moment: str) -> None:
        with app.app_context():
            migrate_waiting_cases(door.write, datetime.fromisoformat(moment), 1)

    serve(move)


if __name__ == "__main__":
    main()
