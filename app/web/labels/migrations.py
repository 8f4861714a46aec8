"""Labels of migrations: states, results of cases, and reasons with the names of steps and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.cases.migration.queries import MigrationView
from app.cases.migration.reasons import StayReason
from app.diagrams.versions import PublishedDiagram
from app.texts.roles import LABEL_BY_ROLE
from app.texts.translate import N_
from app.texts.translate import gettext as _
from app.web.labels.cases import element_title
from app.web.labels.messages import message_text

RESULT_LABELS: Mapping[str, str] = {
    "waiting": N_("waits"),
    "moved": N_("moved"),
    "stays": N_("stayed"),
    "reverted": N_("moved back"),
    "kept": N_("not moved back"),
}
"""Words for the results of the cases of a migration, in the order of the tabs."""
_STATE_LABELS: Mapping[tuple[str, bool], str] = {
    ("running", False): N_("cases are being moved"),
    ("running", True): N_("cases are being moved back"),
    ("paused", False): N_("paused"),
    ("paused", True): N_("paused on the way back"),
    ("done", False): N_("done"),
    ("reverted", True): N_("moved back"),
}


def migration_state_label(migration: MigrationView) -> str:
    """Return where a migration stands, in words."""
    return _(_STATE_LABELS.get((migration.state, migration.reverting), migration.state))


def stay_reason_text(reason: StayReason, versions: Sequence[PublishedDiagram | None], locale: str) -> str:
    """Return why a case stays; its step has the name of the first of these versions that draws it."""
    params: dict[str, Any] = dict(reason.details)
    if reason.step:
        params["step"] = step_title(reason.step, versions, locale)
    role = LABEL_BY_ROLE.get(reason.details.get("role", ""))
    if role is not None:
        params["role"] = _(role)
    return message_text(reason.code, params)


def step_title(element: str, versions: Sequence[PublishedDiagram | None], locale: str) -> str:
    """Return the title of an element; its id when no version draws it."""
    titles = (element_title(version, element, locale) for version in versions if version is not None)
    return next((title for title in titles if title != element), element)
