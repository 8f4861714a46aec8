"""A case that cannot be read stops alone: an incident for IT, nothing half-written, the others run on."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.cases.commands.retry_incident import retry_incident
from app.cases.incidents import record_incident
from app.cases.locking import DAMAGE_ERRORS
from app.cases.models import CaseState, Incident
from app.cases.state import state_checksum
from app.diagrams import versions
from app.kernel import door
from app.kernel.errors import Refused


def damage(database: Any, case: Any, body: bytes, check: bytes | None = None) -> bytes:
    with database.connect() as connection:
        (before,) = connection.execute("SELECT body FROM cases.state WHERE case_id = %s", (case,)).fetchone()
        connection.execute(
            'UPDATE cases.state SET body = %s, "check" = %s WHERE case_id = %s',
            (body, check or state_checksum(body), case),
        )
    return bytes(before)


def test_a_damaged_state_is_refused_and_nothing_is_written(world: Any, database: Any):
    case = world.teacher().requests_correction()
    before = damage(database, case, b"D1 not what it was")
    with pytest.raises(DAMAGE_ERRORS):
        world.head().approves(case)
    assert world.open_elements(case) == ["endorse_department_head"]
    damage(database, case, before)
    world.head().approves(case)


def test_bytes_changed_behind_the_fingerprint_are_noticed(world: Any, database: Any):
    case = world.teacher().requests_correction()
    state = world.session.get(CaseState, case)
    good = bytes(state.body)
    damage(database, case, good[:-1] + b"x", state_checksum(good))
    with pytest.raises(DAMAGE_ERRORS):
        world.head().approves(case)
    damage(database, case, good)


def test_a_timer_of_a_damaged_case_makes_an_incident_and_the_others_escalate(world: Any, database: Any):
    broken, sound = world.teacher().requests_correction(), world.teacher().requests_correction()
    before = damage(database, broken, b"D1 broken")
    fired = world.days_pass(4)
    assert (fired.advanced, fired.failed) == (1, 1)
    assert world.case(broken).status == "quarantined"
    assert world.open_elements(sound) == ["visa_deputy"]
    (incident,) = world.session.scalars(select(Incident)).all()
    act = world.it().act()
    incident_id = incident.id
    world.session.rollback()
    with pytest.raises(Refused), door.write(act):
        retry_incident(act, incident_id, 0)
    damage(database, broken, before)
    with door.write(act):
        retry_incident(act, incident_id, 0)
    assert world.case(broken).status == "open"
    assert world.open_elements(broken) == ["visa_deputy"]


def test_a_version_that_is_not_what_was_published_stops_its_cases(world: Any, database: Any):
    case = world.teacher().requests_correction()
    with database.connect() as connection:
        connection.execute("ALTER TABLE diagrams.version DISABLE TRIGGER version_kept")
        connection.execute("UPDATE diagrams.version SET xml = replace(xml, '4.4.2', '4.4.1')")
        connection.execute("ALTER TABLE diagrams.version ENABLE TRIGGER version_kept")
    versions.clear_version_cache()
    with pytest.raises(versions.VersionDamaged):
        world.head().approves(case)
    with database.connect() as connection:
        connection.execute("ALTER TABLE diagrams.version DISABLE TRIGGER version_kept")
        connection.execute("UPDATE diagrams.version SET xml = replace(xml, '4.4.1', '4.4.2')")
        connection.execute("ALTER TABLE diagrams.version ENABLE TRIGGER version_kept")
    versions.clear_version_cache()


def test_one_incident_is_not_told_twice(world: Any):
    case = world.teacher().requests_correction()
    act = world.it().act()
    for _ in range(3):
        with door.write(act):
            record_incident(act, case, "cases.timer.failed", {"why": "x"}, quarantine=False)
    assert len(world.session.scalars(select(Incident)).all()) == 1
