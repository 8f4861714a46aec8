"""Findings about one form of a draft: at once about the form alone, and of the check of the whole draft."""

from __future__ import annotations

from typing import Any

from app.bpmn.errors import DiagramFinding
from app.diagrams.draft_queries import StoredDraft
from app.diagrams.lint.fields import CODE_BY_PROBLEM
from app.diagrams.lint.messages import finding_message_and_remedy
from app.diagrams.lint.severity import severity_of_finding_code
from app.forms.form_changes import FormObject, serialize_form
from app.forms.form_problems import read_unfinished_form
from app.web.studio import checking


def unfinished_form_findings(name: str, plain: FormObject) -> list[dict[str, Any]]:
    """Return what is not finished in a form, in words, as a check does. Raises FormFileError for no form."""
    found = []
    for problem in read_unfinished_form(serialize_form(plain).encode()).problems:
        code = CODE_BY_PROBLEM[problem.kind]
        params = {"name": name, "field": problem.field, **problem.params}
        severity = severity_of_finding_code(code)
        message, remedy = finding_message_and_remedy(DiagramFinding(code, 0, "", params, severity), None)
        found.append(
            {
                "code": code,
                "severity": severity,
                "form": name,
                "field": problem.field,
                "message": message,
                "remedy": remedy,
            }
        )
    return found


def draft_check_findings_for_form(stored: StoredDraft, name: str) -> dict[str, Any]:
    """Return the findings of the check of a draft: those about a form, and the errors of everything else."""
    report = checking.check_drawing(stored.xml, stored.forms)
    return {
        "findings": [one for one in report["findings"] if one["form"] == name],
        "elsewhere": [
            {"message": one["message"], "remedy": one["remedy"], "element": one["element"]}
            for one in report["findings"]
            if one["form"] != name and one["severity"] == "error"
        ],
    }
