"""Units, programmes, groups and curators as the academic office keeps them: added, changed, moved, ended."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused, Stale
from app.kernel.ids import new_id
from app.outbox.models import Message
from app.people import commands as people_commands
from app.people.commands import groups, programmes, units
from app.people.models import Programme, StudyGroup, Unit
from app.people.queries.structure import load_group_curators, load_units_in_reach
from app.people.row_changes import row_digest

OFFICE = (RoleAssignment("academic_office", None),)


class Office:
    """The academic office, or whoever has these roles, acting on the structure."""

    def __init__(self, staff, roles=OFFICE):
        self.staff, self.roles = staff, roles

    @contextmanager
    def acting(self):
        act = Act(None, None, self.staff.clock(), self.roles)
        with door.write(act):
            yield act

    def seen(self, model, id, columns):
        db.session.rollback()
        return row_digest(db.session.get(model, id), columns)

    def adds_unit(self, kind="institute", code="ИТ-2", parent=None, id=None, **names):
        made = id or new_id()
        with self.acting() as act:
            units.add_unit(act, made, units.UnitEdit(kind, code, names or {"ky": code}, parent))
        return made

    def changes_unit(self, unit, *, seen=None, **changed):
        row = db.session.get(Unit, unit)
        values = {"kind": row.kind, "code": row.code, "names": row.names, "parent": row.parent_id} | changed
        digest = seen or self.seen(Unit, unit, units.UNIT_COLUMNS)
        with self.acting() as act:
            return units.change_unit(act, unit, digest, units.UnitEdit(**values))

    def ends_unit(self, unit, last, **taught):
        digest = self.seen(Unit, unit, units.UNIT_COLUMNS)
        with self.acting() as act:
            return units.end_unit(act, unit, digest, last, taught)

    def adds_group(self, unit, name="ИВТ-1-26", programme=None, year=1, id=None):
        made = id or new_id()
        with self.acting() as act:
            groups.add_group(act, made, groups.GroupEdit(name, unit, programme, year))
        return made

    def ends_group(self, group, last, **taught):
        digest = self.seen(StudyGroup, group, groups.GROUP_COLUMNS)
        with self.acting() as act:
            return groups.end_group(act, group, digest, last, taught)

    def names_curator(self, group, person, first, seen=None):
        with self.acting() as act:
            return groups.change_group_curator(act, group, person, first, seen)


@pytest.fixture
def office(staff):
    return Office(staff)


@pytest.fixture
def today(clock):
    return local_day(clock())


def test_a_unit_is_added_once_renamed_and_moved(office, staff):
    made = office.adds_unit(parent=staff.university, ky="Институт")
    office.adds_unit(parent=staff.university, id=made, ky="Институт")
    with pytest.raises(Stale):
        office.adds_unit(parent=staff.university, id=made, ky="Башка")
    assert office.changes_unit(made, names={"ky": "Институт", "ru": "Институт", "en": "Institute"})
    assert not office.changes_unit(made), "a repeat changes nothing"
    assert office.changes_unit(staff.department, parent=made)
    with pytest.raises(Invalid) as refused:
        office.changes_unit(made, parent=made)
    assert set(refused.value.fields) == {"parent"}
    with pytest.raises(Invalid) as refused:
        office.adds_unit(code="se", parent=staff.university)
    assert refused.value.fields["code"][0].code == "people.structure.code_taken"
    assert staff.facts().count("people.unit.added") == 1
    assert staff.facts().count("people.unit.changed") == 2


def test_a_form_drawn_before_somebody_else_changed_the_unit_is_refused(office, staff):
    seen = office.seen(Unit, staff.department, units.UNIT_COLUMNS)
    office.changes_unit(staff.department, code="SE-2")
    with pytest.raises(Stale):
        office.changes_unit(staff.department, seen=seen, code="SE-3")


def test_a_unit_in_use_is_not_ended_and_one_that_ended_takes_nothing_new(office, staff, today):
    group = office.adds_group(staff.institute)
    staff.member("Асанова", "directorate", staff.institute)
    with pytest.raises(Refused) as refused:
        office.ends_unit(staff.institute, today, disciplines=3)
    assert refused.value.params == {"units": 2, "groups": 1, "programmes": 0, "roles": 1, "disciplines": 3}
    assert office.ends_group(group, today) and office.ends_unit(staff.department, today)
    with pytest.raises(Invalid) as ended:
        staff.grants(staff.person("Бекова"), "department_head", staff.department)
    assert ended.value.fields["unit"][0].code == "people.structure.unit_ended"
    person = staff.person("Осмонов")
    staff.grants(person, "department_head", staff.department, until=today)
    empty = office.adds_unit(parent=staff.university, code="ЖАҢЫ")
    office.ends_unit(empty, today - timedelta(days=1))
    for add in (office.adds_group, lambda unit: office.adds_unit("department", "КАФ", unit)):
        with pytest.raises(Invalid) as refused_unit:
            add(empty)
        assert "people.structure.unit_ended" in str(refused_unit.value)
    assert office.ends_unit(empty, None), "it goes on again"
    assert office.adds_group(empty, "ИВТ-2-26")


@pytest.mark.clause("3.1")
def test_a_directorate_keeps_its_own_institute_and_nobody_else_does(office, staff):
    other = office.adds_unit(parent=staff.university)
    directorate = Office(staff, (RoleAssignment("directorate", staff.institute),))
    assert directorate.adds_unit("department", "ЖК", staff.institute)
    assert directorate.adds_group(staff.institute) and directorate.changes_unit(staff.department, code="SE-9")
    for deed in (
        lambda: directorate.adds_unit("department", "ЖК-2", other),
        lambda: directorate.adds_group(other, "ИВТ-7-26"),
        lambda: directorate.changes_unit(staff.department, parent=other),
        lambda: directorate.ends_unit(staff.institute, date(2026, 12, 1)),
        lambda: Office(staff, (RoleAssignment("teacher", None),)).adds_group(staff.institute, "ИВТ-8-26"),
        lambda: Office(staff, (RoleAssignment("department_head", staff.department),)).adds_group(
            staff.institute, "ИВТ-9-26"
        ),
    ):
        with pytest.raises(Denied):
            deed()
    reach = load_units_in_reach(directorate.roles, "structure.read")
    assert reach is not None and staff.department in reach and other not in reach
    assert load_units_in_reach(OFFICE, "structure.read") is None


def test_a_group_has_one_name_and_a_programme_of_its_own_institute(office, staff, today):
    programme, made = new_id(), programmes.ProgrammeEdit("710100", {"ky": "ИВТ"}, staff.institute)
    with office.acting() as act:
        programmes.add_programme(act, programme, made)
        programmes.add_programme(act, programme, made)
    group = office.adds_group(staff.institute, programme=programme)
    office.adds_group(staff.institute, programme=programme, id=group)
    with pytest.raises(Invalid) as refused:
        office.adds_group(staff.institute, "ивт-1-26")
    assert refused.value.fields["name"][0].code == "people.group.name_taken"
    other = office.adds_unit(parent=staff.university)
    with pytest.raises(Invalid) as refused:
        office.adds_group(other, "ПИ-1-26", programme)
    assert refused.value.fields["programme"][0].code == "people.group.foreign_programme"
    with pytest.raises(Invalid) as refused:
        office.adds_group(staff.department, "", None, 9)
    assert set(refused.value.fields) == {"name", "unit", "year"}
    seen = office.seen(Programme, programme, programmes.PROGRAMME_COLUMNS)
    with pytest.raises(Refused) as used, office.acting() as act:
        programmes.end_programme(act, programme, seen, today)
    assert used.value.params == {"groups": 1}


def test_a_group_with_students_or_journals_is_not_ended_and_an_ended_one_takes_no_students(
    office, staff, today
):
    group, student = office.adds_group(staff.institute), staff.person("Студент")
    with office.acting() as act:
        people_commands.start_group_membership(act, new_id(), student, group, today, "1-С")
    with pytest.raises(Refused) as refused:
        office.ends_group(group, today, journals=2)
    assert refused.value.params == {"students": 1, "journals": 2}
    with office.acting() as act:
        people_commands.end_group_membership(act, student, group, today, "2-С", "EXPEL")
    assert office.ends_group(group, today)
    with pytest.raises(Refused), office.acting() as act:
        tomorrow = today + timedelta(days=1)
        people_commands.start_group_membership(act, new_id(), student, group, tomorrow, "3-С")
    with pytest.raises(Missing):
        office.names_curator(new_id(), student, today)


def test_a_curator_is_named_from_a_day_and_the_one_before_stays_until_then(office, staff, clock, today):
    group = office.adds_group(staff.institute)
    anna, boris, third = (staff.person(name) for name in ("Асанова", "Борисов", "Маматов"))
    week = today + timedelta(days=7)
    assert office.names_curator(group, anna, today)
    assert not office.names_curator(group, anna, today, anna), "a repeat changes nothing"
    with pytest.raises(Stale):
        office.names_curator(group, boris, week, third)
    with pytest.raises(Invalid):
        office.names_curator(group, boris, today, anna)
    assert office.names_curator(group, boris, week, anna)
    assert db.session.get(StudyGroup, group).curator_id == anna, "until the day before"
    message = db.session.query(Message).filter_by(event_type=groups.CURATOR_DUE_EVENT).one()
    assert message.not_before is not None and local_day(message.not_before) == week
    assert office.names_curator(group, third, week, boris), "who was to come is replaced"
    shown = [(one.person, one.starts_on, one.ends_on) for one in load_group_curators(group)]
    assert shown == [(third, week, None), (anna, today, week - timedelta(days=1))]
    clock.advance(days=7)
    with office.acting() as act:
        groups.set_curator_of_today(act, group)
    assert db.session.get(StudyGroup, group).curator_id == third
    assert office.names_curator(group, None, week + timedelta(days=1), third)
