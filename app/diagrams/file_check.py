"""Check of a diagram file on disk with the forms that it names."""

from __future__ import annotations

from pathlib import Path

from app.bpmn.errors import DiagramError
from app.bpmn.parse import parse_diagram
from app.bpmn.safe_xml import MAX_DIAGRAM_BYTES
from app.diagrams.checking import CheckReport, check_diagram, report_of_one_finding
from app.diagrams.limited_check import run_check_with_limits
from app.diagrams.versions import read_form_texts_of_model
from app.kernel.settings import SHIPPED_FORMS_DIR


def check_diagram_file_with_limits(path: Path, forms: Path | None = None) -> CheckReport:
    """Check a diagram file with limits, in the language of the reader; a file that cannot be read is a finding.

    `forms` is the folder of the form files. Without it: `forms` beside the file, `forms` beside its folder, or those
    that ship.
    """
    return run_check_with_limits(check_diagram_file_in_this_process, path, find_forms_folder(path, forms))


def find_forms_folder(path: Path, forms: Path | None = None) -> Path:
    """Return the folder of the forms of a diagram file, as `check_diagram_file_with_limits` finds it."""
    folders = (forms,) if forms is not None else (path.parent / "forms", path.resolve().parents[1] / "forms")
    return next((one for one in folders if one.is_dir()), SHIPPED_FORMS_DIR)


def check_diagram_file_in_this_process(path: Path, forms: Path) -> CheckReport:
    """Check a diagram file in this process, with the forms of a folder."""
    try:
        with path.open("rb") as file:
            xml = file.read(MAX_DIAGRAM_BYTES + 1)
    except OSError:
        return report_of_one_finding("diagrams.file.unreadable")
    try:
        texts = read_form_texts_of_model(parse_diagram(xml), forms)
    except DiagramError:
        texts = {}
    except (ValueError, OSError):  # a damaged shared file, a name that it does not have
        return report_of_one_finding("diagrams.form.folder")
    return check_diagram(xml, texts)
