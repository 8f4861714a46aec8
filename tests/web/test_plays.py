"""Trying a draft over HTTP: forms as each person, the clock, back, scenarios, and what a proposal demands of them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.diagrams import versions
from app.diagrams.drafts import create_draft_from_version
from app.diagrams.versions import published_version_id
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from tests.web.browser import Browser
from tests.web.campus import Campus


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    yield Campus(app, db_session, clock)
    versions.clear_version_cache()


def draft_of(campus: Campus, key: str) -> str:
    act, made = Act(campus.near["process_admin"], None, campus.world.clock()), new_id()
    with door.write(act):
        create_draft_from_version(act, made, published_version_id(key))
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

    def __init__(self, campus: Campus, key: str, place: str = "") -> None:
        self.browser = enter(campus)
        self.place = place or draft_of(campus, key)
        self.page = self.browser.get(f"{self.place}/try").text

    def words(self) -> str:
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", self.page.split("<main")[1])))

    def does(self, *, person: str = "", status: int = 302, **answers: Any) -> Player:
        """Fill in the form of the open step, as this person when one is named, and send it."""
        if person:
            self.page = self.browser.get(f"{self.place}/try?as={person}").text
        form = re.search(r'<form[^>]*class="task-form".*?</form>|<form[^>]*task-form.*?</form>', self.page, re.S)
        assert form, self.words()
        action = html.unescape(re.search(r'action="([^"]+)"', form[0])[1])
        given = field_values(form[0]) | {name: value for name, value in answers.items() if value is not None}
        answer = self.browser.send("POST", action, data={"csrf_token": self.browser.token} | given)
        assert answer.status_code == status, (answer.status_code, answer.text[:3000])
        self.page = answer.text if status != 302 else self.browser.get(answer.location).text
        return self

    def presses(self, what: str, status: int = 302, **fields: Any) -> Player:
        """Send one of the small forms beside: clock, back, keep, open."""
        seen = {"seen": re.search(r'name="seen" value="(\d+)"', self.page)[1]} if 'name="seen"' in self.page else {}
        answer = self.browser.post(f"{self.place}/try/{what}", **(seen | fields))
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        self.page = answer.text if status != 302 else self.browser.get(answer.location).text
        return self


def test_a_draft_is_played_to_its_end_by_invented_people(campus):
    play = Player(campus, "late_correction")
    name = re.search(r'name="(new:[^"]+)"', play.page)[1]
    play.does(error_kind="typo", reason="short", status=422)
    print(play.words()[:1500])
    play.does(error_kind="typo", reason="Жаңылып терилген: студент сабакта отурган.", **{name: "PRESENT"})
    print(play.words()[:2500])
    play.does(decision="approve")
    play.presses("clock", to="deadline")
    print(play.words()[:2500])
    play.does(decision="approve")
    play.does(decision="approve")
    print(play.words()[:4500])
