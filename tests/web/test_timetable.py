"""The pages of the timetable: what one sees, what comes back after a refusal, who may not."""

from __future__ import annotations

import html

import pytest

from app.diagrams import versions
from tests.journal.timetable import FIRST, LAST, Timetable
from tests.scenarios.world import World


@pytest.fixture
def world(db_session, clock):
    versions.clear_version_cache()
    return World(db_session, clock)


@pytest.fixture
def table(world):
    made = Timetable(world)
    made.rings()
    return made


@pytest.fixture
def office(world, enter):
    return enter(world.people["academic_office"])


def fields(table, **other):
    edit = table.edit()
    typed = {
        "pattern": str(edit.id),
        "version": str(table.version(other.pop("offering", None))),
        "weekday": "1",
        "weeks": "EVERY",
        "period": "1",
        "starts_at": "",
        "ends_at": "",
        "type": "LECTURE",
        "teacher": str(table.world.school.lecturer),
        "room": "204",
        "hours": "2",
        "from_": FIRST.isoformat(),
        "until": LAST.isoformat(),
    }
    return typed | other


def test_a_weekly_lesson_is_added_previewed_and_generated(table, office):
    page = f"/timetable/journals/{table.offering}"
    assert "No weekly lessons yet" not in office.get(page).text, "the periods of the bells are drawn"
    assert office.post(f"{page}/patterns", **fields(table)).status_code == 302
    seen = html.unescape(office.get(page).text)
    assert 'New lessons: <strong translate="no">7</strong>' in " ".join(seen.split())
    assert "module week" in seen and "exam session" not in seen, "its last day is before the session"
    sent = {"version": str(table.version()), "since": FIRST.isoformat()}
    assert office.post(f"{page}/generate", **sent).status_code == 302
    assert "Lessons: 7 new, 0 changed, 0 taken out." in office.get(page).text
    assert "All lessons of the timetable are there." in office.get(page).text
    listed = office.get("/timetable/journals").text
    assert "Математика" in listed and "to be generated" not in listed
    assert office.get("/timetable/journals?empty=1").text.count("/timetable/journals/") == 0
    week = office.get(f"/timetable?group={table.world.school.group}").text
    assert 'draggable="true"' in week and "204" in week
    assert "204" in office.get("/timetable?room=204").text
    assert "Choose whose week to see" in office.get("/timetable").text


def test_a_conflict_is_named_and_all_that_was_typed_comes_back(table, office):
    table.puts()
    other = table.other_journal()
    page = f"/timetable/journals/{other}"
    office.get(page)
    typed = fields(table, offering=other)
    answer = office.post(f"{page}/patterns", **typed)
    seen = html.unescape(answer.text)
    assert (
        answer.status_code == 422 and "teaches Математика to ИВТ-2-23 then: Mon 19 Oct, 08:00–09:20" in seen
    )
    assert "Room 204 is taken then" in seen and 'value="204"' in seen and 'name="stream"' in seen
    assert office.post(f"{page}/patterns", **typed | {"stream": "true"}).status_code == 302
    assert "stream" in office.get(page).text
    refused = office.post(
        f"{page}/patterns", **fields(table, offering=other, weekday="", hours="x", until="x")
    )
    assert refused.status_code == 422 and refused.text.count('aria-invalid="true"') >= 3


def test_a_dragged_lesson_moves_or_says_what_is_in_the_way(table, office):
    pattern = table.puts()
    table.puts(weekday=3, period=2)
    office.get(f"/timetable/journals/{table.offering}")
    sent = {"pattern": str(pattern), "version": str(table.version()), "weekday": "3", "period": "2"}
    place = {"semester": str(table.world.school.semester), "room": "204"}
    refused = office.post(f"/timetable/journals/{table.offering}/move", **sent, **place)
    assert refused.status_code == 422 and "Nothing is saved yet" in refused.text
    moved = office.post(f"/timetable/journals/{table.offering}/move", **sent | {"period": "1"}, **place)
    assert moved.status_code == 302 and "/timetable?" in moved.location and "room=204" in moved.location
    stale = office.post(
        f"/timetable/journals/{table.offering}/move", **sent | {"period": "2", "weekday": "4"}
    )
    assert stale.status_code == 409 and "changed this timetable meanwhile" in stale.text


def test_what_was_typed_in_the_other_forms_comes_back(table, office):
    pattern = table.puts()
    page = f"/timetable/journals/{table.offering}"
    office.get(page)
    version = str(table.version())
    ended = office.post(f"{page}/end", pattern=str(pattern), version=version, how="end", last="2027-01-01")
    assert (
        ended.status_code == 422 and "Choose a day from" in ended.text and 'value="01.01.2027"' in ended.text
    )
    hours = office.post(f"{page}/hours", version=version, **{"hours-LAB": "2000"})
    assert hours.status_code == 422 and 'value="2000"' in hours.text
    day = office.post(f"{page}/generate", version=version, since="2027-02-01")
    assert day.status_code == 422 and "This day does not lie in the semester." in html.unescape(day.text)
    office.get("/timetable/bells")
    bells = office.post(
        "/timetable/bells", **{"starts-1": "08:00", "ends-1": "", "starts-2": "xx", "seen": ""}
    )
    assert bells.status_code == 422 and "Give both times, or none." in bells.text
    semester = str(table.world.school.semester)
    run = office.post("/timetable/runs", semester=semester, id=str(pattern), since="2020-01-01", run_unit="")
    assert run.status_code == 422 and 'value="01.01.2020"' in run.text


@pytest.mark.clause("3.1")
def test_teachers_read_the_timetable_and_do_not_change_it(world, table, enter):
    table.puts()
    teacher = enter(world.school.lecturer)
    page = f"/timetable/journals/{table.offering}"
    seen = teacher.get(page).text
    assert "204" in seen and '<form method="post" action="/timetable' not in seen and "draggable" not in seen
    assert teacher.post(f"{page}/patterns", **fields(table)).status_code == 404
    assert "Осмонова" in teacher.get("/timetable").text, "at first a teacher sees the own week"
    bells = teacher.get("/timetable/bells").text
    assert "08:00–09:20" in bells and 'class="time-field"' not in bells
    directorate = enter(world.people["directorate"])
    assert 'class="time-field"' not in directorate.get("/timetable/bells").text
    assert 'action="/timetable/runs"' in directorate.get("/timetable/journals").text
    assert "The whole university" not in directorate.get("/timetable/journals").text
