"""Production refuses what is not safe, before anything is served; each reason and its boundary."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from app import cli
from app.audit.record import record_audit_event
from app.kernel import door, keycheck
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.ids import new_id
from app.kernel.production import list_unsafe_settings, require_production_settings
from tests.support.crash_process import environment

SAFE = {"env": "production", "secret_key": "0123456789abcdef" * 2, "public_url": "https://journal.example"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"secret_key": "0123456789abcdef" * 2}, ""),
        ({"secret_key": ("0123456789abcdef" * 2)[:31]}, "SECRET_KEY is too short"),
        ({"secret_key": "ab" * 40}, "too regular"),
        ({"secret_key": "please-changeme-0123456789-abcdefghij"}, "from an example"),
        ({"database_url": "postgresql+psycopg://depter_app@db.example/depter"}, "without a password"),
        ({"database_url": "postgresql+psycopg://depter_app@/depter?host=db.example"}, "without a password"),
        ({"database_url": "postgresql+psycopg://depter_app:word@db.example/depter"}, ""),
        ({"database_url": "postgresql+psycopg://depter_app@/depter?host=/run/postgresql"}, ""),
        ({"database_url": "postgresql+psycopg://depter_app@db.example/depter?passfile=/etc/pgpass"}, ""),
        ({"public_url": "http://journal.example"}, "without https"),
        ({"public_url": "http://journal.example", "allow_plain_http": True}, ""),
        ({"metrics_token": "x" * 15}, "METRICS_TOKEN is too short"),
        ({"metrics_token": "x" * 16}, ""),
    ],
)
def test_each_unsafe_setting_is_named(settings, changed, reason):
    found = list_unsafe_settings(replace(settings, **(SAFE | changed)))
    assert len(found) == bool(reason) and all(reason in one for one in found)


@pytest.mark.parametrize("command", ["web", "worker"])
def test_web_and_worker_do_not_start_and_name_everything(db_reset, settings, command):
    keycheck.verify_or_store_key_check(settings)
    environ = environment(settings) | {"DEPTER_ENV": "production", "PUBLIC_URL": "http://journal.example"}
    answer = CliRunner(env=environ).invoke(cli.depter, [command])
    assert answer.exit_code == 1
    assert "SECRET_KEY is a text from an example" in answer.stderr and "without https" in answer.stderr


def test_a_demo_is_never_production(db_session, settings):
    production = replace(settings, **SAFE)
    require_production_settings(production)
    with door.write(Act.by_system(system_clock())):
        record_audit_event(
            Act.by_system(system_clock()), "demo.university.loaded", ("people.unit", new_id()), None, {}, None
        )
    with pytest.raises(RuntimeError, match="one published password"):
        require_production_settings(production)
    require_production_settings(replace(production, env="demo"))
