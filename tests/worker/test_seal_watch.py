"""The night compares rows, audit and seals both ways; what it or the sealer finds becomes an incident and a letter."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import CrossCheck
from app.cases.commands.retry_incident import retry_incident
from app.cases.incidents import record_seal_incident
from app.cases.models import Incident
from app.diagrams import versions
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.notices.texts import compose_notice_text
from app.outbox.models import Message
from app.sealer import reports, seal
from app.sealer.settings import SealerSettings
from app.worker import cross_check, seal_watch
from app.worker.cross_check import compare_everything, is_night_check_due
from tests.files.pictures import pdf
from tests.scenarios.world import World

pytestmark = pytest.mark.clause("1.4.4")
DAY = date(2026, 10, 14)
RESULT = """INSERT INTO journal.result (id, sheet_id, student_id, version, status, total, arithmetic, protocol_id,
  sha256, published_at) SELECT %(id)s, %(id)s, %(id)s, 1, 'GRADED', 70, '{}', %(id)s, '', now()"""
RESULT_BODY = '{"after":{"total":"70.00","version":1},"person":null,"subject":null}'
RESULT_RECORD = """INSERT INTO audit.record (format, event_type, object_kind, object_id, body)
  VALUES (1, 'journal.results.published', 'journal.result', %(id)s, %(body)s)"""


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def sealing(database: Any, tmp_path: Path) -> SealerSettings:
    return SealerSettings(
        database.url("depter_sealer").replace("+psycopg", ""), tmp_path / "sealer", "tests/audit"
    )


def sealed(settings: SealerSettings) -> None:
    with reports.open_sealer_connection(settings) as connection:
        sealer = seal.Sealer(connection, settings)
        sealer.begin()
        sealer.seal_round()


def found(settings: Any) -> set[tuple[str, str, str]]:
    with door.read():
        report = compare_everything(settings, DAY, 0)
    return {(one.kind, one.code, one.object_id) for one in report.findings}


def test_each_change_behind_the_program_is_found_in_the_night(world, settings, database, sealing):
    case = world.teacher().requests_correction(world.edit())
    lesson = world.attended(1)
    cell = world.school.cell(lesson, world.student) or world.cell()
    uploading = world.student_actor().act()
    with door.write(uploading):
        store = FileStore(settings.data_dir)
        scan = store.store_upload(uploading, new_id(), "scan.pdf", BytesIO(pdf("one"))).id
        other = store.store_upload(uploading, new_id(), "other.pdf", BytesIO(pdf("two"))).id
    person, result = world.hires("auditor", None), str(new_id())
    with database.connect() as owner:
        owner.execute(RESULT_RECORD, {"id": result, "body": RESULT_BODY})
        owner.execute("SET session_replication_role = 'replica'")
        owner.execute(RESULT, {"id": result})
    sealed(sealing)
    before, cell_id = found(settings), str(world.cell().id)
    assert [one for one in before if one[0] in ("files.file", "audit.leaf", "cases.history")] == []
    assert ("journal.cell", "other_value", cell_id) not in before and cell is not None
    attacks = {
        f"UPDATE journal.cell SET value = 'PRESENT' WHERE id = '{cell_id}'": (
            "journal.cell",
            "other_value",
            cell_id,
        ),
        f"UPDATE journal.cell SET version = version + 1 WHERE id = '{cell_id}'": (
            "journal.cell",
            "other_version",
            cell_id,
        ),
        # A record that the program did not write ends no comparison.
        f"UPDATE audit.record SET body = '{{}}' WHERE object_id = '{cell_id}'": (
            "journal.cell",
            "changed_record",
            cell_id,
        ),
        f"DELETE FROM journal.cell WHERE id = '{cell_id}'": ("journal.cell", "without_row", cell_id),
        "UPDATE journal.result SET total = 91": ("journal.result", "other_value", result),
        "UPDATE journal.result SET version = 2": ("journal.result", "other_version", result),
        f"UPDATE audit.record SET body = 'x' WHERE object_id = '{result}' OR event_type LIKE 'cases.task.%'": (
            "journal.result",
            "changed_record",
            result,
        ),
        "DELETE FROM journal.result": ("journal.result", "without_row", result),
        "INSERT INTO cases.history OVERRIDING SYSTEM VALUE"
        " SELECT (jsonb_populate_record(h, '{\"id\": 900001}')).* FROM cases.history AS h"
        f" WHERE case_id = '{case}' AND kind = 'started'": ("cases.history", "without_record", str(case)),
        f"DELETE FROM cases.history WHERE case_id = '{case}' AND kind = 'started'": (
            "cases.history",
            "without_row",
            str(case),
        ),
        "INSERT INTO people.role_grant (id, person_id, role, deputy, valid_from) VALUES"
        f" ('00000000-0000-4000-8000-000000000001', '{person}', 'it_admin', false, '2026-09-01')": (
            "people.role_assignment",
            "without_record",
            "00000000-0000-4000-8000-000000000001",
        ),
        "UPDATE audit.record SET body = body || ' '"
        " WHERE id = (SELECT record_id FROM sealer.leaf WHERE leaf_index = 0)": (
            "audit.leaf",
            "changed_record",
            "0",
        ),
        "DELETE FROM audit.record WHERE id = (SELECT record_id FROM sealer.leaf WHERE leaf_index = 1)": (
            "audit.leaf",
            "lost_record",
            "1",
        ),
    }
    with database.connect() as owner:
        for statement, expected in attacks.items():
            with owner.transaction():
                owner.execute("SET LOCAL session_replication_role = 'replica'")
                owner.execute(statement.encode())
            assert expected in found(settings) - before, statement
        owner.execute("SET session_replication_role = 'replica'")
        owner.execute(
            "INSERT INTO audit.record (format, event_type, object_kind, object_id, body)"
            " VALUES (1, 'x.y.z', 'x', gen_random_uuid(), '{}')"
        )
        assert {one for one in found(settings) if one[1] == "not_queued"}
        # A file damaged, cut short, gone or exchanged on the disk, then one whose row points at other content.
        address, swapped = (
            owner.execute("SELECT address FROM files.file WHERE id = %s", (one,)).fetchone()[0]
            for one in (scan, other)
        )
        (place,), (beside,) = (
            Path(settings.data_dir, "files").rglob(f"*{one[-20:]}*") for one in (address, swapped)
        )
        content = place.read_bytes()
        place.chmod(0o600)
        for damaged in (content[:-1] + bytes([content[-1] ^ 1]), content[:9], b"", beside.read_bytes(), None):
            place.write_bytes(damaged) if damaged is not None else place.unlink()
            assert ("files.file", "other_content", str(scan)) in found(settings)
        place.write_bytes(content)
        owner.execute("UPDATE files.file SET address = %s WHERE id = %s", (swapped, scan))
        assert ("files.file", "other_value", str(scan)) in found(settings)


def test_findings_become_incidents_and_the_auditor_gets_the_checkpoint(
    world, settings, app, database, sealing
):
    world.hires("auditor", None)
    sealed(sealing)
    with database.connect("depter_sealer") as connection:
        reports.report_finding(connection, seal.BACK_DATED, "17", {"record": 17})
        reports.report_status(connection, "vm", "working")
    now = world.now()
    for _ in range(2):
        seal_watch.report_seal_findings(settings, now)
    (incident,) = world.session.scalars(select(Incident).where(Incident.kind == "seal")).all()
    assert (
        incident.code == seal.BACK_DATED and incident.detail["finding"] and "17" in incident.detail["error"]
    )
    # Only an explanation ends it; what ends by itself is solved.
    it = world.it().act()
    with pytest.raises(Refused), door.write(it):
        retry_incident(it, incident.id, 0)
    act = Act.by_system(now)
    with door.write(act):
        record_seal_incident(act, "sealer.silent", {})
        assert not record_seal_incident(act, "sealer.silent", {})
    seal_watch.report_seal_findings(settings, now)
    silent = select(Incident.resolved_how).where(Incident.code == "sealer.silent")
    assert world.session.scalar(silent) == "settled"
    report = seal_watch.run_night_check(app)
    assert report is not None and seal_watch.run_night_check(app) is None
    night = world.session.scalars(select(CrossCheck)).one()
    assert night.counts["audit.leaf"] > 0 and night.day == DAY
    message = world.session.scalars(
        select(Message).where(Message.event_type == seal_watch.CHECKPOINT_SIGNED)
    ).one()
    text = compose_notice_text(message.event_type, message.payload, "ky", discreet=True)
    assert "tests/audit" in text.lines and any(line.startswith("\u2014 tests/audit ") for line in text.lines)


def test_the_night_begins_at_its_minute_and_large_tables_are_cut(world, settings, monkeypatch):
    early, due = datetime(2026, 10, 14, 1, 59, tzinfo=UTC), datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
    assert not is_night_check_due(early, None) and is_night_check_due(due, None)
    assert is_night_check_due(due, date(2026, 10, 13)) and not is_night_check_due(due, DAY)
    world.session.rollback()
    world.teacher().requests_correction(world.edit())
    monkeypatch.setattr(cross_check, "ROWS_A_NIGHT", 1)
    with door.read():
        assert compare_everything(settings, DAY, 10**9).counts["audit.leaf"] == 0
