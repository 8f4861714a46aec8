"""Every route that writes is sent nonsense: a clear 4xx in the person's language, and nothing is written.

A new route joins by itself; `campus.body_of` says what a good request to it looks like, and each of its parts is
spoilt in turn.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import text

from app.kernel.i18n import LOCALES
from tests.web.browser import Browser
from tests.web.campus import Campus, Place, body_of, places
from tests.web.test_routes import ACCEPTS, roles_of_policy

LONG = "щ" * 20_000 + "x" * 180_000
DEEP = "[" * 100_000
FORM = "application/x-www-form-urlencoded"
CODE = re.compile(
    r"\b(?:kernel|journal|cases|forms|files|people|operations|bpmn|notices|exchange)\.[a-z_]+\.[a-z_]+\b"
)
SENTENCE = re.compile(r"<main.*?</main>", re.DOTALL)
LATIN = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]{2,}){2,}")
"""Three English words in a row."""

SPOILT_TEXTS: dict[str, Any] = {
    "nothing": "",
    "spaces": "   ",
    "twice": ["x", "y"],
    "null byte": "a\x00b",
    "bytes": b"\xff\xfe\xfa",
    "lone surrogate": b"\xed\xa0\x80",
    "huge number": "9" * 400,
    "negative": "-1",
    "markup": "<script>alert(1)</script>",
    "not an id": "00000000-0000",
    "long": LONG,
}
SPOILT_VALUES: dict[str, Any] = {
    "null": None,
    "number": 5,
    "infinity": 1e308 * 10,
    "truth": True,
    "list": [],
    "object": {},
    "nothing": "",
    "null byte": "a\x00b",
    "negative": -1,
    "huge number": 10**400,
    "long": LONG,
}
SPOILT_BODIES: dict[str, dict[str, Any]] = {
    "no body": {},
    "a list": {"json": []},
    "a text": {"json": "x"},
    "null": {"json": None},
    "broken json": {"data": '{"a":', "content_type": "application/json"},
    "deep json": {"data": DEEP, "content_type": "application/json"},
    "fairly deep json": {"data": "[" * 900 + '"x"' + "]" * 900, "content_type": "application/json"},
    "not utf-8 json": {"data": b'{"a": "\xff"}', "content_type": "application/json"},
    "plain text": {"data": "x", "content_type": "text/plain"},
    "broken parts": {"data": b"--x\r\nnonsense", "content_type": "multipart/form-data; boundary=x"},
    "parts without boundary": {"data": b"x", "content_type": "multipart/form-data"},
    "bytes for a form": {"data": b"%ff=%00&=&&%zz", "content_type": FORM},
    "a form of two megabytes": {"data": b"a=" + b"x" * 2_000_000, "content_type": FORM},
    "a thousand fields": {"data": "&".join(f"f{n}=1" for n in range(3000)), "content_type": FORM},
}

WHO = {
    "tasks": "department_head",
    "inbox": "department_head",
    "people": "it_admin",
    "bell": "it_admin",
    "incidents": "it_admin",
    "roster": "academic_office",
    "calendar": "academic_office",
    "policies": "academic_office",
    "exams": "academic_office",
    "structure": "academic_office",
    "orders": "directorate",
    "person_erasure": "academic_office",
    "account_standings": "it_admin",
    "account_import": "it_admin",
    "access": "department_head",
    "acknowledgements": "curator",
    "own_acknowledgement": "student",
    "setup": "it_admin",
    "timetable": "academic_office",
    "takeover": "academic_office",
    "openings": "academic_office",
    "scheme_drafts": "academic_office",
    "studio": "process_admin",
    "migrations": "process_admin",
    "plays": "process_admin",
    "audit": "auditor",
}
"""Who may use the routes of a blueprint; a teacher where nothing is said."""
OPEN_TO_GUESTS = frozenset({"login.enter", "login.sign_out"})

WRITTEN = """
SELECT (SELECT count(*) FROM audit.record), (SELECT count(*) FROM outbox.message), (SELECT count(*) FROM cases.history),
       (SELECT count(*) FROM cases."case"), (SELECT count(*) FROM cases.task WHERE closed_at IS NULL),
       (SELECT coalesce(sum(version), 0) FROM journal.cell), (SELECT count(*) FROM journal.change_set),
       (SELECT count(*) FROM files.file), (SELECT count(*) FROM people.role_grant),
       (SELECT count(*) FROM people.person), (SELECT count(*) FROM diagrams.draft_revision)
"""


def spoilt(good: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The good request with one part spoilt, for each part and each way."""
    yield from SPOILT_BODIES.items()
    for kind, ways in (("data", SPOILT_TEXTS), ("query_string", SPOILT_TEXTS), ("json", SPOILT_VALUES)):
        body = good.get(kind)
        if not isinstance(body, dict):
            continue
        for name in body:
            yield f"no {name}", good | {kind: {key: value for key, value in body.items() if key != name}}
            for way, value in ways.items():
                yield f"{name} is {way}", good | {kind: body | {name: value}}


def rewound(good: dict[str, Any]) -> dict[str, Any]:
    """Files of a form are read by each request; give every request its own."""
    data = good.get("data")
    if not isinstance(data, dict):
        return good
    fresh = {
        name: (io.BytesIO(value[0].getvalue()), *value[1:]) if isinstance(value, tuple) else value
        for name, value in data.items()
    }
    return good | {"data": fresh}


def written(campus: Campus) -> tuple[int, ...]:
    campus.world.session.rollback()
    found = tuple(campus.world.session.execute(text(WRITTEN)).one())
    campus.world.session.rollback()
    return found


def address(campus: Campus, place: Place) -> str:
    given = campus.named(campus.things)
    with campus.app.test_request_context():
        adapter = campus.app.url_map.bind("localhost")
        return str(
            adapter.build(place.endpoint, {key: given[key] for key in place.arguments}, method=place.method)
        )


def sends(browser: Browser, place: Place, path: str, body: dict[str, Any], accept: str) -> Any:
    if "json" in body:
        body = {"data": json.dumps(body["json"]), "content_type": "application/json"}
    return browser.send(
        place.method, path, headers={"X-CSRFToken": browser.token, "Accept": accept}, **rewound(body)
    )


def explains(answer: Any, where: str) -> None:
    """The answer says what is wrong in Kyrgyz, without a raw code."""
    if answer.mimetype == "application/json":
        said = answer.json["error"]
        words = " ".join(
            [said["message"], *(line for lines in said.get("fields", {}).values() for line in lines)]
        )
        assert said["message"], where
    else:
        found = SENTENCE.search(answer.text)
        assert found, where
        words = re.sub(
            r"<[^>]*>", " ", re.sub(r"<(script|textarea|option).*?</\1>", " ", found[0], flags=re.DOTALL)
        )
    assert not CODE.search(words), (where, CODE.findall(words))
    assert not LATIN.search(words), (where, LATIN.findall(words))


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Campus:
    return Campus(app, db_session, clock)


def writing(app: Any) -> list[Place]:
    return [place for place in places(app) if place.method != "GET"]


ROOMS = (
    "access",
    "acknowledgements",
    "own_acknowledgement",
    "account",
    "account_import",
    "account_standings",
    "audit",
    "bell",
    "calendar",
    "policies",
    "seals",
    "cases",
    "channels",
    "dossiers",
    "exams",
    "person_erasure",
    "feed",
    "forgotten",
    "inbox",
    "incidents",
    "invitation",
    "journal",
    "login",
    "migrations",
    "openings",
    "orders",
    "people",
    "plays",
    "roster",
    "scheme_drafts",
    "rules",
    "schemes",
    "setup",
    "sheets",
    "start",
    "structure",
    "studio",
    "takeover",
    "tasks",
    "timetable",
    "topics",
    "verify",
)


PARTS = {
    "account": 5,
    "bell": 5,
    "calendar": 5,
    "cases": 7,
    "exams": 7,
    "inbox": 5,
    "incidents": 5,
    "journal": 11,
    "migrations": 5,
    "people": 7,
    "plays": 13,
    "roster": 5,
    "schemes": 5,
    "sheets": 5,
    "start": 7,
    "structure": 5,
    "studio": 13,
    "tasks": 5,
    "timetable": 5,
}
"""Into how many tests the whole walk through a room is cut, so that none is long; a field is spoilt in twelve ways, so
parts that divide twelve would be unlike."""
STRIDE = 6
"""Of the ways to spoil a route, one in so many is tried in every run, and all in the long one. Which one differs from
route to route and from field to field, so that every run tries each way somewhere."""


def test_every_blueprint_that_writes_is_walked(app):
    assert {place.endpoint.partition(".")[0] for place in writing(app)} == set(ROOMS)


def cut_walks(parts_of_a_room: Callable[[str], int]) -> pytest.MarkDecorator:
    """One test for each part of the walk through each room."""
    walks = [
        (room, part, parts) for room in ROOMS for parts in [parts_of_a_room(room)] for part in range(parts)
    ]
    return pytest.mark.parametrize(("room", "part", "parts"), walks)


@cut_walks(lambda room: -(-PARTS.get(room, 1) // STRIDE))
def test_nonsense_is_refused_clearly_and_writes_nothing(app, campus, room: str, part: int, parts: int):
    walk(app, campus, room, part, parts, STRIDE)


@pytest.mark.torture
@cut_walks(lambda room: PARTS.get(room, 1))
def test_all_nonsense_is_refused_clearly_and_writes_nothing(app, campus, room: str, part: int, parts: int):
    walk(app, campus, room, part, parts, 1)


def walk(app: Any, campus: Campus, room: str, part: int, parts: int, stride: int) -> None:
    """Send each route of the room one spoilt request of `stride`; of these, every `parts`-th."""
    role = WHO.get(room, "teacher")
    browser = Browser(app, "ky").enter(campus.near[role])
    walked = 0
    for place in writing(app):
        if place.endpoint.partition(".")[0] != room or place.endpoint == "login.sign_out":
            continue
        assert role in roles_of_policy(place.policy), (place, "name a role in WHO")
        path, before = address(campus, place), written(campus)
        ways = list(spoilt(body_of(place, campus.named(campus.things))))[
            crc32(str(place).encode()) % stride :: stride
        ]
        for number, (way, body) in list(enumerate(ways))[part::parts]:
            where = f"{place}: {way}"
            # What a request is refused for does not depend on the shape of the answer: each way is tried in one.
            answer = sends(browser, place, path, body, ACCEPTS[number // parts % 2])
            assert answer.status_code < 500, (where, answer.text[:500])
            walked += 1
            if answer.status_code >= 400:
                explains(answer, where)
                assert written(campus) == before, where
            else:
                before = written(campus)
    assert walked >= len(SPOILT_BODIES) // stride // parts


@pytest.mark.parametrize("room", ROOMS)
def test_no_page_of_a_room_that_writes_is_an_error(app, campus, room: str):
    browser = Browser(app, "ky").enter(campus.near[WHO.get(room, "teacher")])
    for place in places(app):
        if place.method == "GET" and place.endpoint.partition(".")[0] == room:
            # As a page it is opened by test_routes.py.
            assert campus.visits(browser, place, campus.things, ACCEPTS[1]).status_code < 500, place


@pytest.mark.parametrize("locale", LOCALES)
def test_a_refusal_speaks_the_language_of_its_reader(app, campus, locale: str):
    browser = Browser(app, locale).enter(campus.near["department_head"])
    said = browser.post(f"/tasks/{campus.things['task_id']}", decision="perhaps").text
    assert {"ky": "тандаңыз", "ru": "Выберите", "en": "Please choose one of the offered values"}[
        locale
    ] in said
