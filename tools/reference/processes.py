"""The folder `docs/processes/`: a page and a picture a diagram, and the index. What stands on a page: `process.py`."""

from __future__ import annotations

from app.diagrams.picture.boxes import read_pool_drawing
from app.diagrams.picture.svg import draw_diagram_svg
from app.kernel.settings import PROJECT_DIR
from tools.reference.process import page, table
from tools.reference.shipped import Process, processes

FOLDER = PROJECT_DIR / "docs" / "processes"
LANGUAGE = "ky"
"""The language of the pictures: the first one of the university."""


def files() -> dict[str, str]:
    """Every file of the folder by name: a page and a picture a diagram, and the index."""
    found = {"README.md": index()}
    for process in processes():
        found |= files_of(process)
    return found


def files_of(process: Process) -> dict[str, str]:
    """The page and the picture of one diagram, by file name."""
    drawn = draw_diagram_svg(process.model, read_pool_drawing(process.xml), process.places, LANGUAGE)
    return {f"{process.key}.md": page(process), f"{process.key}.svg": drawn}


def index() -> str:
    """The list of all processes."""
    head = (
        "# Processes\n",
        "One page a diagram of `workflows/`, written by `make reference` from the diagram itself, its forms, the",
        "menu, the policies and the clauses; a test fails when a page falls behind. What a diagram may say stands in",
        "[bpmn-vocabulary](../bpmn-vocabulary.md), every operation, policy and clause in",
        "[reference](../reference.md).\n",
    )
    rows = [
        (
            process.id,
            f"[{process.model.titles['en']}]({process.key}.md)",
            f"{process.model.titles['ky']}<br>{process.model.titles['ru']}",
            process.model.clause,
            ", ".join(lane.titles["en"] for lane in process.model.lanes.values()),
            f"`{process.key}`",
        )
        for process in processes()
    ]
    names = ("id", "process", "Кыргызча, русский", "clause", "lanes", "diagram")
    return "\n".join([*head, *table(names, rows), ""])


def write() -> None:
    """Write every file anew and take away what no diagram has any more."""
    FOLDER.mkdir(exist_ok=True)
    written = files()
    for path in FOLDER.iterdir():
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
