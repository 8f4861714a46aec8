"""SECRET_KEY is changed while Depter runs, in batches, again after a stop; then the earlier one is not needed."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from app import cli, create_app
from app.audit import keys, words
from app.files.rules import PDF_MEDIA_TYPE
from app.files.store import FileStore
from app.kernel import door, keycheck, keyring, sealing
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id
from app.kernel.settings import Settings
from tests.files.pictures import pdf
from tests.kernel.test_keys import environment, fresh

__all__ = ["fresh"]
NEW = "a new secret of the same installation"
NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
PERSONS = [new_id() for _ in range(5)]


@pytest.fixture
def old(fresh: Settings, settings: Settings, tmp_path: Any) -> Iterator[Settings]:
    """An installation under its first secret, with five persons' texts, a file and a keyed hash."""
    found = replace(fresh, data_dir=tmp_path)
    yield found
    keys.clear_person_key_cache()
    sealing.set_installation_secret(settings.secret_key)


def opens(found: Settings) -> Any:
    """A process that starts with these settings."""
    keycheck.verify_or_store_key_check(found)
    keys.clear_person_key_cache()
    return create_app(found)


def rotates(found: Settings, *options: str) -> Any:
    environ = environment(found) | {
        "SECRET_KEY": found.secret_key,
        "PREVIOUS_SECRET_KEY": found.previous_secret_key or "",
        "MIGRATION_DATABASE_URL": found.migration_database_url,
        "DEPTER_DATA": str(found.data_dir),
    }
    answer = CliRunner(env=environ).invoke(cli.depter, ["key", "rotate", *options])
    keys.clear_person_key_cache()
    return answer


def writes(found: Settings) -> tuple[dict[Any, bytes], Any, str]:
    """Texts by person, the id of a file and a keyed hash, written by a process with these settings."""
    with opens(found).app_context():
        act, file_id = Act(PERSONS[0], None, NOW), new_id()
        with door.write(act):
            texts = {person: words.seal_text(person, f"text of {person}") for person in PERSONS}
            FileStore(found.data_dir).store_upload(act, file_id, "a.pdf", io.BytesIO(pdf()))
            mark = keyring.keyed_hash("test", b"content")
        db.engine.dispose()
    return texts, file_id, mark


def reads(found: Settings, texts: Any, file_id: Any, mark: str) -> None:
    """A process with these settings reads all of it, and finds equal content again."""
    with opens(found).app_context():
        act = Act(PERSONS[0], None, NOW)
        with door.write(act):
            assert words.unseal_texts(texts.items()) == [f"text of {person}" for person in texts]
            opened = FileStore(found.data_dir).open_file(act, file_id, lambda _file: True)
            assert (opened.media_type, opened.content) == (PDF_MEDIA_TYPE, pdf())
            FileStore(found.data_dir).store_upload(act, new_id(), "b.pdf", io.BytesIO(pdf()))
            assert keyring.keyed_hash("test", b"content") == mark
        db.engine.dispose()
    assert len([*(found.data_dir / "files").glob("??/*")]) == 1, (
        "equal content is stored once, under its old name"
    )


def test_afterwards_the_old_secret_is_not_needed_and_opens_nothing(old):
    written = writes(old)
    both, alone = (
        replace(old, secret_key=NEW, previous_secret_key=old.secret_key),
        replace(old, secret_key=NEW),
    )
    with pytest.raises(keycheck.WrongKey):
        keycheck.verify_or_store_key_check(alone)
    reads(both, *written)
    answer = rotates(both)
    assert (answer.exit_code, answer.output.splitlines()[-1][:5]) == (0, "Done.")
    assert "audit.subject_key: 5 keys" in answer.output and "files.blob: 1 keys" in answer.output
    reads(alone, *written)
    with pytest.raises(keycheck.WrongKey):
        keycheck.verify_or_store_key_check(old)
    again = rotates(both)
    assert (again.exit_code, "0 keys wrapped" in again.output) == (0, True)
    assert rotates(alone).exit_code == 1
    # Once more, to a third secret: hashes are still those of the first one.
    third = replace(both, secret_key="the third secret of them", previous_secret_key=NEW)
    assert rotates(third).exit_code == 0
    reads(replace(third, previous_secret_key=None), *written)


def test_stopped_in_the_middle_it_goes_on_and_needs_both_secrets_until_the_end(old):
    from app.kernel import key_rotation

    written = writes(old)
    both, alone = (
        replace(old, secret_key=NEW, previous_secret_key=old.secret_key),
        replace(old, secret_key=NEW),
    )
    sealing.set_installation_secret(NEW, old.secret_key)
    tables = cli.keys.wrapped_key_tables()
    batches = key_rotation.rotate_keys(both.migration_database_url, tables, 2)
    assert (next(batches).wrapped, next(batches).wrapped) == (2, 2)
    batches.close()
    for secret in (alone, old):
        with pytest.raises(keycheck.RotationNotFinished):
            keycheck.verify_or_store_key_check(secret)
    reads(both, *written)
    answer = rotates(both, "--batch", "2")
    assert answer.exit_code == 0 and "audit.subject_key: 1 keys" in answer.output
    reads(alone, *written)


def test_what_is_written_meanwhile_is_wrapped_by_the_secret_the_database_says(old):
    """A process that knows both wraps by the old one until the change begins; one left behind writes nothing."""
    writes(old)
    both, alone = (
        replace(old, secret_key=NEW, previous_secret_key=old.secret_key),
        replace(old, secret_key=NEW),
    )
    early, late = new_id(), new_id()
    with opens(both).app_context():
        with door.write(Act(early, None, NOW)):
            first = words.seal_text(early, "early")
        assert unwrapped_by(old) == 6
        assert rotates(both).exit_code == 0
        sealing.set_installation_secret(NEW, old.secret_key)
        with door.write(Act(late, None, NOW)):
            second = words.seal_text(late, "late")
        sealing.set_installation_secret(old.secret_key)
        with pytest.raises(keyring.UnknownSecret), door.write(Act(late, None, NOW)):
            words.seal_text(new_id(), "of a process that was not started again")
        db.engine.dispose()
    assert unwrapped_by(alone) == 7
    with opens(alone).app_context(), door.read():
        assert words.unseal_texts([(early, first), (late, second)]) == ["early", "late"]
        db.engine.dispose()


def unwrapped_by(found: Settings) -> int:
    """How many keys of persons this secret opens."""
    key = sealing.derive_key(found.secret_key, keys.SUBJECT_KEY_PURPOSE)
    with psycopg.connect(found.database_url.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT subject, wrapped FROM audit.subject_key").fetchall()
    opened = 0
    for subject, wrapped in rows:
        try:
            sealing.unseal_bytes(key, wrapped, subject.bytes)
        except sealing.UnreadableSeal:
            continue
        opened += 1
    return opened


def test_a_key_that_neither_secret_opens_is_named_and_the_old_secret_stays_needed(old):
    writes(old)
    both = replace(old, secret_key=NEW, previous_secret_key=old.secret_key)
    with psycopg.connect(old.migration_database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE audit.subject_key SET wrapped = 'x' WHERE subject = %s", [PERSONS[2]])
    answer = rotates(both)
    assert answer.exit_code == 1 and f"audit.subject_key {PERSONS[2]}" in answer.output
    with pytest.raises(keycheck.RotationNotFinished):
        keycheck.verify_or_store_key_check(replace(both, previous_secret_key=None))


def test_the_earlier_secret_may_stand_in_a_file(settings, tmp_path):
    environ = {"DATABASE_URL": "x", "REDIS_URL": "y", "DEPTER_DATA": str(tmp_path)}
    assert Settings.from_env(environ).previous_secret_key is None
    os.rename(tmp_path / "secret", tmp_path / "secret.previous")
    found = Settings.from_env(environ)
    assert found.previous_secret_key == (tmp_path / "secret.previous").read_text() != found.secret_key


def test_a_browser_stays_signed_in_and_known_while_both_secrets_are_set(app, db_reset, settings):
    """Cookies signed by the earlier secret are read until it is removed; new ones are signed by the present one."""
    from app.web.core import known_devices, session_cookie

    later = create_app(replace(settings, secret_key=NEW, previous_secret_key=settings.secret_key))
    sealing.set_installation_secret(settings.secret_key)
    with app.test_request_context():
        answer = known_devices.remember_device(app.response_class(), "Anna")
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        signed = app.session_interface.get_signing_serializer(app).dumps({"key": "kept"})
    with later.test_request_context(headers={"Cookie": f"{cookie}; session={signed}"}) as context:
        assert known_devices.is_known_device("anna") and not known_devices.is_known_device("bakyt")
        assert session_cookie.session_key_hash() is not None
        renewed = (
            known_devices.remember_device(later.response_class(), "anna").headers["Set-Cookie"].split(";")[0]
        )
        assert context.request.cookies
    alone = create_app(replace(settings, secret_key=NEW))
    sealing.set_installation_secret(settings.secret_key)
    for sent, known in ((cookie, False), (renewed, True)):
        with alone.test_request_context(headers={"Cookie": sent}):
            assert known_devices.is_known_device("anna") is known
