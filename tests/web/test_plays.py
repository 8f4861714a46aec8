"""Trying a draft over HTTP: forms as each person, the clock, back, scenarios, and what a proposal demands of them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.diagrams import versions
from app.diagrams.drafts import create_draft_from_version, save_draft
from app.diagrams.models import DiagramDraft
from app.diagrams.versions import load_published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.web.plays import scenario_check_routes
from tests.web.browser import Browser, hidden
from tests.web.campus import Campus


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    yield Campus(app, db_session, clock)
    versions.clear_version_cache()


def draft_of(campus: Campus, key: str, changed: tuple[str, str] | None = None) -> str:
    """The address of a draft of a process, with one text replaced."""
    act, made = Act(campus.near["process_admin"], None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, load_published_version_id(key))
    if changed:
        xml = campus.world.session.get(DiagramDraft, made).xml
        assert changed[0] in xml
        with door.write(act):
            save_draft(act, made, 1, xml.replace(*changed))
    return f"/processes/drafts/{made}"


def enter(campus: Campus) -> Browser:
    return Browser(campus.app).enter(campus.near["process_admin"])


def field_values(form: str) -> dict[str, str]:
    """What a browser would send of a form without a press: hidden fields, texts, and the chosen ones."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]+)"', tag)
        if name is None or (kind and kind[1] in ("radio", "checkbox") and " checked" not in tag):
            continue
        found[html.unescape(name[1])] = html.unescape(value[1]) if value else "on"
    return found


class Player:
    """An administrator who tries a draft on its page."""

    def __init__(self, campus: Campus, key: str, changed: tuple[str, str] | None = None) -> None:
        self.browser = enter(campus)
        self.place = draft_of(campus, key, changed)
        self.page = self.browser.get(f"{self.place}/try").text

    def words(self) -> str:
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", self.page.split("<main")[1])))

    def does(self, *, status: int = 302, **answers: Any) -> Player:
        """Fill in the form of the open step and send it."""
        form = re.search(r'<form[^>]*class="task-form".*?</form>', self.page, re.DOTALL)
        assert form, self.words()
        action = html.unescape(re.search(r'action="([^"]+)"', form[0])[1])
        given = field_values(form[0]) | {name: value for name, value in answers.items() if value is not None}
        answer = self.browser.send("POST", action, data={"csrf_token": self.browser.token} | given)
        assert answer.status_code == status, (answer.status_code, answer.text[:3000])
        self.page = answer.text if status != 302 else self.browser.get(answer.location).text
        return self

    def presses(self, what: str, status: int = 302, **fields: Any) -> Player:
        """Send one of the small forms beside: clock, back, keep, open."""
        seen = (
            {"seen": re.search(r'name="seen" value="(\d+)"', self.page)[1]}
            if 'name="seen"' in self.page
            else {}
        )
        answer = self.browser.post(f"{self.place}/try/{what}", **(seen | fields))
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        self.page = answer.text if status != 302 else self.browser.get(answer.location).text
        return self


REASON = "Айылдагы практикада болдум, интернет жок эле."
WHY = "Окутуучулар ушинтип аташат, мурдагы аты түшүнүксүз."


def test_a_draft_is_played_by_invented_people(campus):
    play = Player(campus, "late_entry")
    assert "The request" in play.words() and "Student А Your role cannot make this request" in play.words()
    play.does(reason="short", status=422)
    assert "Please write at least" in play.words() and ">short</textarea>" in play.page
    play.does(reason=REASON)
    assert "The open step As whom Department head А" in play.words()
    assert "It is Wed 14 Oct, 09:01" in play.words() and "Next deadline: Thu 15 Oct, 23:59" in play.words()
    play.presses("clock", to="deadline")
    assert "The deadline of «Endorsement by the head of department» passes" in play.words()
    assert "As whom Department head Б, deputy" in play.words()
    drawn = play.browser.get(f"{play.place}/try/drawing.json").json
    assert drawn["open"] == ["visa_deputy"] and drawn["xml"]
    play.presses("back", kept="1")
    assert "As whom Department head А" in play.words()
    play.presses("clock", moment="", status=422)
    assert "Please fill this in." in play.words()
    play.presses("back", kept="0")
    assert "The request" in play.words() and "The play begins again" in play.words()


def test_a_play_is_kept_and_a_draft_that_breaks_it_is_refused(campus):
    play = Player(campus, "late_sheet").does(reason=REASON).does(decision="approve").does(decision="approve")
    assert "The case has ended Result: Journal opened" in play.words()
    assert "What it would have written" in play.words() and "to: Department head А" in play.words()
    play.presses("keep", id=new_id(), title="x", status=422)
    assert 'id="title-error"' in play.page
    play.presses("keep", id=new_id(), title="Эки кол менен ачылат")
    assert "Эки кол менен ачылат not run yet" in play.words()
    broken = Player(campus, "late_sheet", changed=BROKEN)
    page = broken.browser.get(f"{broken.place}/propose").text
    assert "Entry 2 (Department head А: Endorsement by the head of department" in html.unescape(page)
    answer = broken.browser.post(
        f"{broken.place}/propose", id=hidden(page, "id"), revision=hidden(page, "revision"), why=WHY
    )
    assert answer.status_code == 409 and "it parts at entry 2" in answer.text
    listed = broken.browser.get("/processes/late_sheet/scenarios").text
    remove = re.search(r'href="(/processes/scenarios/[^"]+/remove)"', listed)[1]
    broken.browser.get(remove)
    assert broken.browser.post(remove, reason="no").status_code == 422
    assert broken.browser.post(remove, reason=WHY).status_code == 302
    page = broken.browser.get(f"{broken.place}/propose").text
    answer = broken.browser.post(
        f"{broken.place}/propose", id=hidden(page, "id"), revision=hidden(page, "revision"), why=WHY
    )
    assert answer.status_code == 302
    shown = broken.browser.get(answer.location).text
    assert "1 removed" in shown and shown.count(WHY) == 2


def test_scenarios_run_after_a_check_and_one_opens_in_place_of_a_play_only_after_a_question(campus):
    """The campus has one scenario of the late entry."""
    broken = Player(campus, "late_entry", changed=BROKEN)

    def check(place: str) -> Any:
        return broken.browser.send(
            "POST", f"{place}/check/scenarios", json={}, headers={"X-CSRFToken": broken.browser.token}
        )

    shown = html.unescape(check(broken.place).json["html"])
    assert "Scenarios: 0 of 1 passed" in shown and "Entry 2 (Department head А: " in shown
    assert "fails" in broken.browser.get(f"{broken.place}/scenarios").text, "the result is stored"
    unread = draft_of(campus, "late_entry", ('sourceRef="requested" ', 'sourceRef="nowhere" '))
    assert check(unread).json["html"] == "", "a drawing with errors is not played"
    with scenario_check_routes._one_run:
        assert check(unread).status_code == 409
    sound = draft_of(campus, "late_entry")
    assert "Scenarios: 1 of 1 passed" in check(sound).json["html"]

    scenario = re.search(r'name="scenario" value="([^"]+)"', shown)[1]
    broken.page = broken.browser.get(f"{broken.place}/scenarios").text
    broken.presses("open", scenario=scenario)
    assert "The play stops at entry 2" in broken.words(), "an empty play is replaced without a question"
    broken.presses("back", kept="1").presses("clock", to="deadline")
    broken.page = broken.browser.get(f"{broken.place}/scenarios").text
    broken.presses("open", scenario=scenario)
    assert "has 2 entries that no scenario keeps" in broken.words()
    broken.presses("open", scenario=scenario, seen="1", status=409)
    broken.page = broken.browser.get(f"{broken.place}/try/open/{scenario}").text
    broken.presses("open", scenario=scenario)
    assert "The play stops at entry 2" in broken.words()


def test_a_case_is_begun_in_a_students_name_on_the_page_of_a_play(campus):
    play = Player(campus, "makeup")
    assert "Directorate А for Student А" in play.words() and "Student Б" in play.words()
    play.page = play.browser.get(f"{play.place}/try?as=curator:student").text
    play.does()
    assert "Curator А begins the case for Student А" in play.words()
    play.presses("clock", to="deadline")
    assert "A reminder would be sent to Teacher А: " in play.words()


BROKEN = (
    'sourceRef="requested" targetRef="endorse_department_head"',
    'sourceRef="requested" targetRef="visa_deputy"',
)


@pytest.mark.parametrize(
    "key", ["academic_correction", "appeal", "commission", "excuse_revocation", "makeup_extension"]
)
def test_the_form_of_a_start_is_shown_with_a_synthetic_subject(campus, key):
    play = Player(campus, key)
    assert "cannot be shown" not in play.page and "Begin the case" in play.words()


def test_a_draft_that_cannot_be_played_says_why(campus):
    play = Player(campus, "late_entry", changed=('depter:start="late_entry"', 'depter:start="other"'))
    assert "This draft cannot be played." in play.words() and "how its cases begin" in play.words()
