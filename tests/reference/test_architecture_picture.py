"""The picture of the rooms is what the import contract and the docstrings say."""

from __future__ import annotations

from lxml import etree

from app.kernel.settings import PROJECT_DIR
from tools.architecture_picture import PICTURE, layers, picture, purpose

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_is_what_its_script_draws():
    message = "run .venv/bin/python -m tools.architecture_picture"
    assert PICTURE.read_text(encoding="utf-8") == picture(), message


def test_every_room_is_drawn_and_says_what_it_is_for():
    folders = {path.parent.name for path in (PROJECT_DIR / "app").glob("*/__init__.py")}
    drawn = [room for layer in layers() for room in layer]
    assert sorted(drawn) == sorted({*folders, "cli"})
    root = etree.fromstring(picture().encode())
    said = " ".join(text.text for text in root.iter(f"{SVG}text"))
    assert all(room in said and purpose(room).split()[0] in said for room in drawn)
    assert not list(root.iter(f"{SVG}image", f"{SVG}script", f"{SVG}foreignObject"))
