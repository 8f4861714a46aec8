"""`depter audit replay`: the audit alone gives every cell, result, case and role, and whoever goes past it is named."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from app import cli
from app.audit.erasures import erase_person
from app.audit.rebuilt_tables import REDUCED_TABLES
from app.audit.replay.compare import RowDifference
from app.audit.replay.run import ReplayResult, replay_audit
from app.kernel import door
from app.kernel.act import Act
from tests.demo.university import Demo
from tests.support.crash_process import environment
from tests.support.replay import SHIPPED


class Replay:
    """Replays the database of the test and gathers what differs."""

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.url = settings.migration_database_url
        self.found: list[RowDifference] = []
        self.result: ReplayResult | None = None

    def __call__(self) -> list[RowDifference]:
        self.found = []
        self.result = replay_audit(self.url, SHIPPED, self.found.append)
        return self.found


@pytest.fixture
def replay(settings: Any) -> Replay:
    return Replay(settings)


def test_demo_agrees_with_its_audit(demo: Demo, replay: Replay) -> None:
    assert replay() == []
    assert replay.result is not None and replay.result.agrees and not replay.result.erased
    assert all(replay.result.rows[name] for name in REDUCED_TABLES), "the demo has rows of each"
    assert sum(count > 0 for count in replay.result.rows.values()) >= 40


def test_every_attack_on_rows_is_named(demo: Demo, replay: Replay, database: Any) -> None:
    with database.connect("depter") as owner:
        one = lambda query, *values: owner.execute(query, values).fetchone()[0]  # noqa: E731
        owner.execute("SET session_replication_role = replica")
        cell = one(
            "UPDATE journal.cell SET value = '99' WHERE id = (SELECT id FROM journal.cell WHERE kind = 'GRADE'"
            " ORDER BY id LIMIT 1) RETURNING id::text"
        )
        grant = one(
            "INSERT INTO people.role_grant (id, person_id, role, valid_from) SELECT gen_random_uuid(), person_id,"
            " 'it_admin', valid_from FROM people.role_grant LIMIT 1 RETURNING id::text"
        )
        case = one(
            'UPDATE cases."case" SET outcome = \'refused\' WHERE id = (SELECT id FROM cases."case" WHERE outcome IS'
            " NOT NULL ORDER BY id LIMIT 1) RETURNING id::text"
        )
        task = one(
            "UPDATE cases.task SET due_at = due_at + interval '9 days' WHERE id = (SELECT id FROM cases.task ORDER BY"
            " id LIMIT 1) RETURNING id::text"
        )
        entry = one(
            "WITH last AS (SELECT max(id) AS id FROM cases.history), gone AS (DELETE FROM cases.history h USING last"
            " WHERE h.id = last.id RETURNING h.case_id) SELECT case_id::text FROM gone"
        )
        rewritten = one(
            "UPDATE journal.result SET total = total - 1 WHERE id = (SELECT min(id::text)::uuid FROM journal.result)"
            " RETURNING id::text"
        )
        result = one(
            "DELETE FROM journal.result WHERE id = (SELECT max(id::text)::uuid FROM journal.result) RETURNING id::text"
        )
        state = one(
            "UPDATE cases.state SET body = body || 'x'::bytea WHERE case_id = (SELECT min(case_id::text)::uuid FROM"
            " cases.state) RETURNING case_id::text"
        )
        lesson = one(
            "UPDATE journal.lesson SET topic = topic || '!' WHERE id = (SELECT min(id::text)::uuid FROM journal.lesson)"
            " RETURNING id::text"
        )
        scheme = one(
            "UPDATE journal.grading_scheme SET version = 9 WHERE code = 'MANAS_40' RETURNING id::text"
        )
        attached = one(
            "UPDATE cases.attachment SET name = NULL WHERE id = (SELECT min(id::text)::uuid FROM cases.attachment)"
            " RETURNING id::text"
        )
    found = {(one.table, one.key.split(":")[0]): one for one in replay()}
    assert set(found) == {
        ("journal.cell", cell),
        ("people.role_grant", grant),
        ("cases.case", case),
        ("cases.task", task),
        ("cases.history", entry),
        ("journal.result", result),
        ("journal.result", rewritten),
        ("cases.state", state),
        ("cases.attachment", attached),
        ("journal.lesson", lesson),
        ("journal.grading_scheme", scheme),
        ("journal.grading_scheme", "MANAS_40"),
    }
    assert found["journal.cell", cell].columns == ("value",)
    assert found["journal.result", rewritten].columns == ("total",)
    assert found["people.role_grant", grant].extra and found["journal.result", result].missing
    assert found["cases.case", case].columns == ("outcome",) and found["cases.task", task].columns == (
        "due_at",
    )
    assert found["cases.history", entry].missing and found["cases.state", state].columns == ("body",)
    assert replay.result is not None and not replay.result.agrees and replay.result.differences == len(found)
    answer = CliRunner(env=environment(replay.settings)).invoke(
        cli.depter, ["audit", "replay", "--most", "2"]
    )
    assert answer.exit_code == 1, answer.output
    assert f"journal.cell {cell}: differs in value" in answer.output
    assert (
        "and 10 more: repeat with --most 12" in answer.output and "DIFFERENT: 12 rows differ" in answer.output
    )
    assert "cases.draft, a draft" in answer.output and "'99'" not in answer.output


def test_a_dump_with_the_audit_truncated_is_named(demo: Demo, replay: Replay, database: Any) -> None:
    """Every row of the running system stands without its record."""
    with database.connect("depter") as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM audit.record")
    without = replay()
    assert replay.result is not None and not replay.result.agrees
    assert {one.table for one in without} > {
        "journal.cell",
        "journal.result",
        "cases.case",
        "people.role_grant",
    }


def test_erased_texts_are_listed_and_a_forged_record_is_named(
    demo: Demo, replay: Replay, database: Any, clock: Any
) -> None:
    with database.connect("depter") as owner:
        student, office = owner.execute(
            "SELECT c.requester, (SELECT person_id FROM people.role_grant WHERE role = 'it_admin' LIMIT 1)"
            ' FROM cases."case" c JOIN journal.cell k ON k.student_id = c.requester LIMIT 1'
        ).fetchone()
    with door.write(Act(office, None, clock())):
        erase_person(Act(office, None, clock()), student, "17-П", date(2026, 10, 1), "words")
    assert replay() == []
    assert replay.result is not None and replay.result.agrees
    erased = {(one.table, one.column) for one in replay.result.erased}
    assert {
        ("journal.cell", "value"),
        ("cases.case", "requester_name"),
        ("journal.sheet_entry", "points"),
    } <= erased
    with database.connect("depter") as owner:
        owner.execute("SET session_replication_role = replica")
        lowest, other = (
            owner.execute(
                f"SELECT {which}(id) FROM audit.record WHERE event_type = 'cases.case.started'"
            ).fetchone()[0]
            for which in ("min", "max")
        )
        owner.execute("UPDATE audit.record SET body = '{}' WHERE id = %s", [lowest])
        owner.execute("UPDATE audit.record SET event_type = 'cases.case.invented' WHERE id = %s", [other])
    assert replay()
    assert replay.result is not None
    assert [(one.id, one.known) for one in replay.result.unusable] == [(lowest, True), (other, False)]
