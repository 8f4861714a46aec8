"""`make reference`: write docs/reference.md, docs/processes/ and the index of docs/lint/."""

from __future__ import annotations

from tools.reference.lint import INDEX, index
from tools.reference.page import PAGE, written
from tools.reference.processes import FOLDER, write

if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    write()
    INDEX.write_text(index(), encoding="utf-8")
    print(f"Written: {PAGE}, {FOLDER}, {INDEX}")
