"""Free text is nowhere in the database in the clear, whatever way it came in (decision 7)."""

from __future__ import annotations

import base64
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from app.audit import keys
from app.audit.words import unseal_json_texts, unseal_text
from app.cases.commands.comments import add_case_comment
from app.cases.commands.drafts import save_form_draft
from app.cases.commands.start import start_case
from app.cases.commands.withdraw import withdraw_case_by_requester
from app.cases.queries.case_details import load_form_draft
from app.diagrams import drafts, proposals, versions
from app.diagrams.models import DiagramDraft
from app.diagrams.proposal_queries import load_proposal
from app.diagrams.scenario_queries import load_removed_scenarios
from app.exchange import queries
from app.exchange.commands import store_uploaded_roster
from app.files.store import FileStore
from app.journal.corrections.queries import load_change_set
from app.journal.makeups.queries import describe_makeup
from app.journal.tables import ChangeSet, LateSheetEntryRequest, Semester
from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import ROOM_SCHEMAS
from app.kernel.ids import new_id
from app.notices.commands import Notification, Recipient, add_bell_notices_and_queue_letters
from app.people.account import load_unended_substitutions
from app.people.commands.substitutes import name_substitute
from app.plays.scenarios import remove_scenario
from app.worker.event_handlers import event_handlers_by_type
from tests.exchange.test_oneroster import USERS, zipped
from tests.scenarios.grade_sheets import Sheets
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
    teacher.sets_task(makeup, topic=TEXT, criteria=TEXT)
    student.performs(makeup, note=TEXT)
    teacher.accepts(makeup, comment=TEXT)
    assert places_of_word(database) == {}
    (change_set,) = world.session.scalars(text("SELECT id FROM journal.change_set"))
    assert load_change_set(change_set).reason == TEXT
    (done,) = world.session.scalars(text("SELECT id FROM journal.makeup WHERE stage = 'RESULT'"))
    described = unseal_json_texts(describe_makeup(done))
    assert (described["topic"], described["criteria"], described["comment"]) == (TEXT, TEXT, TEXT)


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
