"""Templates as text: what a page hands over is not hidden by a name of the frame around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).resolve().parents[2] / "app" / "web" / "templates"
FRAMES = ("layout/document.html", "layout/base.html", "layout/bare.html")
READ = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])


def tree(name: str) -> nodes.Template:
    return READ.parse((TEMPLATES / name).read_text())


def asked(page: nodes.Template) -> set[str]:
    """The names a page reads and does not make itself."""
    read = {one.name for one in page.find_all(nodes.Name) if one.ctx == "load"}
    made = {one.name for one in page.find_all(nodes.Name) if one.ctx != "load"}
    made |= {one.name for one in page.find_all(nodes.Macro)}
    for one in page.find_all(nodes.FromImport):
        made |= {name if isinstance(name, str) else name[1] for name in one.names}
    return read - made


@pytest.mark.parametrize("frame", FRAMES)
def test_no_name_of_a_frame_hides_a_value_of_a_page(frame):
    """A macro of the frame stands before what the view hands over under the same name: a link would lead to a macro."""
    taken = {macro.name for macro in tree(frame).find_all(nodes.Macro)}
    pages = [str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")]
    hidden = {page: found for page in pages if page not in FRAMES and (found := taken & asked(tree(page)))}
    assert not hidden
