"""Free text is nowhere in the database in the clear, whatever way it came in (decision 7)."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from app.audit import keys
from app.audit.erasures import erase_person
from app.audit.record import PrivateValue, record_audit_event
from app.audit.words import unseal_json_texts, unseal_text
from app.backups.postgres_tools import find_postgres_tool, run_postgres_tool
from app.cases.commands.attach import attach_file_to_case
from app.cases.commands.comments import add_case_comment
from app.cases.commands.drafts import save_form_draft
from app.cases.commands.start import start_case
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.cases.migration.runs import start_migration
from app.cases.migration.worker import migrate_waiting_cases
from app.cases.models import Incident
from app.cases.queries.case_details import load_form_draft
from app.cases.queries.processes import RunningFilter
from app.diagrams import drafts, proposals, versions
from app.diagrams.models import DiagramDraft
from app.diagrams.proposal_queries import load_proposal
from app.diagrams.scenario_queries import load_removed_scenarios
from app.diagrams.versions import load_version
from app.exchange import queries
from app.exchange.commands import store_uploaded_roster
from app.files.store import FileStore
from app.journal.appeals.hearing_queries import decrypt_protocol_motive
from app.journal.corrections.queries import load_change_set
from app.journal.makeups.queries import describe_makeup
from app.journal.tables import ChangeSet, LateSheetEntryRequest, Semester
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import ROOM_SCHEMAS
from app.kernel.ids import new_id
from app.notices.commands import Notification, Recipient, add_bell_notices_and_queue_letters
from app.outbox.dispatch import MOST_ATTEMPTS, deliver_due_messages, retry_delay
from app.outbox.post import post_event
from app.people.account import load_unended_substitutions
from app.people.commands.names import uncover_names
from app.people.commands.substitutes import name_substitute
from app.plays.scenarios import remove_scenario
from app.worker.event_handlers import event_handlers_by_type
from tests.cases import test_general_requests as general
from tests.cases.test_incidents import OBSERVER
from tests.exchange.test_oneroster import USERS, zipped
from tests.files.pictures import pdf
from tests.scenarios import appeals
from tests.scenarios.calendar import puts
from tests.scenarios.grade_sheets import Sheets
from tests.scenarios.versions import publishes, retitled
from tests.scenarios.world import World
from tests.web.campus import Campus

WORD = "plantedword4711"
TEXT = f"It says {WORD} and more."


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    versions.clear_version_cache()
    return World(db_session, clock)


def places_of_word(database: Any) -> dict[str, str]:
    """A row of each table that holds the word, as text, in hex (bytes) or in base64."""
    seen = {}
    with database.connect() as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema = ANY(%s)",
            [["kernel", "public", *ROOM_SCHEMAS]],
        ).fetchall()
        shifted = [base64.b64encode(b" " * n + WORD.encode() + b" " * (-n % 3)) for n in range(3)]
        signs = [WORD, WORD.encode().hex(), *(one[4:-4].decode() for one in shifted)]
        for space, table in tables:
            conditions = " OR ".join("position(%s IN row::text) > 0" for _ in signs)
            found = connection.execute(
                f'SELECT row::text FROM "{space}"."{table}" AS row WHERE {conditions}', signs
            ).fetchall()
            if found:
                seen[f"{space}.{table}"] = found[0][0]
    return seen


def test_the_search_itself_finds_a_word_as_text_and_as_bytes(world, database):
    world.session.execute(text("UPDATE people.person SET patronymic = :word"), {"word": WORD})
    world.session.execute(
        text("INSERT INTO audit.subject_key VALUES (:id, :word)"), {"id": new_id(), "word": TEXT.encode()}
    )
    world.session.commit()
    assert {"people.person", "audit.subject_key"} <= set(places_of_word(database))


def test_requests_decisions_and_comments_of_cases(world, database, settings):
    teacher, head = world.teacher(), world.head()
    corrected = new_id()
    teacher.starts(corrected, [world.edit()], reason=TEXT)
    head.returns(corrected, reason=TEXT)
    late = teacher.asks_for_late_entry(reason=TEXT)
    with door.write(head.act()):
        add_case_comment(head.act(), late, new_id(), TEXT)
    with door.write(teacher.act()):
        withdraw_case_by_requester(teacher.act(), late, TEXT)
    student = world.student_actor()
    student.disputes(world.lesson, reason=TEXT, late=TEXT)
    student.hands_in(world.day(20), issuer=WORD, document_number=WORD)
    makeup = student.asks_makeup(world.missed(5))
    teacher.sets_task(makeup, form="other", form_name=TEXT, topic=TEXT, criteria=TEXT)
    student.performs(makeup, note=TEXT)
    teacher.accepts(makeup, comment=TEXT)
    assert places_of_word(database) == {}
    (change_set,) = world.session.scalars(text("SELECT id FROM journal.change_set"))
    assert load_change_set(change_set).reason == TEXT
    (done,) = world.session.scalars(text("SELECT id FROM journal.makeup WHERE stage = 'RESULT'"))
    described = unseal_json_texts(describe_makeup(done))
    assert [described[name] for name in ("form_name", "topic", "criteria", "comment")] == [TEXT] * 4


def test_late_lines_late_makeup_and_what_a_closed_sheet_left_open(world, database, settings):
    sheets = Sheets(world, event_handlers_by_type(settings))
    sheets.draws()
    world.clock.set(datetime(2026, 10, 19, 3, 0, tzinfo=UTC))
    lines = {"sheet": str(sheets.row().id), "students": [str(world.student)]}
    with door.write(world.teacher().act()):
        start_case(world.teacher().act(), new_id(), "late_sheet", {"lines": lines, "reason": TEXT})
    lesson = world.missed(5)
    world.session.get(Semester, world.school.semester).makeup_until = world.day(1)
    world.session.commit()
    asked = {"makeup": {"lessons": [str(lesson)]}, "reason": TEXT}
    with door.write(world.student_actor().act()):
        start_case(world.student_actor().act(), new_id(), "makeup_extension", asked)
    assert places_of_word(database) == {}
    requests = world.session.scalars(select(LateSheetEntryRequest)).one()
    assert unseal_text(requests.requester, requests.reason) == TEXT


def test_substitutes_drafts_letters_and_files(world, database, clock, settings, app):
    head, deputy = world.head(), world.people["directorate"]
    with door.write(head.act()) as session:
        name_substitute(head.act(), new_id(), deputy, None, clock().date(), clock().date(), TEXT)
        form = new_id()
        save_form_draft(head.act(), form, {"reason": TEXT})
        recipient = Recipient(head.person, f"{WORD}@example.kg", "ky")
        add_bell_notices_and_queue_letters(
            head.act(), Notification("people.account.reset", 1, {}, "/account"), [recipient]
        )
        assert session.scalar(text("SELECT count(*) FROM notices.letter")) == 1
    sender = world.office()
    users = USERS.replace("Айгүл", WORD, 1)
    assert WORD in users
    store, sound, broken = FileStore(settings.data_dir), new_id(), new_id()
    with door.write(sender.act()):
        store_uploaded_roster(sender.act(), store, sound, f"{WORD}.zip", io.BytesIO(zipped(users=users)))
        wrong = zipped(users=users.replace("@", f"@{WORD} ", 1))
        store_uploaded_roster(sender.act(), store, broken, "roster.zip", io.BytesIO(wrong))
    assert places_of_word(database) == {}
    assert load_form_draft(head.person, form) == {"reason": TEXT}
    (substitution,) = load_unended_substitutions(head.person, clock().date())
    assert substitution.reason == TEXT
    assert any(WORD in line.about for line in queries.load_plan_lines(sound, 100))
    assert WORD in str(queries.find_roster_import(broken).findings)


def test_reasons_of_process_administrators(app, db_session, clock, database):
    """Proposals, their decisions and removed scenarios; the campus has one of each."""
    campus = Campus(app, db_session, clock)
    proposal, scenario = campus.things["proposal_id"], campus.things["scenario_id"]
    act = Act(campus.near["process_admin"], None, clock())
    with door.write(act):
        proposals.send_proposal_back_to_author(act, proposal, TEXT)
        remove_scenario(act, scenario, TEXT)
        draft = new_id()
        drafts.create_draft_from_version(act, draft, versions.load_published_version_id("dispute"))
        xml = db_session.get(DiagramDraft, draft).xml
        drafts.save_draft(act, draft, 1, xml.replace("<bpmn:documentation>", "<bpmn:documentation>. ", 1))
    assert places_of_word(database) == {}
    assert load_proposal(proposal).decision_reason == TEXT
    assert [one.removed_reason for one in load_removed_scenarios("late_correction", None)] == [TEXT]


def test_calendar_files_incidents_and_moves_of_cases(world, database, tmp_path):
    """Reasons of the calendar and of migrations, names of attached files, and errors whose message quotes a value."""
    puts(world.office(), date(2026, 12, 16), reason=TEXT)
    teacher, file = world.teacher(), new_id()
    case = teacher.requests_correction()
    with door.write(teacher.act()):
        FileStore(tmp_path).store_upload(teacher.act(), file, f"{WORD}.pdf", io.BytesIO(pdf()))
        attach_file_to_case(teacher.act(), case, file)
        post_event(teacher.act(), "tests.dies", {"case": str(case)})

    def quote_a_value(_act: Act, _delivery: Any) -> None:
        raise RuntimeError(TEXT)

    for attempt in range(1, MOST_ATTEMPTS + 1):
        world.session.rollback()
        deliver_due_messages({"tests.dies": (quote_a_value,)}, world.now(), observer=OBSERVER)
        world.clock.advance(seconds=retry_delay(attempt).total_seconds())
    target, administrator = (
        publishes(world, retitled),
        world.actor("process_admin", world.hires("process_admin", None)),
    )
    with door.write(administrator.act(TEXT)):
        start_migration(administrator.act(TEXT), new_id(), load_version(target), RunningFilter(), None, TEXT)
    migrate_waiting_cases(door.write, world.clock(), 100)
    assert places_of_word(database) == {}
    (incident,) = world.session.scalars(select(Incident))
    assert incident.detail["error"].startswith("RuntimeError at ")


def test_hearings_minutes_and_reasons_of_closing_a_sheet(world, database, settings):
    sheets = Sheets(world, event_handlers_by_type(settings))
    appeals.commission(world)
    result = appeals.signed(world, sheets)
    case = appeals.appeals(world, result, reason=TEXT)
    appeals.secretary(world, case).completes(case, decision="admit", reason=TEXT)
    appeals.chair(world, case).completes(case, decision="schedule", hearing=appeals.when(world))
    world.teacher().completes(case, note=TEXT)
    world.clock.advance(hours=25)
    appeals.writes(world, case, motive=TEXT)
    appeals.chair(world, case).completes(case, decision="return", reason=TEXT)
    appeals.writes(world, case, motive=TEXT)
    assert appeals.chair(world, case).approves(case).outcome == "changed"
    correction = appeals.correction(world, sheets)
    world.office().completes(correction, decision="return", reason=TEXT)
    assert places_of_word(database) == {}
    assert decrypt_protocol_motive(appeals.protocols(world)[0][0]) == TEXT


def test_a_sheet_closed_with_something_open(world, database, settings):
    sheets = Sheets(world, event_handlers_by_type(settings))
    sheets.draws()
    sheets.enters()
    sheets.approved()
    sheets.day_comes()
    world.teacher().requests_correction()
    sheets.closes(noted={"corrections": 1}, reason=TEXT)
    assert places_of_word(database) == {}
    row = sheets.row()
    assert unseal_text(row.closed_by, row.left_open_reason) == TEXT


def test_a_request_that_no_code_knows(world, database):
    world._grant(world.student, "student", world.school.institute)
    general.published(world)
    case = general.asks(general.student(world), purpose=TEXT)
    world.directorate().completes(case, decision="return", reason=TEXT)
    assert places_of_word(database) == {}


def test_an_erased_reason_leaves_the_correction_and_its_hash(world, database):
    """The hash covers the sealed bytes: approvals stay bound to it, and the correction can still be applied."""
    case = world.teacher().requests_correction()
    with database.connect() as connection:
        connection.execute("DELETE FROM audit.subject_key WHERE subject = %s", [world.teacher().person])
    keys.clear_person_key_cache()
    change_set = world.session.scalars(select(ChangeSet)).one()
    assert load_change_set(change_set.id).reason == ""
    for step in (world.head(), world.directorate(), world.office(), world.it()):
        if step.task(case) is not None:
            step.approves(case)
    assert world.status(world.lesson) == "PRESENT"


def test_a_whole_dump_of_the_database_holds_no_word_of_any_kind(app, world, database, settings, tmp_path):
    """What leaves the machine is the dump: every table, sequence and large object of it, as text, hex and base64."""
    puts(world.office(), date(2026, 12, 16), reason=TEXT)
    teacher, head, today = world.teacher(), world.head(), world.clock().date()
    case = teacher.requests_correction()
    world._grant(world.student, "student", world.school.institute)
    general.published(world)
    general.asks(general.student(world), purpose=TEXT)
    auditor = replace(teacher.act(), assignments=(RoleAssignment("auditor"),))
    with door.write(teacher.act(TEXT)):
        add_case_comment(teacher.act(TEXT), case, new_id(), TEXT)
        save_form_draft(teacher.act(TEXT), new_id(), {"reason": TEXT})
        post_event(teacher.act(TEXT), "tests.dies", {"case": str(case)})
        record_audit_event(
            teacher.act(TEXT), "tests.reason.given", ("cases.case", case), None, {"words": PrivateValue(TEXT)}
        )
    with door.write(head.act()):
        name_substitute(head.act(), new_id(), world.people["directorate"], None, today, today, TEXT)
    with door.write(auditor):
        uncover_names(auditor, new_id(), TEXT)
        erase_person(auditor, new_id(), "№ 1", today, TEXT)

    def quote_a_value(_act: Act, _delivery: Any) -> None:
        raise RuntimeError(TEXT)

    for attempt in range(1, MOST_ATTEMPTS + 1):
        world.session.rollback()
        deliver_due_messages({"tests.dies": (quote_a_value,)}, world.now(), observer=OBSERVER)
        world.clock.advance(seconds=retry_delay(attempt).total_seconds())
    assert world.session.scalars(select(Incident)).one().detail["error"].startswith("RuntimeError at ")
    world.session.commit()
    dump = tmp_path / "dump.sql"
    with database.connect() as connection:
        tool = find_postgres_tool("pg_dump", connection.info.server_version // 10_000)
    run_postgres_tool(tool, database.url("depter"), ["--format=plain", f"--file={dump}"])
    written = dump.read_bytes()
    assert b"COPY cases.incident " in written and b"COPY audit.read_log " in written
    shifted = [base64.b64encode(b" " * n + WORD.encode() + b" " * (-n % 3))[4:-4] for n in range(3)]
    for sign in (WORD.encode(), WORD.encode().hex().encode(), *shifted):
        assert sign not in written, next(line for line in written.split(b"\n") if sign in line)[:200]
