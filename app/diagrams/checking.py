"""Check of a diagram file: profile, lint and verification together, worded for a reader."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app import operations
from app.bpmn.errors import ERROR, DiagramError, DiagramFinding
from app.bpmn.model import DECISION_FIELD, ProcessModel
from app.bpmn.parse import parse_diagram
from app.diagrams.lint import lint_diagram_of_context
from app.diagrams.lint.context import LintContext
from app.diagrams.lint.messages import element_titles, finding_message_and_remedy
from app.diagrams.verify import verify_diagram_of_context
from app.diagrams.verify.steps import StoryStep
from app.kernel.i18n import current_locale, pick_text
from app.texts.story_lines import story_step_sentence

UNREADABLE_CODES = ("bpmn.file.", "bpmn.xml.", "bpmn.process.count", "diagrams.file.")
"""Prefixes of the findings after which nothing more can be said about a file."""
FORM_CODES = ("diagrams.form.", "diagrams.field.")
"""Prefixes of the findings whose parameter `name` is a form."""
NOT_EXPLORED_CODES = ("verify.not_explored", "diagrams.check.limit")


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of a story: kind of step, element, the sequence flows that tokens took, and a sentence."""

    kind: str
    element: str
    flows: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class CheckedFinding:
    """One finding in the words of the reader, with the shortest story that leads to it if the verifier made it.

    `form` and `field` name where in a form it is, "" for a finding about the drawing.
    """

    code: str
    severity: str
    element: str
    line: int
    message: str
    remedy: str
    story: tuple[StoryLine, ...] = ()
    form: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Result of a check. `states` is the number of states explored, 0 when the verifier did not run."""

    findings: tuple[CheckedFinding, ...]
    states: int = 0
    explored: bool = False
    milliseconds: int = field(default=0, compare=False)

    @property
    def is_readable(self) -> bool:
        """Return whether the file is a diagram at all."""
        return not any(one.code.startswith(UNREADABLE_CODES) for one in self.findings)

    @property
    def errors(self) -> tuple[CheckedFinding, ...]:
        """Return the findings that forbid to publish."""
        return tuple(one for one in self.findings if one.severity == ERROR)

    @property
    def is_sound(self) -> bool | None:
        """Return whether every state was explored and no error was found; None when not everything was explored."""
        if any(one.code not in NOT_EXPLORED_CODES for one in self.errors):
            return False
        return True if self.explored else None


def check_diagram(xml: bytes, forms: Mapping[str, str]) -> CheckReport:
    """Check a diagram file with its forms (texts by name) in this process, in the language of the reader."""
    began = time.perf_counter()
    try:
        model = parse_diagram(xml)
    except DiagramError as refused:
        return CheckReport(tuple(_build_checked_finding(found, None) for found in refused.findings))
    context = LintContext(model, forms)
    verified = verify_diagram_of_context(context)
    findings = [_build_checked_finding(found, context) for found in lint_diagram_of_context(context)]
    findings += [
        _build_checked_finding(one.finding, context, _story_of_finding_lines(context, one.story, one.finding))
        for one in verified.findings
    ]
    spent = round(1000 * (time.perf_counter() - began))
    return CheckReport(tuple(findings), verified.states, verified.explored, spent)


def report_of_one_finding(code: str) -> CheckReport:
    """Return the report of a file about which only this can be said."""
    return CheckReport((_build_checked_finding(DiagramFinding(code), None),))


def check_report_as_json(report: CheckReport) -> dict[str, Any]:
    """Return a report as plain values: what the editor reads and `depter diagrams check --json` prints."""
    return {
        "sound": report.is_sound,
        "states": report.states,
        "milliseconds": report.milliseconds,
        "findings": [
            {
                "code": one.code,
                "severity": one.severity,
                "element": one.element,
                "line": one.line,
                "message": one.message,
                "remedy": one.remedy,
                "form": one.form,
                "field": one.field,
                "story": [
                    {"kind": line.kind, "element": line.element, "flows": list(line.flows), "text": line.text}
                    for line in one.story
                ]
                or None,
            }
            for one in report.findings
        ],
    }


def _build_checked_finding(
    finding: DiagramFinding, context: LintContext | None, story: tuple[StoryLine, ...] = ()
) -> CheckedFinding:
    message, remedy = (
        finding_message_and_remedy(finding, context.model, context.forms)
        if context
        else finding_message_and_remedy(finding, None)
    )
    form, field_key = "", ""
    if finding.code.startswith(FORM_CODES):
        form, field_key = (str(finding.params.get(name, "")) for name in ("name", "field"))
    return CheckedFinding(
        finding.code,
        finding.severity,
        finding.element,
        finding.line,
        message,
        remedy,
        story,
        form,
        field_key,
    )


def _story_of_finding_lines(
    context: LintContext, story: tuple[StoryStep, ...], finding: DiagramFinding
) -> tuple[StoryLine, ...]:
    """Return a story in sentences; an operation that is refused, or an end that is reached, is a line of its own."""
    model = context.model
    titles = {element: pick_text(text, current_locale()) for element, text in element_titles(model).items()}
    lines: list[StoryLine] = []
    for step in story:
        lines.append(_story_step_line(context, step, titles))
        lines += [
            _service_outcome_line(model, service, outcome, titles) for service, outcome in step.services
        ]
        reached = [model.flows[flow].target for flow in step.flows]
        lines += [_story_line_without_details("end", end, titles) for end in reached if end in model.ends]
    if story and finding.code.startswith(("verify.approval.", "verify.effect.")):
        lines.append(_story_line_without_details("refused", finding.element, titles))
    return tuple(lines)


def _story_step_line(context: LintContext, step: StoryStep, titles: Mapping[str, str]) -> StoryLine:
    model, task = context.model, context.model.user_tasks.get(step.element)
    if task is None:
        timer = model.timers.get(step.element)
        named = timer.attached_to if timer is not None and timer.attached_to else step.element
        return StoryLine(
            step.kind, step.element, step.flows, story_step_sentence(step.kind, titles.get(named, named), {})
        )
    kind = "complete_by_requester" if task.assign == "requester" else "complete"
    params = {"role": model.lanes[task.lane].role, "decision": _decision_label(context, step)}
    text = story_step_sentence(kind, titles.get(task.id, task.id), params)
    return StoryLine(step.kind, task.id, step.flows, text)


def _decision_label(context: LintContext, step: StoryStep) -> str:
    """Return the label of the decision that a step made; its code when the form has no label for it."""
    decision = step.answers.get(DECISION_FIELD)
    form = context.forms.get(context.model.user_tasks[step.element].form)
    item = form.field_with_key(DECISION_FIELD) if form is not None else None
    offered = {value.value: value.label for value in item.values} if item is not None else {}
    return pick_text(offered[decision], current_locale()) if decision in offered else str(decision or "")


def _service_outcome_line(
    model: ProcessModel, service: str, outcome: str, titles: Mapping[str, str]
) -> StoryLine:
    operation = operations.OPERATIONS.get(model.services[service].operation)
    words = operation.outcomes.get(outcome, outcome) if operation is not None else outcome
    text = story_step_sentence("run", titles.get(service, service), {"outcome": words})
    return StoryLine("run", service, (), text)


def _story_line_without_details(kind: str, element: str, titles: Mapping[str, str]) -> StoryLine:
    return StoryLine(kind, element, (), story_step_sentence(kind, titles.get(element, element), {}))
