"""Forms as templates: what is typed is kept, and Enter in a field decides nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.forms.shared import read_expanded_form_text

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "app" / "web" / "templates"
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
TYPED = re.compile(
    r"\{\{ field\(|\{% include|<textarea|<select|<input(?![^>]*type=\"(?:hidden|file|password|search)\")"
)
ONE_LINE = re.compile(r"\{\{ field\(|\{% include|<input(?![^>]*type=\"(?:hidden|file|search)\")")
BUTTON = re.compile(r"<button(?![^>]*type=\"button\")")
LOOPED = re.compile(r"\{% for [^%]*%\}(?:(?!\{% endfor %\}).)*?<button(?![^>]*type=\"button\")", re.DOTALL)
GUARD = "{{ no_enter() }}"

KEPT_OTHERWISE = {
    "sheets/sheet.html": 'data-module="sheet"',
    "journal/lesson.html": 'data-module="lesson"',
    "resume.html": 'action="{{ to }}"',
    "layout/_dialogs.html": "data-again",
    "login.html": "login-form",
    "account/activate.html": "login-form",
    "dossiers/code.html": "login-form",
    "account/forgotten.html": "login-form",
    "account/invitation.html": "login-form",
    "inbox/_list.html": "data-bulk",
    "incidents/incidents.html": "incidents.retry_chosen_incidents",
    "studio/form.html": 'data-module="form_editor"',
}
"""Forms with another keeper: saved by line or field; drawn from a form that is kept; a password; ticks for one act."""

ENTER_IS_EXPECTED = {
    "sheets/sheet.html": 'data-module="sheet"',
    "layout/_dialogs.html": "data-again",
    "login.html": "login-form",
    "account/activate.html": "login-form",
    "dossiers/code.html": "login-form",
    "account/forgotten.html": "login-form",
    "account/invitation.html": "login-form",
    "account/settings.html": "account.password",
    "calendar/_day.html": "calendar.preview_change",
    "calendar/semesters.html": "calendar.preview_change",
    "calendar/units.html": "calendar.preview_change",
    "calendar/exams.html": "exams.preview_exam_days",
}
"""Forms of one purpose, and those that only show what would happen: their first button decides nothing."""

FIRST_SAVES = {"journal/lesson.html": '<button class="unseen" tabindex="-1" aria-hidden="true"'}
"""Forms whose first button only saves what is typed."""


def posted() -> list[tuple[str, str]]:
    """(template, text) of every form that posts, outside the frame."""
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        name = str(path.relative_to(TEMPLATES))
        found += [(name, text) for text in FORM.findall(path.read_text()) if 'method="post"' in text]
    return found


def excused(name: str, text: str, table: dict[str, str]) -> bool:
    return name in table and table[name] in text


def test_there_are_forms_to_look_at():
    assert len(posted()) > 35


def test_what_is_typed_into_a_form_is_kept():
    lost = [
        (name, text[:160])
        for name, text in posted()
        if TYPED.search(text)
        and "data-draft-key" not in text
        and not re.search(r"\{\{-? draft(?:_key)?\(", text)
        and not excused(name, text, KEPT_OTHERWISE)
    ]
    assert lost == [], "give the form `draft(...)` of layout/ui.html, or save it as its fields are left"


def test_no_password_stands_in_a_form_that_is_kept():
    kept = [text for _, text in posted() if "data-draft-key" in text or "{{ draft(" in text]
    assert kept and not [text[:160] for text in kept if 'type="password"' in text]


def test_enter_in_a_field_decides_nothing():
    decides = []
    for name, text in posted():
        if not ONE_LINE.search(text) or excused(name, text, ENTER_IS_EXPECTED):
            continue
        first = FIRST_SAVES.get(name, GUARD)
        before = BUTTON.search(text.replace(GUARD, "<button guard"))
        at = text.find(first)
        if at < 0 or before is None or before.start() < at:
            decides.append((name, text[:160]))
    assert decides == [], "begin the form with `no_enter()` of layout/ui.html"


def test_a_form_with_several_outcomes_begins_with_a_button_that_decides_nothing():
    several = [
        (name, text)
        for name, text in posted()
        if len(BUTTON.findall(text)) + len(LOOPED.findall(text)) + 2 * text.count("{{ decide(") > 1
        and ONE_LINE.search(text)
    ]
    assert {name for name, _ in several} >= {"tasks/_task.html", "inbox/_list.html", "journal/lesson.html"}
    for name, text in several:
        harmless = FIRST_SAVES.get(name, GUARD) in text or excused(name, text, ENTER_IS_EXPECTED)
        assert harmless, name


@pytest.mark.parametrize("path", sorted((ROOT / "forms").glob("*.form")), ids=lambda path: path.stem)
def test_a_decision_is_always_demanded(path):
    """The page leaves the decision to its buttons: what is sent without one is refused, never guessed."""
    fields = json.loads(read_expanded_form_text(path))["components"]
    for field in fields:
        if field.get("key") == "decision":
            assert field["validate"]["required"] is True
