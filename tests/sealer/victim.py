"""A sealer that seals one round and can be killed at any statement."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from app.sealer import reports, run, seal
from app.sealer.settings import SealerSettings
from tests.support.crash_process import serve


def main() -> None:
    settings = SealerSettings.from_env(
        {
            "SEALER_DATABASE_URL": os.environ["DATABASE_URL"].replace("depter_app", "depter_sealer"),
            "SEALER_DIR": os.environ["DEPTER_DATA"],
            "SEALER_ORIGIN": "tests/audit",
        }
    )

    def work(folder: str) -> None:
        its = replace(settings, folder=Path(folder), publish_dir=Path(folder, "published"))
        with reports.open_sealer_connection(its) as connection:
            sealer = seal.Sealer(connection, its)
            sealer.begin()
            sealer.seal_round()
            run.publish_to_file(connection, its)

    serve(work)


if __name__ == "__main__":
    main()
