"""Compare the way of a finished case with the way that another version would have led it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.bpmn.engine import CaseSpec
from app.bpmn.model import ProcessModel
from app.cases.migration.reasons import CaseStays, StayReason
from app.cases.migration.replay import RecordedStep, replay_recorded_steps

OTHER_END = "cases.replay.other_end"
STILL_RUNNING = "cases.replay.still_running"


def find_first_difference_of_replay(
    spec: CaseSpec, pinned: ProcessModel, steps: Sequence[RecordedStep], outcome: str | None
) -> StayReason | None:
    """Return where a finished case would have left its way on the version of `spec`; None when nowhere.

    `pinned` is the version it ran on, `outcome` how it ended there.
    """
    start_variables: Mapping[str, Any] = steps[0].variables if steps else {}
    try:
        result = replay_recorded_steps(spec, pinned, steps, start_variables)
    except CaseStays as parted:
        return parted.reason
    if not result.done:
        waiting = [one.element for one in result.open_tasks] + [one.element for one in result.open_timers]
        return StayReason(STILL_RUNNING, {"step": waiting[0]})
    end = spec.model.ends[result.end or ""]
    return None if end.outcome == outcome else StayReason(OTHER_END, {"step": end.id})
