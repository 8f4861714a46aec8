"""Every code somebody can be refused with has its sentence, and the sentence has what it needs."""

from __future__ import annotations

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.kernel.errors import Denied, Refused, Stale
from app.texts.messages import MESSAGES_BY_CODE, NEXT_STEPS_BY_CODE
from app.web.labels.messages import error_message, message_text, next_step_text
from tests.support.sources import app_sources, called

APP = Path(__file__).resolve().parents[2] / "app"
CODE = re.compile(r"[a-z_]+\.[a-z_]+\.[a-z_]+")
REFUSALS = {"Invalid", "Denied", "Stale", "Refused", "Problem", "DepterErrorOf", "field"}


def refusals() -> dict[str, set[str]]:
    """Each code written as an argument of a refusal, with the names of its parameters."""
    found: dict[str, set[str]] = {}
    for call in (call for source in app_sources() for call in source.calls):
        name = called(call)
        if name in REFUSALS or name.endswith(("Refused", "Damaged", "Stalled", "Closed", "Needed")):
            for argument in [*call.args, *(word.value for word in call.keywords)]:
                if isinstance(argument, ast.Constant) and CODE.fullmatch(str(argument.value)):
                    given = {word.arg for word in call.keywords if word.arg}
                    found.setdefault(argument.value, set()).update(given)
    return found


def test_every_code_raised_in_the_product_has_a_sentence():
    found = refusals()
    assert len(found) > 60
    assert sorted(set(found) - set(MESSAGES_BY_CODE)) == []


def test_every_code_with_a_next_step_has_a_sentence():
    assert set(NEXT_STEPS_BY_CODE) <= set(MESSAGES_BY_CODE)


def test_no_sentence_is_left_over_from_a_code_nobody_raises():
    written = "".join(path.read_text() for path in APP.rglob("*.py") if not path.name.endswith("wording.py"))
    assert [code for code in MESSAGES_BY_CODE if f'"{code}"' not in written] == []


@pytest.mark.parametrize("code", [code for code, text in MESSAGES_BY_CODE.items() if "%(" in text])
def test_a_sentence_is_filled_with_what_its_code_carries(app, code):
    values = {
        "at": datetime(2026, 10, 14, 3, 0, tzinfo=UTC),
        "day": date(2026, 10, 14),
        "role": "directorate",
    }
    needed = set(re.findall(r"%\((\w+)\)s", MESSAGES_BY_CODE[code]))
    with app.test_request_context():
        text = message_text(code, {name: values.get(name, 7) for name in needed})
    assert "%(" not in text and "UTC" not in text and "+00:00" not in text


def test_moments_are_worded_on_the_clock_of_the_university(app):
    with app.test_request_context():
        text = message_text("journal.mark.entry_closed", {"at": datetime(2026, 10, 13, 20, 30, tzinfo=UTC)})
    assert "02:30" in text and "14" in text


def test_a_refusal_says_what_happened_and_what_to_do(app):
    with app.test_request_context():
        assert error_message(Denied("people.role.oneself"))
        assert next_step_text(Refused("cases.task.taken"))
        assert next_step_text(Stale("people.form.other_content")) == ""
