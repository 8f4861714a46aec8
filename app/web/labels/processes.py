"""Labels of a process: its steps by lane and how many cases wait at each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.bpmn.model import ProcessModel
from app.cases.queries.step_statistics import StepStatistics
from app.diagrams.versions import PublishedDiagram
from app.kernel.i18n import pick_text
from app.texts.translate import N_, ngettext
from app.texts.translate import gettext as _
from app.web.labels.case_progress import decision_target_texts
from app.web.labels.cases import element_title

VERSION_STATE_LABELS: Mapping[str, str] = {
    "published": N_("in force"),
    "scheduled": N_("approved for later"),
    "proposed": N_("proposed"),
    "retired": N_("replaced"),
}
VERSION_ORIGIN_LABELS: Mapping[str, str] = {
    "shipped": N_("came with Depter"),
    "edited": N_("drawn at the university"),
}
LANE_SCOPE_LABELS: Mapping[str, str] = {
    "start.discipline_department": N_("of the department that teaches the discipline"),
    "start.student_institute": N_("of the institute of the student"),
}


@dataclass(frozen=True, slots=True)
class StepLoadView:
    """How many cases wait at one step and how long it takes, in words; "" where there is nothing to say.

    `oldest` is when the case that waits longest came there; None where nobody waits.
    """

    open: int
    late: int
    waiting_text: str
    late_text: str
    median_text: str
    p90_text: str
    completed: int
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class DiagramStepView:
    """One step of the ordered list that says what the drawing says. `ways`: a decision and where it leads."""

    id: str
    place: int
    title: str
    kind: str
    load: StepLoadView
    ways: tuple[tuple[str, str], ...]
    overrun: str


@dataclass(frozen=True, slots=True)
class LaneView:
    """The steps of one role, in the order of the drawing."""

    title: str
    scope: str
    steps: tuple[DiagramStepView, ...]


def step_workload_view(row: StepStatistics | None) -> StepLoadView:
    """The numbers of a step with their words."""
    if row is None:
        return StepLoadView(0, 0, "", "", "", "", 0)
    return StepLoadView(
        open=row.open,
        late=row.late,
        waiting_text=waiting_count_text(row.open),
        late_text=late_count_text(row.late),
        median_text=duration_text(row.median) if row.median is not None else "",
        p90_text=duration_text(row.p90) if row.p90 is not None else "",
        completed=row.completed,
        oldest=row.oldest,
    )


def waiting_count_text(count: int) -> str:
    """ "3 wait"; "" for nobody."""
    return ngettext("%(n)s waits", "%(n)s wait", count) % {"n": count} if count else ""


def late_count_text(count: int) -> str:
    """ "1 late"; "" for nobody."""
    return ngettext("%(n)s late", "%(n)s late", count) % {"n": count} if count else ""


def duration_text(time: timedelta) -> str:
    """A length of time in its largest fitting unit."""
    minutes = max(round(time.total_seconds() / 60), 1)
    if minutes < 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def lane_views(
    published: PublishedDiagram, rows: Mapping[str, StepStatistics], locale: str
) -> list[LaneView]:
    """Every step of the drawing by lane, numbered through: the same as the picture, for who cannot see it."""
    model = published.model
    places = {element: place for place, element in enumerate(_iter_steps_in_lane_order(model), 1)}
    return [
        LaneView(
            title=pick_text(lane.titles, locale),
            scope=_(LANE_SCOPE_LABELS[lane.scope]) if lane.scope in LANE_SCOPE_LABELS else "",
            steps=tuple(
                _diagram_step_view(published, element, place, rows, locale)
                for element, place in places.items()
                if model.lane_of_task(element) is lane
            ),
        )
        for lane in model.lanes.values()
    ]


def _iter_steps_in_lane_order(model: ProcessModel) -> Iterator[str]:
    for lane in model.lanes.values():
        yield from (id_ for id_ in (*model.user_tasks, *model.services) if model.lane_of_task(id_) is lane)


def _diagram_step_view(
    published: PublishedDiagram, element: str, place: int, rows: Mapping[str, StepStatistics], locale: str
) -> DiagramStepView:
    model = published.model
    timers = [flow for timer in model.boundary_timers(element) for flow in model.outgoing_flows(timer.id)]
    return DiagramStepView(
        id=element,
        place=place,
        title=element_title(published, element, locale),
        kind="task" if element in model.user_tasks else "service",
        load=step_workload_view(rows.get(element)),
        ways=_branch_labels_with_targets(published, element, locale),
        overrun=next((element_title(published, flow.target, locale) for flow in timers), ""),
    )


def _branch_labels_with_targets(
    published: PublishedDiagram, element: str, locale: str
) -> tuple[tuple[str, str], ...]:
    """Where a step leads: after each decision of a person, after each outcome of an operation."""
    model = published.model
    if element in model.services:
        flows = [
            way
            for flow in model.outgoing_flows(element)
            for way in (model.outgoing_flows(flow.target) if flow.target in model.gateways else (flow,))
        ]
        return tuple(
            (pick_text(way.titles, locale), element_title(published, way.target, locale)) for way in flows
        )
    return tuple(
        (word, where)
        for decision, where in decision_target_texts(published, element, locale).items()
        if where and (word := _decision_label_or_none(published, element, decision, locale)) is not None
    )


def _decision_label_or_none(
    published: PublishedDiagram, element: str, decision: str, locale: str
) -> str | None:
    """How the form words a decision; "" for the only way on, None for one it does not offer."""
    if not decision:
        return ""
    task = published.model.user_tasks.get(element)
    form = published.forms.get(task.form) if task else None
    field = form.field_with_key("decision") if form else None
    if field is None:
        return decision
    return next((pick_text(value.label, locale) for value in field.values if value.value == decision), None)


def element_titles_by_id(model: ProcessModel, locale: str) -> dict[str, str]:
    """What stands in the drawing, by element id, in the language of the reader."""
    groups: Sequence[Mapping[str, object]] = (
        model.lanes,
        model.user_tasks,
        model.services,
        model.gateways,
        model.timers,
        model.flows,
        model.ends,
        model.starts,
    )
    found = {
        id_: pick_text(titles, locale) for group in groups for id_, titles in _iter_element_titles(group)
    }
    return {model.key: pick_text(model.titles, locale), **found}


def _iter_element_titles(group: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for id_, element in group.items():
        titles = getattr(element, "titles", None)
        if titles:
            yield id_, titles
