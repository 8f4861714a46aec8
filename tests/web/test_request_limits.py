"""A form is refused before it is taken apart: bytes and fields, in both encodings, with a page that says so."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.web.core.request_limits import MAX_FORM_BYTES, MAX_FORM_FIELDS
from tests.web.browser import Browser

FORM = "application/x-www-form-urlencoded"


def sent(app: Any, body: bytes, kind: str = FORM) -> Any:
    guest = Browser(app, "ky")
    guest.get("/sign-in")
    token = {"X-CSRFToken": guest.token}
    return guest.send("POST", "/sign-in", data=body, content_type=kind, headers=token)


def fields(count: int) -> bytes:
    return b"&".join(b"f%d=1" % number for number in range(count))


def parts(count: int) -> bytes:
    part = b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n'
    return b"".join(part % number for number in range(count)) + b"--x--\r\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (fields(MAX_FORM_FIELDS + 1), FORM),
        (fields(300_000), FORM),
        (b"login=" + b"x" * MAX_FORM_BYTES, FORM),
        (parts(MAX_FORM_FIELDS + 1), "multipart/form-data; boundary=x"),
    ],
    ids=["fields", "very many fields", "bytes", "parts"],
)
def test_what_is_too_large_is_refused_at_once_with_a_page(app, client, body, kind):
    before = time.process_time()
    answer = sent(app, body, kind)
    assert answer.status_code == 413 and "\u04e8\u0442\u04e9 \u0447\u043e\u04a3" in answer.text
    assert time.process_time() - before < 1.0


@pytest.mark.parametrize("body", [fields(MAX_FORM_FIELDS), b"login=" + b"x" * (MAX_FORM_BYTES - 6)])
def test_what_is_not_too_large_is_read(app, client, body):
    assert sent(app, body).status_code == 422
