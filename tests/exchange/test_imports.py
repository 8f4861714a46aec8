"""An import from the sending to the bell, with the real worker: done once, whatever is killed, or not at all."""

from __future__ import annotations

import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from app.audit.models import AuditRecord
from app.exchange import commands, queries
from app.exchange.models import ImportProgress
from app.exchange.stored_imports import lock_import_or_missing
from app.files.disk import FileFolder
from app.files.models import File
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.errors import Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.notices.models import BellNotice
from app.outbox.models import Message
from app.people.models import Membership, Person, StudyGroup
from app.worker import due_work
from tests.exchange.test_oneroster import USERS, zipped
from tests.worker.somebody import somebody
from tests.worker.test_killed import Drain, kill_at_every_statement
from tests.worker.test_process import start, wait_until


class Office:
    """Somebody of the academic office, at one moment."""

    def __init__(self, settings: Any, clock: Any) -> None:
        self.person, self.clock = somebody(role="academic_office"), clock
        self.store = FileStore(settings.data_dir)

    @property
    def act(self) -> Act:
        return Act(self.person, None, self.clock())

    def sends(self, data: bytes, import_id: UUID | None = None, name: str = "roster.zip") -> UUID:
        made = import_id or new_id()
        with door.write(self.act):
            commands.store_uploaded_roster(self.act, self.store, made, name, io.BytesIO(data))
        return made

    def asks(self, import_id: UUID, fingerprint: str | None = None) -> None:
        seen = fingerprint or self.row(import_id).fingerprint
        with door.write(self.act):
            commands.queue_import(self.act, import_id, seen)

    def looks_again(self, import_id: UUID) -> None:
        with door.write(self.act):
            commands.renew_import_preview(self.act, self.store, import_id)

    def row(self, import_id: UUID) -> queries.ImportRow:
        db.session.rollback()
        found = queries.find_roster_import(import_id)
        db.session.rollback()
        assert found is not None
        return found


@pytest.fixture
def office(db_session: Any, settings: Any, clock: Any) -> Office:
    return Office(settings, clock)


@pytest.fixture
def works(app: Any) -> Any:
    """What a wake-up of the worker does."""
    return lambda: due_work.run_due_work(app)


def count(what: Any, *conditions: Any) -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(what).where(*conditions)) or 0
    db.session.rollback()
    return found


def people() -> int:
    return count(Person) - 1


def bells() -> list[tuple[str, dict[str, Any]]]:
    db.session.rollback()
    return [
        (bell.event_type, bell.params)
        for bell in db.session.scalars(select(BellNotice).order_by(BellNotice.id))
    ]


def test_what_was_seen_is_done_and_who_asked_is_told(office, works):
    made = office.sends(zipped())
    assert (office.row(made).state, office.row(made).changes, people()) == ("previewed", 12, 0)
    office.asks(made)
    assert (office.row(made).state, people()) == ("queued", 0)
    works()
    row = office.row(made)
    assert (row.state, row.done, row.problem, people()) == ("finished", 12, None, 2)
    ((event_type, params),) = bells()
    assert event_type == "exchange.import.finished"
    assert params["counts"] == {"created": 12, "changed": 0, "refused": 0}
    done = AuditRecord.event_type == "exchange.roster.imported"
    assert count(AuditRecord, done, AuditRecord.person == office.person) == 1


def test_the_plan_names_each_line_and_what_it_changes(office, works):
    first = office.sends(zipped())
    office.asks(first)
    works()
    made = office.sends(zipped(users=USERS.replace("Осмонова", "Асанова")))
    (line,) = queries.load_plan_lines(made, 10, action="update")
    assert (line.kind, line.file, line.line, line.about) == ("person", "users.csv", 2, "Осмонова Айгүл")
    assert line.columns == {"family_name": ["Осмонова", "Асанова"]}
    assert queries.load_plan_lines(made, 10, after=line.number) == []
    assert office.row(made).counts["person"] == {"insert": 0, "update": 1, "end": 0, "same": 1, "absent": 0}


def test_a_second_import_of_the_same_file_has_nothing_to_change(office, works):
    first = office.sends(zipped())
    office.asks(first)
    works()
    second = office.sends(zipped())
    assert (office.row(second).changes, office.row(second).findings) == (0, [])
    with pytest.raises(Refused) as refused:
        office.asks(second)
    assert refused.value.code == "exchange.import.nothing"


def test_asked_twice_is_done_once_and_a_repeated_message_does_nothing(office, works):
    made = office.sends(zipped())
    office.asks(made)
    office.asks(made)
    assert count(Message, Message.event_type == commands.IMPORT_QUEUED_EVENT) == 1
    works()
    with door.write(Act.by_system(office.clock())) as session:
        session.execute(text("UPDATE outbox.message SET done_at = NULL"))
    works()
    assert (people(), len(bells())) == (2, 1)
    assert count(AuditRecord, AuditRecord.event_type == "exchange.roster.imported") == 1


def test_the_same_form_sent_again_is_the_same_import_and_with_another_file_is_refused(office):
    made = office.sends(zipped())
    assert office.sends(zipped(), made) == made
    with pytest.raises(Stale):
        office.sends(zipped(users=USERS.replace("Осмонова", "Асанова")), made)
    assert len(queries.load_roster_imports(10)) == 1


def test_a_plan_that_no_longer_fits_is_refused_and_a_new_one_waits(office, works):
    first = office.sends(zipped())
    second = office.sends(zipped(users=USERS.replace("Бакыт", "Болот")))
    before = office.row(first).fingerprint
    office.asks(first)
    office.asks(second)
    works()
    row = office.row(second)
    assert (office.row(first).state, row.state, row.problem) == (
        "finished",
        "previewed",
        "exchange.plan.changed",
    )
    assert (row.changes, row.queued_by) == (1, None) and row.fingerprint != before
    assert [params.get("outcome") for _fact, params in bells()] == [None, "refused"]
    with pytest.raises(Stale):
        office.asks(second, before)
    office.asks(second)
    works()
    assert office.row(second).state == "finished"


def test_a_plan_of_yesterday_is_another_plan(office, works):
    made = office.sends(zipped())
    office.clock.advance(days=1)
    office.asks(made)
    works()
    assert (office.row(made).problem, people()) == ("exchange.plan.changed", 0)


def test_a_file_with_findings_waits_for_nothing_and_changes_nothing(office):
    made = office.sends(zipped(users=USERS + "u3,,,\n"))
    (finding,) = office.row(made).findings
    assert (finding["file"], finding["line"], finding["column"]) == ("users.csv", 4, "givenName")
    with pytest.raises(Invalid):
        office.asks(made)
    assert people() == 0


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "", "exchange.file.none"),
        (b"", "a.zip", "files.file.empty"),
        (b"%PDF-1.7", "a.zip", "exchange.file.not_a_zip"),
        (b"PK\x03\x04" * 2_700_000, "a.zip", "exchange.file.over_limit"),
        (zipped(users="sourcedId\n" + "0" * 30_000_000), "a.zip", "exchange.file.too_large"),
    ],
)
def test_what_is_no_roster_is_not_even_kept(office, data, name, code):
    with pytest.raises(Invalid) as refused:
        office.sends(data, name=name)
    assert refused.value.fields["file"][0].code == code
    assert count(File) == 0


def test_an_import_that_is_absent_is_missing(office):
    with pytest.raises(Missing):
        office.asks(new_id(), "x")
    with pytest.raises(Missing):
        office.looks_again(new_id())


def test_looking_again_is_for_who_looks_and_not_while_it_is_queued(office, works):
    made = office.sends(zipped())
    office.clock.advance(days=2)
    office.looks_again(made)
    assert office.row(made).previewed_at - office.row(made).sent_at == timedelta(days=2)
    office.asks(made)
    with pytest.raises(Stale):
        office.looks_again(made)
    works()
    assert office.row(made).state == "finished"


def test_nobody_ends_his_own_stay_by_a_tick_and_the_tick_can_be_taken_back(office, works):
    users = USERS + "me,Өзү,Келген,\n"
    first = office.sends(zipped(users=users))
    office.asks(first)
    works()
    mine = Membership(
        id=new_id(),
        person_id=office.person,
        group_id=db.session.scalar(select(StudyGroup.id)),
        starts_on=date(2026, 9, 1),
        external_id="e9",
    )
    stay = mine.id
    db.session.add(mine)
    db.session.commit()
    made = office.sends(zipped(users=users))
    with pytest.raises(Invalid) as refused, door.write(office.act):
        commands.choose_ends_of_missing_students(office.act, office.store, made, {stay}, date(2026, 10, 14))
    assert refused.value.fields["student"][0].code == "exchange.row.stay_oneself"
    assert (office.row(made).findings, office.row(made).ended_last_day) == ([], None)
    office.person = somebody(role="academic_office")
    with door.write(office.act):
        commands.choose_ends_of_missing_students(
            office.act, office.store, made, {stay, new_id()}, date(2026, 10, 14)
        )
    assert (office.row(made).changes, office.row(made).ended_last_day) == (1, date(2026, 10, 14))
    office.looks_again(made)
    office.asks(made)
    works()
    assert count(Membership, Membership.ends_on == date(2026, 10, 14)) == 1


def test_a_file_that_is_lost_from_the_disk_is_said_and_nothing_is_tried_again(office, works, settings):
    made = office.sends(zipped())
    office.asks(made)
    address = db.session.scalar(select(File.address).where(File.id == made))
    db.session.rollback()
    Path(FileFolder(settings.data_dir / "files")._path_of_address(address)).unlink()
    works()
    assert (office.row(made).state, office.row(made).problem) == ("failed", "exchange.file.lost")
    assert bells()[0][1]["outcome"] == "refused"


def test_what_the_database_refuses_is_rolled_back_and_said(office, works, database):
    made = office.sends(zipped())
    office.asks(made)
    with database.connect("depter") as owner:
        owner.execute("ALTER TABLE people.membership ADD CONSTRAINT never CHECK (false)")
        try:
            works()
        finally:
            owner.execute("ALTER TABLE people.membership DROP CONSTRAINT never")
    assert (office.row(made).state, office.row(made).problem, people()) == (
        "failed",
        "exchange.import.failed",
        0,
    )
    office.looks_again(made)
    office.asks(made)
    works()
    assert (office.row(made).state, people()) == ("finished", 2)


def test_progress_is_seen_before_the_import_ends(office, works):
    made = office.sends(zipped())
    office.asks(made)
    with door.write(office.act):
        lock_import_or_missing(made)
        commands._build_progress_callback(made, 12)(5, 12)
        with db.engine.connect() as somebody_else:
            seen = somebody_else.scalar(select(ImportProgress.done).where(ImportProgress.import_id == made))
    assert seen == 5
    works()
    assert (office.row(made).done, count(ImportProgress)) == (12, 1)


@pytest.mark.starts
@pytest.mark.parametrize("stride", [17, pytest.param(1, marks=pytest.mark.torture)])
def test_killed_before_its_statements_an_import_is_done_once(db_session, settings, valkey, mailbox, stride):
    office = Office(settings, system_clock)
    made = office.sends(zipped())
    office.asks(made)
    victim = Drain("tests.worker.victim", settings)
    try:
        kills = kill_at_every_statement(victim, valkey, stride=stride)
    finally:
        victim.end()
    assert kills > 45 // stride
    assert (office.row(made).state, people(), len(bells())) == ("finished", 2, 1)
    assert count(AuditRecord, AuditRecord.event_type == "exchange.roster.imported") == 1


@pytest.mark.starts
def test_the_worker_of_its_own_does_it_and_one_that_was_killed_is_replaced(
    db_session, settings, valkey, mailbox
):
    office = Office(settings, system_clock)
    made = office.sends(zipped())
    first = start(settings)
    office.asks(made)
    first.kill()
    first.wait()
    valkey.flushdb()
    second = start(settings)
    try:
        wait_until(lambda: office.row(made).state == "finished" and len(bells()) == 1, 40)
    finally:
        second.kill()
        second.wait()
    assert people() == 2
