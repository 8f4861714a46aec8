"""Plays: every start can be played, and a play leaves nothing: no row, no number, no file, no letter, nobody real."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, text

from app import operations
from app.cases.models import Timer
from app.diagrams.new_process import NewProcess, build_new_process_forms, draw_new_process
from app.diagrams.versions import read_shipped_diagrams
from app.files.store import FileStore
from app.journal.commissions.commands import publish_commission_order, store_commission_draft
from app.journal.commissions.rules import CommissionDraft, Seat
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Refused
from app.kernel.ids import new_id
from app.people.models import Person, RoleGrant
from app.people.queries import load_names, load_role_holders
from app.plays import play as plays
from app.plays.entries import (
    CLOCK,
    COMPLETE,
    MAX_ENTRIES,
    ONE_DAY,
    START,
    TO_DEADLINE,
    PlayEntry,
    check_and_serialize_play_entries,
    play_entries_from_json,
)
from app.plays.play import Play, PlaySource, open_play_in_rehearsal
from app.plays.scenes import SCENES
from app.plays.shipped import read_shipped_scenarios
from tests.scenarios import commissions
from tests.scenarios.world import ROOT, World

NOW = datetime(2026, 10, 14, 3, 0, tzinfo=UTC)
SHIPPED = {one.key: one for one in read_shipped_diagrams(ROOT / "workflows", ROOT / "forms")}
BEGUN_BY_EVENTS = sorted(key for key, process in operations.PROCESSES.items() if not process.start.roles)
GENERAL = {name: start for name, start in operations.STARTS.items() if start.general}
REASON = "Сынап көрүү үчүн жазылган себеп."
TABLES = text(
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)
SEQUENCES = text("SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2")


@pytest.fixture
def world(db_session: Any, clock: Any) -> World:
    return World(db_session, clock)


def source(key: str) -> PlaySource:
    return PlaySource(SHIPPED[key].xml, SHIPPED[key].forms, new_id(), NOW)


def everything_in(database: Any) -> Any:
    """The number of rows of every table and the last value of every sequence, as the superuser counts them."""
    with database.connect("depter") as connection:
        tables = [row[0] for row in connection.execute(str(TABLES))]
        rows = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}
        return rows, connection.execute(str(SEQUENCES)).fetchall()


def test_nothing_is_left_of_a_play(world, database, valkey, mailbox, settings, app):
    """Every shipped scenario, to its end, with a specimen of a document."""
    heard: list[Act] = []
    world.session.rollback()
    files = sorted(settings.data_dir.rglob("*"))
    before = everything_in(database)
    door.after_commit_hooks.append(heard.append)
    try:
        for one in read_shipped_scenarios(ROOT / "workflows"):
            played = PlaySource(
                SHIPPED[one.kept["key"]].xml,
                SHIPPED[one.kept["key"]].forms,
                one.kept["seed"],
                one.kept["began_at"],
            )
            with open_play_in_rehearsal(played, play_entries_from_json(one.kept["entries"])) as play:
                assert play.problem is None
                case = play.load_case()
                assert (case.status, case.outcome) == ("done", one.kept["expected_outcome"])
                assert case.number.startswith("TRY-")
                assert [list(step.open_steps) for step in play.played] == one.kept["trace"]
    finally:
        door.after_commit_hooks.remove(heard.append)
    assert everything_in(database) == before
    assert heard == [] and valkey.keys() == [] and mailbox.letters() == []
    assert sorted(settings.data_dir.rglob("*")) == files


def test_nobody_real_is_read_in_a_rehearsal(world):
    today, real = local_day(NOW), world.people["academic_office"]
    assert {one.person for one in load_role_holders("academic_office", None, today)} >= {real}
    with open_play_in_rehearsal(source("late_entry")) as play:
        invented = {person.id for person in play.university.people.values()}
        assert {one.person for one in load_role_holders("academic_office", None, today)} <= invented
        assert set(db.session.scalars(select(Person.id))) == invented
        assert set(db.session.scalars(select(RoleGrant.person_id))) == invented
        assert load_names([real]) == {}
    assert load_names([real])


def test_nothing_can_be_committed_or_stored_in_a_rehearsal(world, tmp_path):
    act = world.head().act()
    with door.rehearse(act):
        with pytest.raises(RuntimeError, match="under way"), door.write(act):
            pass
        with pytest.raises(RuntimeError, match="stores no file"):
            FileStore(tmp_path).store_upload(act, new_id(), "a.pdf", BytesIO(b"%PDF"))
        with db.session.begin_nested():
            db.session.execute(select(1))
        with pytest.raises(RuntimeError, match="never committed"):
            db.session.commit()
    with door.write(act), pytest.raises(RuntimeError, match="under way"), door.rehearse(act):
        pass


def test_every_start_names_a_scene_that_can_be_built():
    assert {start.play.scene for start in operations.STARTS.values()} == set(SCENES)


@pytest.mark.parametrize("key", BEGUN_BY_EVENTS)
def test_what_no_person_begins_is_begun_with_a_synthetic_subject(db_session, key):
    with open_play_in_rehearsal(source(key)) as play:
        play.run_play_entry(PlayEntry(START, play.start.play.requester))
        (task,) = play.load_open_tasks()
        assert task.due_at > play.at


def test_the_commission_of_a_play_is_synthetic_though_the_university_has_one(world):
    with door.write(world.office().act()):
        order = {"kind": "AUTHORISED", "order_no": "9-К", "quorum": 2, "valid_until": date(2027, 6, 1)}
        seats = [
            Seat(person, part)
            for person, part in zip(
                commissions.colleagues(world, 4), ("CHAIR", "SECRETARY", "MEMBER", "MEMBER"), strict=True
            )
        ]
        days = dict.fromkeys(("order_date", "valid_from"), date(2026, 9, 1))
        draft = CommissionDraft(**order, **days, seats=tuple(seats), unit=None, course=None)
        made = store_commission_draft(world.office().act(), new_id(), draft)
        publish_commission_order(world.office().act(), made.id)
    with open_play_in_rehearsal(source("proposal")) as play:
        play.run_play_entry(PlayEntry(START, "teacher"))
        (task,) = play.load_open_tasks()
        assert task.assignee == play.university.people["colleague_1"].id


@pytest.mark.parametrize("name", sorted(GENERAL))
def test_a_process_without_code_is_played(db_session, name):
    start = GENERAL[name]
    unit = next((one for one in ("unit_institute", "student_institute") if one in start.unit_variables), "")
    process = NewProcess("tried", TITLES, TITLES, start, ("teacher",), "directorate", unit)
    drawn = PlaySource(draw_new_process(process), build_new_process_forms(process), new_id(), NOW)
    with open_play_in_rehearsal(drawn) as play:
        field = start.subject_field
        about = play.university.about("teacher", start.play.address.get("about", ""))
        answers = {"wish": REASON} | ({field: {"id": about}} if field else {})
        play.run_play_entries([PlayEntry(START, "teacher", "", answers)])
        assert play.problem is None
        (task,) = play.load_open_tasks()
        play.run_play_entries([PlayEntry(COMPLETE, "directorate", task.element, {"decision": "approve"})])
        assert play.problem is None and play.load_case().status == "done"


TITLES = {"ky": "Сыналган", "ru": "Проба", "en": "Tried"}


def test_the_answers_of_a_play_are_checked_as_those_of_a_case(db_session):
    cells = {"lesson": "{untaken_lesson}", "student": None, "kind": "ATTENDANCE"}
    with open_play_in_rehearsal(source("late_entry")) as play:
        entry = {**cells, "lesson": play.university.things["untaken_lesson"]}
        with pytest.raises(Invalid) as refused:
            play.run_play_entry(PlayEntry(START, "teacher", "", {"entries": [entry], "reason": "x"}))
        assert set(refused.value.fields) == {"reason"}
        play.run_play_entry(PlayEntry(START, "teacher", "", {"entries": [entry], "reason": REASON}))
        play.run_play_entries(
            [PlayEntry(COMPLETE, "academic_office", "endorse_department_head", {"decision": "approve"})]
        )
        assert play.problem.number == 1 and play.problem.error.code == "cases.task.taken"


def test_a_case_is_begun_in_the_name_of_a_student_by_those_whom_the_process_allows(db_session):
    with open_play_in_rehearsal(source("makeup")) as play:
        student = play.university.people["student"].id
        asked = {"makeup": {"lessons": [play.university.things["lesson"]], "student": str(student)}}
        for person, code in (("directorate_deputy", None), ("academic_office", "cases.start.not_for_others")):
            with db.session.begin_nested() as tried:
                begun = Play.run_play_entry if code is None else refuses(code)
                begun(play, PlayEntry(START, person, "", asked, behalf="student"))
                if code is None:
                    case = play.load_case()
                    assert (case.requester, case.on_behalf_of) == (
                        play.university.people[person].id,
                        student,
                    )
                    play.played.clear()
                tried.rollback()
        play.run_play_entry(PlayEntry(START, "teacher", "", asked, behalf="student"))
        case = play.load_case()
        assert (case.requester, case.on_behalf_of) == (student, None), (
            "an offer makes the student the requester"
        )


def refuses(code: str) -> Any:
    def begin(play: Play, entry: PlayEntry) -> None:
        with pytest.raises(Denied) as refused:
            play.run_play_entry(entry)
        assert refused.value.code == code

    return begin


def test_a_clock_that_passes_a_reminder_says_who_would_be_reminded(db_session):
    with open_play_in_rehearsal(source("late_entry")) as play:
        entry = {"lesson": play.university.things["untaken_lesson"], "student": None, "kind": "ATTENDANCE"}
        play.run_play_entry(PlayEntry(START, "teacher", "", {"entries": [entry], "reason": REASON}))
        due = dict(
            db.session.execute(select(Timer.kind, Timer.due_at).where(Timer.case_id == play.case_id)).all()
        )
        before = play.at
        with db.session.begin_nested() as tried:
            play.run_play_entry(PlayEntry(CLOCK, to=TO_DEADLINE))
            reminded = [one.payload["kind"] for one in play.played.pop().reminders]
            assert reminded == ["reminder_50", "reminder_90"], "in the order in which they come due"
            tried.rollback()
        play.at = before
        nearly = due["reminder_90"]
        for moment, kinds in ((nearly - timedelta(seconds=1), ["reminder_50"]), (nearly, ["reminder_90"])):
            play.run_play_entry(PlayEntry(CLOCK, to=moment.isoformat()))
            reminders = play.played[-1].reminders
            assert [one.payload["kind"] for one in reminders] == kinds
            assert {one.to for one in reminders} == {("department_head",)}


def test_a_form_without_what_an_operation_needs_stops_the_play_with_words(db_session):
    forms = dict(SHIPPED["late_entry"].forms)
    form = json.loads(forms["late_entry.start"])
    form["components"] = [one for one in form["components"] if one.get("key") != "reason"]
    drawn = PlaySource(
        SHIPPED["late_entry"].xml, forms | {"late_entry.start": json.dumps(form)}, new_id(), NOW
    )
    with open_play_in_rehearsal(drawn) as play:
        lesson = play.university.things["untaken_lesson"]
        entry = {"lesson": lesson, "student": None, "kind": "ATTENDANCE"}
        play.run_play_entries([PlayEntry(START, "teacher", "", {"entries": [entry]})])
        assert play.problem.error.code == "diagrams.play.stopped" and not play.begun
        assert play.load_open_tasks() == [], "the savepoint is undone, and the play goes on"


def test_a_play_has_bounds(db_session, monkeypatch):
    with pytest.raises(Invalid):
        check_and_serialize_play_entries([PlayEntry(CLOCK, to=ONE_DAY)] * (MAX_ENTRIES + 1))
    with open_play_in_rehearsal(source("late_entry")) as play, pytest.raises(Invalid):
        play.run_play_entry(PlayEntry(CLOCK, to="2999-01-01T00:00:00+00:00"))
    monkeypatch.setattr(plays, "MAX_CPU_SECONDS", 0.0)
    with pytest.raises(Refused), open_play_in_rehearsal(source("late_entry"), [PlayEntry(CLOCK, to=ONE_DAY)]):
        pass
    without_start = SHIPPED["late_entry"].xml.replace('depter:start="late_entry"', 'depter:start="other"')
    for xml, code in (("<x/>", "unreadable"), (without_start, "no_start")):
        with pytest.raises(Refused) as refused, open_play_in_rehearsal(PlaySource(xml, {}, new_id(), NOW)):
            pass
        assert refused.value.code == f"diagrams.play.{code}"
