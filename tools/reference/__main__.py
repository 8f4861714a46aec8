"""`make reference`: write docs/reference.md and docs/processes/."""

from __future__ import annotations

from tools.reference.page import PAGE, written
from tools.reference.processes import FOLDER, write

if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    write()
    print(f"Written: {PAGE}, {FOLDER}")
