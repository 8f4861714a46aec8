"""The shipped diagrams with all that a page about them draws on: model, file, forms, the id in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from app.bpmn.model import ProcessModel, Titles, UserTask
from app.bpmn.parse import parse_diagram
from app.diagrams.picture.step_order import number_steps_in_order
from app.diagrams.versions import ShippedDiagram, read_shipped_diagrams
from app.forms.form_file import Form
from app.forms.form_file import parse_form as read_form
from app.kernel.settings import PROJECT_DIR

IDS: Mapping[str, str] = {
    "excuse": "P01",
    "excuse_entry": "P01a",
    "late_correction": "P02",
    "makeup": "P03",
    "makeup_extension": "P04",
    "dispute": "P05",
    "result_dispute": "P05a",
    "appeal": "P06",
    "commission": "P07",
    "academic_correction": "P08",
    "proposal": "P08a",
    "grade_sheet": "P09",
    "contingent_order": "P18",
    "order_review": "P18a",
    "late_entry": "P21",
    "late_sheet": "P21a",
    "backup_schedule": "P23",
    "restore_drill": "P23a",
    "scheme_approval": "P24",
    "access_request": "P22",
    "excuse_revocation": "P26",
    "journal_opening": "P31",
}
"""The id of each process in the catalogue of the regulation; a letter where one process has several diagrams."""


@dataclass(frozen=True)
class Process:
    """One shipped diagram with everything its page draws on."""

    model: ProcessModel
    xml: bytes
    forms: Mapping[str, Form]

    @property
    def key(self) -> str:
        return self.model.key

    @property
    def id(self) -> str:
        return IDS.get(self.key, "P–")

    @cached_property
    def places(self) -> dict[str, int]:
        """The number of each step, as the page and the picture say it."""
        return number_steps_in_order(self.model)

    def title(self, element: str) -> str:
        """An element with its number, in English."""
        words = titles(self.model)[element]["en"]
        return f"{self.places[element]} {words}" if element in self.places else words

    def form(self, task: UserTask) -> Form | None:
        return self.forms.get(task.form)


def titles(model: ProcessModel) -> dict[str, Titles]:
    """What each element is called, by id."""
    steps = [(id_, task.titles) for id_, task in model.user_tasks.items()]
    steps += [(id_, service.titles) for id_, service in model.services.items()]
    events = [(id_, end.titles) for id_, end in model.ends.items()]
    events += [(id_, start.titles) for id_, start in model.starts.items()]
    events += [(id_, timer.titles) for id_, timer in model.timers.items()]
    lanes = [(id_, lane.titles) for id_, lane in model.lanes.items()]
    gateways = [(id_, gateway.titles) for id_, gateway in model.gateways.items()]
    flows = [(id_, flow.titles) for id_, flow in model.flows.items() if flow.titles]
    return dict(steps + events + lanes + gateways + flows)


def processes() -> list[Process]:
    """Every shipped diagram, in the order of the catalogue."""
    found = [_process(one) for one in read_shipped_diagrams(PROJECT_DIR / "workflows", PROJECT_DIR / "forms")]
    return sorted(found, key=lambda process: (process.id, process.key))


def _process(one: ShippedDiagram) -> Process:
    xml = one.xml.encode()
    return Process(
        parse_diagram(xml), xml, {name: read_form(text.encode()) for name, text in one.forms.items()}
    )
