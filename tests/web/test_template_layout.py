"""Templates are laid out to be read: no line runs off the screen."""

from __future__ import annotations

from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
WIDEST = 120
KINDS = {".html", ".txt", ".xml"}


def test_no_line_of_a_template_is_wider_than_a_screen():
    """Templates are looked for wherever a folder of that name stands, so that a move leaves none out."""
    folders = [folder for folder in APP.rglob("templates") if folder.is_dir()]
    files = {path for folder in folders for path in folder.rglob("*") if path.suffix in KINDS}
    assert len(files) > 100, "the templates are not where they were looked for"
    wide = [
        f"{path.relative_to(APP)}:{number} ({len(line)})"
        for path in sorted(files)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > WIDEST
    ]
    assert not wide
