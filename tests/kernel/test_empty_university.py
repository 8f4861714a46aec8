"""`EMPTY=1`: the installed command starts a university without anybody, and its link opens the first account."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from app.kernel.dev_servers import ServerAddresses
from app.kernel.run_all import data_folder_of_run, read_running_public_url
from app.kernel.servers import paths
from app.kernel.servers.parent_watch import die_with_parent_preexec_fn
from app.kernel.settings import PROJECT_DIR
from tests.scenarios.processes import gone

DEPTER = Path(sys.executable).with_name("depter")
PASSWORD = "узун жана жакшы"


def lines_until(process: subprocess.Popen[str], last: str) -> str:
    said = ""
    assert process.stdout
    while last not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    return said


@dataclass(frozen=True, slots=True)
class Started:
    """A running empty university and what its start printed."""

    data: Path
    said: str
    environ: dict[str, str]


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    folder = paths.ensure_project_data_dir(PROJECT_DIR) / f"empty-{os.getpid()}"
    environ = {**os.environ, "DEPTER_DATA": str(folder), "PORT": "0", "EMPTY": "1"}
    for name in ("DATABASE_URL", "REDIS_URL", "MAIL_URL", "PUBLIC_URL"):
        environ.pop(name, None)
    process = subprocess.Popen(
        [DEPTER, "run"],
        cwd=folder.parent,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent_preexec_fn(signal.SIGKILL),
    )
    try:
        yield Started(folder, lines_until(process, "Ctrl-C ends it"), environ)
    finally:
        process.terminate()
        process.wait(30)
        gone(folder)
        shutil.rmtree(folder, ignore_errors=True)


class Browser:
    def __init__(self) -> None:
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.status = 0

    def asks(self, url: str, **form: str) -> str:
        """The page; with a form it is sent with the token of the page that was shown."""
        data = urlencode(form).encode() if form else None
        try:
            with self.opener.open(url, data, timeout=60) as answer:
                self.status = answer.status
                return str(answer.read().decode())
        except HTTPError as error:
            self.status = error.code
            return error.read().decode()


def token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_link_it_prints_opens_the_account_of_an_administrator(started):
    (link,) = re.findall(r"http://\S+/invitation/\S+", started.said)
    home = link.partition("/invitation/")[0]
    assert "running at " + home in started.said and "demo" not in started.said.lower()
    beside = subprocess.run(
        [DEPTER, "account", "first"],
        cwd=PROJECT_DIR,
        env=started.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    (newer,) = re.findall(r"http://\S+/invitation/\S+", beside.stdout)
    assert newer.startswith(home), "a command beside it knows the address"
    browser = Browser()
    browser.asks(link)
    assert browser.status == 410
    page = browser.asks(newer)
    browser.asks(newer, login="it", new=PASSWORD, again=PASSWORD, csrf_token=token(page))
    assert browser.status == 200
    for path in ("/people", "/roster", "/processes", "/incidents", "/inbox", "/calendar", "/account"):
        browser.asks(home + path)
        assert browser.status == 200, path
    addresses = ServerAddresses.read_server_addresses(started.data)
    assert addresses and read_running_public_url(started.data) == home


def test_the_demo_and_the_empty_university_keep_their_data_apart():
    assert (
        data_folder_of_run(PROJECT_DIR, {"EMPTY": "1"})
        != data_folder_of_run(PROJECT_DIR, {"EMPTY": "0"})
        == data_folder_of_run(PROJECT_DIR, {})
    )
    assert data_folder_of_run(PROJECT_DIR, {"EMPTY": "1", "DEPTER_DATA": "/srv/x"}) == Path("/srv/x")
