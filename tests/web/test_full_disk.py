"""A full disk is answered in words; nothing is half stored. The largest size of a file stands for it."""

from __future__ import annotations

import io
import resource
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app import cli
from app.diagrams import versions
from app.files.models import File
from app.kernel.ids import new_id
from app.kernel.servers.mail import MailCatcher
from tests.files.pictures import pdf
from tests.kernel.test_keys import environment
from tests.web.browser import Browser
from tests.web.campus import Campus
from tests.web.test_case_pages import REASON, request_form, request_path

ROOM = 128 * 1024
LARGE = pdf("x" * (2 * ROOM))


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process grows beyond 128 KB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def campus(app: Any, db_session: Any, clock: Any) -> Iterator[Campus]:
    versions.clear_version_cache()
    yield Campus(app, db_session, clock)
    versions.clear_version_cache()


def stored(campus: Campus, settings: Any) -> tuple[int, list[Path]]:
    campus.world.session.rollback()
    rows = campus.world.session.scalar(select(func.count()).select_from(File)) or 0
    return rows, sorted(one for one in (settings.data_dir / "files").rglob("*") if one.is_file())


@pytest.mark.parametrize(
    ("locale", "words"),
    [("ky", "диски толуп калды"), ("ru", "Диск сервера заполнен"), ("en", "The disk of the server is full")],
)
def test_an_upload_without_room_keeps_what_was_typed_and_stores_nothing_half(campus, settings, locale, words):
    teacher, case = Browser(campus.app, locale).enter(campus.near["teacher"]), new_id()
    lesson = campus.world.missed(20)
    path = request_path(campus, lesson)
    form = request_form(campus, case, lesson, files=(io.BytesIO(LARGE), "акт.pdf"))
    before = stored(campus, settings)
    with no_room():
        answer = teacher.post(path, **form)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert words in answer.text and REASON in answer.text
    assert stored(campus, settings) == before
    again = request_form(campus, case, lesson, files=(io.BytesIO(LARGE), "акт.pdf"))
    assert teacher.post(path, **again).status_code == 302


def test_scripts_get_it_as_json(campus, settings):
    teacher = Browser(campus.app, "en").enter(campus.near["teacher"])
    with no_room():
        answer = teacher.send(
            "POST",
            f"/cases/{campus.things['case_id']}/files",
            data={"id": str(new_id()), "file": (io.BytesIO(LARGE), "a.pdf"), "csrf_token": teacher.token},
            headers={"Accept": "application/json"},
        )
    assert answer.status_code == 503 and "disk" in answer.json["error"]["message"]


def test_an_export_without_room_says_so_and_leaves_the_earlier_file(
    db_reset, app, settings, tmp_path, monkeypatch
):
    target = tmp_path / "roster.zip"
    target.write_bytes(b"the export of yesterday")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        answer = CliRunner(env=environment(settings)).invoke(cli.depter, ["export", "oneroster", str(target)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (
        answer.exit_code == 1 and "could not be written" in answer.output and "Traceback" not in answer.output
    )
    assert target.read_bytes() == b"the export of yesterday" and [*tmp_path.iterdir()] == [target]


def test_a_letter_without_room_is_kept_by_the_sender(tmp_path):
    catcher = MailCatcher(tmp_path / "mail")
    catcher.start()
    try:
        with smtplib.SMTP("127.0.0.1", catcher.port) as server:
            with no_room(), pytest.raises(smtplib.SMTPDataError) as refused:
                server.sendmail("a@example.kg", ["b@example.kg"], "Subject: x\r\n\r\n" + "yyyy\r\n" * ROOM)
            assert refused.value.smtp_code == 452 and [*(tmp_path / "mail").iterdir()] == []
            server.sendmail("a@example.kg", ["b@example.kg"], "Subject: x\r\n\r\ny")
        assert len([*(tmp_path / "mail").iterdir()]) == 1
    finally:
        catcher.stop()
