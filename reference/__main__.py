"""`make reference`: write docs/reference.md."""

from __future__ import annotations

from reference.page import PAGE, written

if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    print(f"Written: {PAGE}")
