"""Lines of a story that the verifier tells about a diagram: who does what, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.texts.roles import role_label
from app.texts.translate import N_
from app.texts.translate import gettext as _

STORY_LINES: Mapping[str, str] = {
    "start": N_("The case begins: «%(title)s»."),
    "complete": N_("%(who)s completes «%(title)s»."),
    "complete_by_requester": N_("The requester completes «%(title)s»."),
    "fire": N_("The deadline passes: «%(title)s»."),
    "run": N_("Depter runs «%(title)s»."),
    "refused": N_("Depter refuses to run «%(title)s»."),
    "end": N_("The case ends: «%(title)s»."),
}
"""Lines by kind of step, when nothing more is known about it."""
DETAILED_STORY_LINES: Mapping[tuple[str, str], str] = {
    ("complete", "decision"): N_("%(who)s completes «%(title)s» with the decision «%(decision)s»."),
    ("complete_by_requester", "decision"): N_(
        "The requester completes «%(title)s» with the decision «%(decision)s»."
    ),
    ("run", "outcome"): N_("Depter runs «%(title)s»: %(outcome)s."),
}
"""Lines by kind of step and the parameter that they add."""


def story_step_sentence(kind: str, title: str, params: Mapping[str, Any]) -> str:
    """Return one sentence about a step of a story.

    `title` is that of the element, in the language of the reader. `params` may have `role` (a role code),
    `decision` (its label) and `outcome` (the text that the operation declares). Raises KeyError for an unknown kind.
    """
    given = {name: str(value) for name, value in params.items() if value}
    line = STORY_LINES[kind]
    for (of_kind, name), detailed in DETAILED_STORY_LINES.items():
        if of_kind == kind and name in given:
            line = detailed
    outcome = given.get("outcome", "")
    words = {
        "title": title,
        "who": role_label(given["role"]) if "role" in given else _("Someone"),
        "decision": given.get("decision", ""),
        "outcome": _(outcome) if outcome else "",
    }
    return _(line) % words
