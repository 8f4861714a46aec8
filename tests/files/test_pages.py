"""A file as a browser gets it: only who may see it, harmless headers, every look recorded."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from flask import request
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from tests.files.pictures import pdf, png
from tests.worker.somebody import signed_in, somebody


@pytest.fixture
def owner(client, app) -> UUID:
    with app.app_context():
        return somebody(role="teacher")


def upload(app, clock, person: UUID, content: bytes, name: str = "справка.pdf") -> UUID:
    act = Act(person, None, clock())
    with app.app_context(), door.write(act) as _:
        return (
            FileStore(app.extensions["depter"].settings.data_dir)
            .store_upload(act, new_id(), name, io.BytesIO(content))
            .id
        )


def looks(app) -> int:
    with app.app_context():
        viewed = select(func.count()).where(AuditRecord.event_type == "files.file.viewed")
        return db.session.scalar(viewed) or 0


def test_a_document_is_shown_beside_the_page_and_can_do_nothing(client, app, clock, owner):
    file_id = upload(app, clock, owner, pdf())
    answer = signed_in(client, owner).get(f"/files/{file_id}")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, pdf(), "application/pdf")
    assert answer.headers["Content-Disposition"].startswith('inline; filename="file.pdf"')
    assert "filename*=UTF-8''%D1%81%D0%BF" in answer.headers["Content-Disposition"]
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert "default-src 'none'" in policy and "script-src" not in policy
    assert looks(app) == 1


def test_a_picture_stands_in_a_sandbox_and_can_be_saved(client, app, clock, owner):
    file_id = upload(app, clock, owner, png(), "фото")
    answer = signed_in(client, owner).get(f"/files/{file_id}?save=1")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_who_may_not_see_a_file_gets_the_same_bytes_as_for_no_file(client, app, clock, owner):
    with app.app_context():
        stranger = somebody(role="teacher")
    browser = signed_in(client, stranger)
    foreign = browser.get(f"/files/{upload(app, clock, owner, pdf())}")
    absent = browser.get(f"/files/{new_id()}")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.data == absent.data
    assert looks(app) == 0


def test_nobody_sees_a_file_without_signing_in(client, app, clock, owner):
    assert client.get(f"/files/{upload(app, clock, owner, pdf())}").status_code == 401


def test_an_upload_never_lies_on_the_disk_in_the_clear(app):
    sent = {"file": (io.BytesIO(b"x" * 2_000_000), "scan.pdf")}
    with app.test_request_context("/", method="POST", data=sent):
        stream = request.files["file"].stream
        assert isinstance(stream, io.BytesIO) and len(stream.read()) == 2_000_000
