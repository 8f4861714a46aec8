"""What was done cannot be rewritten: not by the application, the owner, or behind the triggers (1.4.4)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from app.audit import history
from app.audit.record import PrivateValue, record_audit_event
from app.cases.history import append_history
from app.journal.tables import CellVersion, ChangeSet
from app.kernel import door
from app.kernel.act import Act
from app.kernel.ids import new_id
from tests.journal.school import NOW, School

pytestmark = pytest.mark.clause("1.4.4")
COLUMNS = {
    "audit.record": "event_type",
    "cases.history": "kind",
    "journal.change_set": "reason",
    "journal.cell_version": "new_value",
}
WRITES = ("UPDATE {table} SET {column} = 'x'", "DELETE FROM {table}", "TRUNCATE {table} CASCADE")
"""CASCADE: without it PostgreSQL itself refuses a table to which a foreign key leads, and proves nothing."""


@pytest.fixture
def written(db_session: Any) -> School:
    school = School(db_session, students=1)
    act = school.teacher_act(reason="жазуу катасы")
    with door.write(act):
        mark = {"value": PrivateValue("ABSENT")}
        record_audit_event(act, "journal.mark.recorded", ("journal.cell", new_id()), None, mark, "4.2.1")
        append_history(act, new_id(), "commented", words="сөз")
        made = {"requester": school.lecturer, "offering_id": school.offering, "cells": [], "made_at": NOW}
        words = {"error_kind": "typo", "reason": b"sealed", "sha256": "0"}
        db_session.add(ChangeSet(id=new_id(), **made, **words))
        ids = dict.fromkeys(("cell_id", "lesson_id", "offering_id", "student_id"), new_id())
        entry = {"kind": "GRADE", "new_value": "75", "event_type": "journal.mark.recorded", "source": "HAND"}
        db_session.add(CellVersion(id=new_id(), version=1, at=NOW, late=False, **ids, **entry))
    with door.write(act):
        mark = {"value": PrivateValue("ABSENT")}
        record_audit_event(act, "journal.mark.recorded", ("journal.cell", new_id()), None, mark, "4.2.1")
    return school


@pytest.mark.parametrize("role", ["depter_app", "depter_owner"])
@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("write", WRITES)
def test_history_refuses_to_be_rewritten(written: School, database: Any, role: str, table: str, write: str):
    with database.connect() as connection:
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] > 0
        connection.execute(f"SET ROLE {role}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(write.format(table=table, column=COLUMNS[table]))


@pytest.mark.parametrize("role", ["depter_app", "depter_owner"])
def test_the_partition_of_a_year_refuses_as_the_whole_table_does(written: School, database: Any, role: str):
    with database.connect() as connection:
        parts = connection.execute(
            "SELECT DISTINCT tableoid::regclass::text FROM audit.record"
            " UNION SELECT DISTINCT tableoid::regclass::text FROM cases.history"
        ).fetchall()
        assert len(parts) == 2 and all(part[-5:-4] == "y" for (part,) in parts)
        connection.execute(f"SET ROLE {role}")
        for (part,) in parts:
            for write in ("DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET recorded_at = recorded_at"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(write.format(part))
        if role == "depter_app":
            assert connection.execute("SELECT kernel.create_due_year_partitions()").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT kernel.create_year_partition('audit.record', 2099)")


def test_replication_mode_does_not_open_a_back_door(written: School, database: Any):
    with database.as_migrated(), database.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        for table, column in COLUMNS.items():
            for write in WRITES:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(write.format(table=table, column=column))


def test_the_application_cannot_choose_number_moment_or_database_user(written: School, database: Any):
    with database.connect("depter_app") as connection:
        for column, value in (("recorded_at", "now()"), ("db_user", "'somebody'"), ("id", "1")):
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.GeneratedAlways)):
                connection.execute(
                    f"INSERT INTO audit.record (format, event_type, object_kind, object_id, body, {column})"
                    f" VALUES (1, 'x.y.z', 'x', gen_random_uuid(), '{{}}', {value})"
                )


def test_marks_and_reasons_stand_as_ciphertext_and_can_be_read_with_their_key(written: School, database: Any):
    with database.connect() as connection:
        (body,) = connection.execute("SELECT body FROM audit.record ORDER BY id DESC LIMIT 1").fetchone()
    assert "ABSENT" not in body and "жазуу" not in body
    entry = history.load_object_audit_entries(_last_object(database))[-1]
    assert entry.after["value"] == "ABSENT" and entry.reason == "жазуу катасы"


def test_a_lost_key_takes_the_words_and_leaves_the_record(written: School, database: Any):
    from app.audit import keys

    with database.connect() as connection:
        connection.execute("DELETE FROM audit.subject_key")
    keys.clear_person_key_cache()
    entry = history.load_object_audit_entries(_last_object(database))[-1]
    assert entry.after["value"] == history.ERASED_VALUE_TEXT and entry.event_type == "journal.mark.recorded"


def test_a_key_made_in_an_act_that_rolled_back_is_not_used_again(written: School):
    school = written
    somebody = school.person("Жоголгон", "Ачкыч")
    act = Act(somebody, None, NOW)
    place = ("journal.cell", new_id())

    class Broken(Exception):
        pass

    with pytest.raises(Broken), door.write(act):
        record_audit_event(act, "journal.mark.recorded", place, None, {"value": PrivateValue("1")})
        raise Broken
    with door.write(act):
        record_audit_event(act, "journal.mark.recorded", place, None, {"value": PrivateValue("2")})
    assert history.load_object_audit_entries(place[1])[-1].after["value"] == "2"


def _last_object(database: Any) -> Any:
    with database.connect() as connection:
        return connection.execute("SELECT object_id FROM audit.record ORDER BY id DESC LIMIT 1").fetchone()[0]
