"""`/healthz`, `/readyz`, `/metrics`: each part that fails is named, nothing is told to strangers, nothing is set."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client

from app.kernel import readiness
from app.web.core.probes import ProbesAndRequestCount

NOWHERE = "postgresql+psycopg://depter_app:hidden-word@127.0.0.1:9/none"
HERE = {"REMOTE_ADDR": "127.0.0.1"}
TOKEN = "a token of thirty characters.."


def asked(app: Any, settings: Any, path: str, **options: Any) -> Any:
    """The answer of the middleware over these settings."""
    return Client(ProbesAndRequestCount(app.wsgi_app, settings)).get(path, **options)


def test_the_process_and_its_parts_answer_without_session_or_cookie(client, app, settings):
    alive = asked(app, replace(settings, database_url=NOWHERE, redis_url=""), "/healthz")
    assert (alive.status_code, alive.text) == (200, "ok\n"), "it needs no server"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.text) == (200, "ok\n")
    for answer in (alive, ready, client.get("/metrics")):
        assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert client.post("/readyz").status_code == 405
    assert client.head("/healthz").text == ""


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("database", {"database_url": NOWHERE}),
        ("redis", {"redis_url": "redis://:hidden-word@127.0.0.1:9/0"}),
        ("files", {"data_dir": None}),
    ],
)
def test_a_part_that_is_away_is_named_and_nothing_else(app, db_reset, settings, tmp_path, part, broken):
    wrong = {name: value or tmp_path / "absent" for name, value in broken.items()}
    answer = asked(app, replace(settings, **wrong), "/readyz")
    assert (answer.status_code, answer.text) == (503, f"{part}\n")
    (found,) = readiness.list_failing_parts(replace(settings, **wrong), readiness.newest_schema_version())
    assert found.name == part and "hidden-word" not in found.remedy


def test_tables_of_another_release_are_not_ready(app, db_reset, settings, database):
    with database.connect() as owner:
        owner.execute("UPDATE kernel.alembic_version SET version_num = '0000'")
        try:
            assert asked(app, settings, "/readyz").text == "schema\n"
        finally:
            owner.execute(
                "UPDATE kernel.alembic_version SET version_num = %s", (readiness.newest_schema_version(),)
            )
    assert asked(app, settings, "/readyz").text == "ok\n"


def test_a_minute_between_the_clocks_is_the_boundary():
    before = datetime(2026, 10, 14, 3, tzinfo=UTC)
    after = before + timedelta(seconds=2)
    inside = before + timedelta(seconds=1)
    assert readiness.clock_difference(before, inside, after) == timedelta(0)
    minute = timedelta(minutes=1)
    assert (
        readiness.clock_difference(before, after + minute, after) == minute == readiness.MAX_CLOCK_DIFFERENCE
    )
    assert readiness.clock_difference(before, before - minute, after) == -minute


def test_a_clock_that_is_wrong_is_named(app, db_reset, settings, monkeypatch):
    monkeypatch.setattr(readiness, "system_clock", lambda: datetime.now(UTC) + timedelta(seconds=62))
    assert asked(app, settings, "/readyz").text == "clock\n"
    monkeypatch.setattr(readiness, "system_clock", lambda: datetime.now(UTC) + timedelta(seconds=58))
    assert asked(app, settings, "/readyz").text == "ok\n"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 403),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("10.0.0.7", {"Authorization": "Bearer "}, 403),
        ("10.0.0.7", {"Authorization": f"Bearer {TOKEN}x"}, 403),
        ("10.0.0.7", {"Authorization": "Bearer \u00ff"}, 403),
    ],
)
def test_metrics_open_to_this_machine_and_to_the_token(app, db_reset, settings, address, headers, status):
    known = replace(settings, metrics_token=TOKEN)
    answer = asked(app, known, "/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    without = asked(
        app,
        settings,
        "/metrics",
        headers={"Authorization": "Bearer "},
        environ_base={"REMOTE_ADDR": "10.0.0.7"},
    )
    assert without.status_code == 403, "an empty token opens nothing"


def numbers(text: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"^(depter\S+) (\S+)$", text, re.MULTILINE)}


def test_metrics_tell_requests_and_what_waits(app, client, settings, database):
    row = "INSERT INTO outbox.message (event_type, payload, posted_at, not_before, attempts, dead_at) VALUES"
    long_ago = datetime.now(UTC) - timedelta(seconds=500)
    with database.connect() as owner:
        owner.execute(f"{row} ('notices.letter.due', '{{}}', %(at)s, %(at)s, 0, NULL)", {"at": long_ago})
        owner.execute(f"{row} ('notices.digest.due', '{{}}', %(at)s, %(at)s, 8, %(at)s)", {"at": long_ago})
    before = numbers(client.get("/metrics").text)
    assert 500 <= before["depter_outbox_age_seconds"] < 600
    assert before["depter_letters_waiting"] == before["depter_letters_failed"] == 1
    assert (before["depter_database_up"], before["depter_timers_overdue"]) == (1, 0)
    client.get("/sign-in")
    client.open("/no-such-page", method="BREW")
    after = numbers(client.get("/metrics").text)
    login = 'depter_requests_total{group="login",method="GET",status="200"}'
    assert after[login] == before.get(login, 0) + 1
    assert 'depter_request_seconds_count{group="login",method="GET"}' in after
    assert any('group="none",method="other"' in name for name in after)
    away = numbers(asked(app, replace(settings, database_url=NOWHERE), "/metrics", environ_base=HERE).text)
    assert away["depter_database_up"] == 0 and "depter_letters_waiting" not in away


def test_processes_of_one_server_answer_for_each_other(tmp_path):
    program = (
        "import os\n"
        "from app.web.core.metrics import count_request, metrics_text\n"
        "child = os.fork()\n"
        "count_request('login', 'GET', '200', 0.1)\n"
        "if not child: os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print(metrics_text('postgresql://127.0.0.1:9/none').decode())\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert numbers(answer.stdout)['depter_requests_total{group="login",method="GET",status="200"}'] == 2
