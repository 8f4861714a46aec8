"""Somebody in front of a browser without a screen: signed in, with the token of the page."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people import commands
from app.people.models import Account, RoleGrant
from app.web.core.visitor import SESSION_KEY_NAME

TOKEN = re.compile(r'data-csrf="([^"]+)"')


class Visitor:
    """One person with one role, in English."""

    def __init__(self, app: Any, school: Any, person: UUID, role: str, unit: UUID | None = None) -> None:
        self.app = app
        self.http = app.test_client()
        session = school.session
        session.add(
            RoleGrant(id=new_id(), person_id=person, role=role, unit_id=unit, valid_from=date(2026, 9, 1))
        )
        session.add(Account(person_id=person, login=str(person), password="never"))
        session.commit()
        at = app.extensions["depter"].clock()
        act = Act(person, None, at)
        with door.write(act):
            opened = commands.open_login_session(act, new_id(), person)
        with self.http.session_transaction() as cookie:
            cookie[SESSION_KEY_NAME] = opened.key
        self.http.set_cookie("locale", "en")
        self._token = ""

    def send(self, method: str, path: str, **more: Any) -> Any:
        """One request in a context of its own, whatever context the test holds."""
        with self.app.app_context():
            return self.http.open(path, method=method, **more)

    def get(self, path: str, **more: Any) -> Any:
        """A page."""
        return self.send("GET", path, **more)

    @property
    def token(self) -> str:
        """The token of the first page."""
        if not self._token:
            found = TOKEN.search(self.get("/journal").text) or TOKEN.search(self.get("/student").text)
            assert found
            self._token = found[1]
        return self._token

    def put(self, path: str, json: Any) -> Any:
        """JSON as the scripts send it."""
        return self.send("PUT", path, json=json, headers=self._program())

    def post_json(self, path: str, json: Any) -> Any:
        return self.send("POST", path, json=json, headers=self._program())

    def post(self, path: str, data: Any) -> Any:
        """A form as a browser without scripts sends it."""
        return self.send("POST", path, data={**data, "csrf_token": self.token})

    def _program(self) -> dict[str, str]:
        return {"X-CSRFToken": self.token, "Accept": "application/json"}
