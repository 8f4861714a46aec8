"""8.7, 8.8, annex 4: students confirm or sign, the curator signs the sheet, the directorate keeps it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.audit.words import unseal_text
from app.journal.acknowledgements import commands
from app.journal.acknowledgements.queries import (
    count_lines,
    find_group_to_acquaint,
    load_newest_sheet_steps,
    load_sheet_lines,
)
from app.journal.semesters.queries import find_semester
from app.journal.tables import Acknowledgement
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Denied, Invalid, Missing, Refused
from app.outbox.models import Message

pytestmark = pytest.mark.clause("8.7")


def do(world, actor, command, *arguments):
    act = actor.act()
    world.session.rollback()
    with door.write(act):
        return command(act, *arguments)


def record(world, actor, students, way="PAPER", day=None, note="", witnesses=("", "")):
    place = (world.school.group, world.school.semester)
    on = day or local_day(actor.act().at)
    return do(world, actor, commands.record_acknowledgements, *place, students, way, on, note, witnesses)


def sheet(world):
    world.session.rollback()
    group, semester = find_group_to_acquaint(world.school.group), find_semester(world.school.semester)
    lines = load_sheet_lines([group], semester, world.clock())[group.id]
    return {one.student: one for one in lines}, load_newest_sheet_steps([group.id], semester.id).get(group.id)


def numbers(world):
    found = count_lines(list(sheet(world)[0].values()))
    return found.acknowledged, found.declined, found.missing


def reminded(world):
    """Run the reminders of the day; return (stage, recipient) of the new messages."""
    before = {one.id for one in world.session.query(Message).filter_by(event_type=commands.REMINDED)}
    world.session.rollback()
    act = Act.by_system(world.clock())
    with door.write(act):
        assert not commands.remind_of_acknowledgements(act, 100)
    found = world.session.query(Message).filter_by(event_type=commands.REMINDED)
    return {
        (one.payload["kind"], person)
        for one in found
        if one.id not in before
        for person in one.payload["recipients"]
    }


def test_a_student_confirms_himself_and_the_curator_records_the_others(world):
    curator, student = world.curator(), world.student_actor()
    other, third = world.school.student(21), world.school.student(22)
    world.session.commit()
    place = (world.school.group, world.school.semester)
    everybody = len(sheet(world)[0])
    do(world, student, commands.acknowledge_own)
    do(world, student, commands.acknowledge_own)
    assert world.session.query(Acknowledgement).count() == 1, "a repeat writes nothing"
    for stranger, error in ((world.teacher(), Missing), (world.directorate(), Denied), (student, Missing)):
        with pytest.raises(error):
            record(world, stranger, [other])
    with pytest.raises(Refused):
        record(world, curator, [other], day=date(2026, 8, 31))
    with pytest.raises(Refused):
        record(world, curator, [other], day=date(2027, 1, 1))
    with pytest.raises(Refused):
        record(world, curator, [other, student.person])
    assert numbers(world) == (1, 0, everybody - 1), "one of them is recorded: none is written"
    with pytest.raises(Invalid) as raised:
        record(world, curator, [third], "DECLINED", note="short", witnesses=("Асан", "асан"))
    assert set(raised.value.fields) == {"note", "witness_2"}
    record(world, curator, [other])
    record(world, curator, [third], "DECLINED", note="Ушул жобого макул эмес", witnesses=("Асан", "Үсөн"))
    lines, _step = sheet(world)
    assert numbers(world) == (2, 1, everybody - 3)
    assert (
        "Үсөн" in unseal_text(third, lines[third].row.note) and "Үсөн".encode() not in lines[third].row.note
    )
    with pytest.raises(Refused):
        record(world, curator, [student.person], "WITHDRAWN", note="Ката киргизилди")
    record(world, curator, [other], "WITHDRAWN", note="Ката киргизилди")
    assert numbers(world) == (1, 1, everybody - 2)
    with pytest.raises(Denied) as raised:
        do(world, curator, commands.keep_sheet, *place)
    assert raised.value.clause == "8.8"
    with pytest.raises(Refused):
        do(world, world.directorate(), commands.keep_sheet, *place)
    do(world, curator, commands.sign_sheet, *place)
    do(world, world.directorate(), commands.keep_sheet, *place)
    assert (sheet(world)[1].step, sheet(world)[1].missing) == ("KEPT", everybody - 2)
    world.school.student(23, date(2026, 9, 2))
    world.session.commit()
    with pytest.raises(Refused):
        do(world, world.directorate(), commands.keep_sheet, *place)
    do(world, curator, commands.sign_sheet, *place)
    assert (sheet(world)[1].step, sheet(world)[1].missing) == ("SIGNED", everybody - 1)


def test_the_deadline_runs_from_the_day_of_joining_and_is_reminded_twice(world):
    curator = world.curator()
    newcomer = world.school.student(23, date(2026, 10, 5))
    world.session.commit()
    world.clock.set(datetime(2026, 10, 15, 6, tzinfo=UTC))
    lines, _step = sheet(world)
    assert local_day(lines[newcomer].deadline.moment) == date(2026, 10, 16)
    assert local_day(lines[world.student].deadline.moment) < date(2026, 9, 20)
    first = reminded(world)
    assert {("own_before", str(newcomer)), ("before", str(curator.person))} <= first
    assert {stage for stage, _person in first} == {"before", "own_before"}, (
        "the others are too late to be told"
    )
    world.clock.set(datetime(2026, 10, 16, 6, tzinfo=UTC))
    assert reminded(world) == set()
    world.clock.set(datetime(2026, 10, 17, 6, tzinfo=UTC))
    directorate = str(world.directorate().person)
    expected = {("own_over", str(newcomer)), ("over", str(curator.person)), ("over", directorate)}
    assert expected == reminded(world)
    assert {
        one.payload["students"]
        for one in world.session.query(Message).filter_by(event_type=commands.REMINDED)
    } == {1}
