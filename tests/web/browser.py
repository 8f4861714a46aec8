"""A browser without a screen: cookies, the token of the last page, forms and JSON as pages and scripts send them."""

from __future__ import annotations

import html
import re
from typing import Any
from uuid import UUID

from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from app.people import commands

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """Each request is in an app context of its own, whatever context the test holds."""

    def __init__(self, app: Any, locale: str = "en") -> None:
        self.app = app
        self.http = app.test_client()
        self.token = ""
        if locale:
            self.http.set_cookie("locale", locale)

    def send(self, method: str, path: str, **more: Any) -> Any:
        with self.app.app_context():
            answer = self.http.open(path, method=method, **more)
        found = TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        self.token = found[1] if found else self.token
        return answer

    def get(self, path: str, **more: Any) -> Any:
        return self.send("GET", path, **more)

    def post(self, path: str, headers: Any = None, **fields: Any) -> Any:
        """A form with the token of the last page. A field named `from_` is sent as `from`."""
        data = {name.rstrip("_"): value for name, value in fields.items()}
        return self.send("POST", path, data={"csrf_token": self.token} | data, headers=headers)

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """As the scripts do it: the token in a header."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        return self.send(method, path, json=body, headers=headers)

    def sign_in(self, login: str, password: str, **fields: Any) -> Any:
        """Through the page."""
        self.get("/sign-in")
        return self.post("/sign-in", login=login, password=password, **fields)

    def enter(self, person: UUID) -> Browser:
        """A session without a password; the person needs an account."""
        with self.app.app_context():
            act = Act(person, None, self.app.extensions["depter"].clock())
            with door.write(act):
                opened = commands.open_login_session(act, new_id(), person, "Test browser", "127.0.0.1")
        with self.http.session_transaction() as cookie:
            cookie.clear()
            cookie["key"] = opened.key
        self.get("/account")
        return self

    def uncover_names(self) -> None:
        """As an auditor who sees names covered asks for them, with a reason."""
        self.get("/account/names")
        assert self.post("/account/names", reason="For the check of the accreditation").status_code == 302


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page; of the last form that has it."""
    found = re.findall(rf'name="{name}" value="([^"]*)"', page)
    assert found, page[:2000]
    return html.unescape(found[-1])
