"""A file gives nobody what its bearer may not give by hand: roles, journals, anything for oneself; roles have days."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.exchange import commands, queries
from app.exchange.rights import RosterBearer
from app.files.store import FileStore
from app.journal.tables import Teaching
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.ids import new_id
from app.people.models import RoleGrant, Substitute
from app.people.queries import load_roles_on_day
from app.people.queries.acting import load_acting_roles
from app.worker import due_work
from tests.exchange.rostering import ENROLLED, ROLES, codes, sent
from tests.exchange.test_oneroster import ROLES as PLAIN
from tests.exchange.test_oneroster import USERS, zipped
from tests.worker.somebody import somebody

pytestmark = pytest.mark.clause("3.1")
OFFICE = RosterBearer(frozenset({new_id()}))
IT = RosterBearer(frozenset({new_id()}), can_grant_roles=True)
NO_TEACHER = ENROLLED + "e2,,,k1,u2,student,2026-09-01,\n"


def grants(session: Any) -> list[tuple[str, str, str | None]]:
    session.rollback()
    found = session.scalars(
        select(RoleGrant).where(RoleGrant.person_id.is_not(None)).order_by(RoleGrant.role)
    )
    return [(one.role, str(one.valid_from), one.valid_until and str(one.valid_until)) for one in found]


# --- roles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role", ["principal", "administrator", "siteAdministrator", "counselor", "ext:depter_rector"]
)
def test_the_office_brings_teachers_and_students_and_it_every_other_role(rosters, role):
    staff = PLAIN.replace("primary,teacher", f"primary,{role}")
    files: dict[str, Any] = {"roles": staff, "enrollments": NO_TEACHER}
    assert codes(rosters.plan(OFFICE, **files)) == {("roles.csv", 2, "role", "exchange.row.role_by_it")}
    assert rosters.plan(IT, **files).remark_counts == {"exchange.remark.staff_role": 1}
    assert rosters.plan(OFFICE).findings == ()


def test_in_version_1_1_the_role_of_a_user_is_judged_alike(rosters):
    users = "sourcedId,orgSourcedIds,role,givenName,familyName\nu1,o2,principal,А,Б\nu2,o2,student,В,Г\n"
    files: dict[str, Any] = {"users": users, "roles": "", "manifest": "", "enrollments": NO_TEACHER}
    assert codes(rosters.plan(OFFICE, **files)) == {("users.csv", 2, "role", "exchange.row.role_by_it")}
    rosters.brings(IT, **files)
    assert rosters.plan(OFFICE, **files).changes == (), "what is stored already, anybody may repeat"


def test_a_user_of_1_1_who_gets_another_role_keeps_his_past(rosters):
    users = (
        "sourcedId,status,orgSourcedIds,role,givenName,familyName\nu1,,o2,student,А,Б\nu2,,o2,student,В,Г\n"
    )
    files: dict[str, Any] = {"roles": "", "manifest": "", "enrollments": NO_TEACHER}
    rosters.brings(users=users, **files)
    rosters.brings(users=users.replace("u1,,o2,student", "u1,,o2,teacher"), **files)
    mine = select(RoleGrant.role).where(RoleGrant.person_id == rosters.person("u1"))
    assert sorted(rosters.session.scalars(mine)) == ["student", "teacher"]
    gone = users.replace("u1,,", "u1,tobedeleted,")
    assert rosters.brings(users=gone, **files).change_counts == {("role_grant", "end"): 2}


@pytest.mark.parametrize(
    "row",
    [
        "r1,,,u1,primary,principal,2026-09-01,2027-06-30,o2\n",
        "r1,,,u2,primary,principal,2026-09-01,,o2\n",
        "r1,,,u1,primary,teacher,2026-09-01,,o2\n",
        "r1,tobedeleted,,u1,primary,principal,2026-09-01,,o2\n",
    ],
    ids=["longer", "another-person", "another-role", "taken-away"],
)
def test_what_the_office_may_not_give_it_may_not_change_or_take(rosters, row):
    held = ROLES + "r1,,,u1,primary,principal,2026-09-01,,o2\n"
    rosters.brings(IT, roles=held, enrollments=NO_TEACHER)
    found = codes(rosters.plan(OFFICE, **rosters.delta(roles=ROLES + row)))
    assert ("roles.csv", 2, "role", "exchange.row.role_by_it") in found


def test_a_role_is_never_handed_on_to_another_person_or_turned_into_another(rosters):
    rosters.brings(roles=ROLES + "r1,,,u1,primary,teacher,2026-09-01,,o2\n", enrollments=NO_TEACHER)
    for row, column in (
        ("r1,,,u2,primary,teacher,,,o2\n", "userSourcedId"),
        ("r1,,,u1,primary,student,,,o2\n", "role"),
    ):
        plan = rosters.plan(IT, **rosters.delta(roles=ROLES + row))
        assert codes(plan) == {("roles.csv", 2, column, "exchange.row.record_moves")}


# --- journals and oneself ---------------------------------------------------------------------------------


@pytest.mark.clause("2.1")
def test_nobody_opens_a_journal_for_himself_nor_joins_a_class_nor_leaves_one(rosters):
    rosters.brings(enrollments=ENROLLED, roles=ROLES + "r1,,,u1,primary,teacher,,,o2\n")
    me = RosterBearer(frozenset({rosters.person("u1")}))
    for_me = RosterBearer(frozenset({new_id(), rosters.person("u1")}))
    teaches = rosters.delta(enrollments=ENROLLED + "e1,,,k1,u1,teacher,2026-09-01,\n")
    for bearer in (me, for_me):
        assert codes(rosters.plan(bearer, **teaches)) == {
            ("enrollments.csv", 2, "userSourcedId", "exchange.row.teaching_oneself")
        }
    studies = rosters.delta(enrollments=ENROLLED + "e9,,,k1,u1,student,2026-09-01,\n")
    assert codes(rosters.plan(me, **studies)) == {
        ("enrollments.csv", 2, "userSourcedId", "exchange.row.stay_oneself")
    }
    rosters.brings(OFFICE, **teaches)
    assert rosters.plan(me, **teaches).changes == ()
    leaves = rosters.delta(enrollments=ENROLLED + "e1,tobedeleted,,k1,u1,teacher,2026-09-01,\n")
    assert codes(rosters.plan(me, **leaves)) == {
        ("enrollments.csv", 2, "userSourcedId", "exchange.row.teaching_oneself")
    }


@pytest.mark.clause("2.1")
@pytest.mark.parametrize("bearer", [None, OFFICE, IT], ids=["command-line", "office", "it"])
def test_a_journal_is_opened_to_teachers_only(rosters, bearer):
    found = {("enrollments.csv", 2, "userSourcedId", "exchange.row.not_a_teacher")}
    over = ROLES + "r1,,,u1,primary,teacher,2024-09-01,2025-06-30,o2\n"
    assert codes(rosters.plan(bearer, roles=over)) == found
    assert rosters.plan(bearer).findings == (), "who becomes a teacher by the same file is one"
    rosters.brings(bearer)


def test_a_teacher_by_enrolment_gets_the_role_with_a_remark_and_a_repeat_changes_nothing(rosters):
    data = sent("or21")
    plan = rosters.brings_file(data, OFFICE)
    given = [one for one in plan.changes if one.values.get("role") == "teacher"]
    assert [(one.about, one.file, one.line, one.remark) for one in given] == [
        (
            "Сынакова Айнура Үсөновна, Сынак кафедрасы",
            "enrollments.csv",
            2,
            "exchange.remark.role_by_enrolment",
        )
    ]
    assert ("teacher", "2026-10-14", None) in grants(rosters.session)
    again = rosters.plan_of(data, OFFICE)
    assert (again.changes, again.absent) == ((), ())


def test_a_role_of_a_teacher_that_ended_is_not_given_again_by_an_enrolment(rosters):
    assert rosters.plan_of(sent("or04"), OFFICE).remark_counts == {
        "exchange.remark.role_over": 1,
        "exchange.remark.role_by_enrolment": 1,
    }, "another role that ended is no hindrance"
    rosters.brings(roles=ROLES + "r1,,,u1,primary,teacher,2026-09-01,,o2\n", enrollments="")
    grant = rosters.session.scalar(select(RoleGrant).where(RoleGrant.role == "teacher"))
    grant.valid_until = rosters.today
    rosters.session.commit()
    rosters.clock.advance(days=1)
    found = {("enrollments.csv", 2, "userSourcedId", "exchange.row.not_a_teacher")}
    assert codes(rosters.plan(OFFICE)) == found


def test_nobody_becomes_a_teacher_by_an_enrolment_that_he_brings_himself(rosters):
    rosters.brings(enrollments="", roles="")
    me = RosterBearer(frozenset({rosters.person("u1")}))
    assert codes(rosters.plan(me)) >= {
        ("enrollments.csv", 2, "userSourcedId", "exchange.row.teaching_oneself"),
    }
    ahead = ENROLLED + "e1,,,k1,u1,teacher,2026-11-02,\n"
    rosters.brings(OFFICE, roles="", enrollments=ahead)
    assert grants(rosters.session) == [("teacher", "2026-11-02", None)]


# --- the days of a role -----------------------------------------------------------------------------------


def test_a_role_that_ended_is_not_given_and_is_counted(rosters):
    over = ROLES + "r1,,,u1,primary,principal,2024-03-06,2025-09-23,o2\n"
    plan = rosters.brings(IT, roles=over, enrollments=NO_TEACHER)
    (left,) = plan.skipped
    assert (left.about, left.line, left.remark) == (
        "Осмонова Айгүл, Dept",
        2,
        "exchange.remark.role_over",
    )
    assert (left.values["valid_from"], left.values["valid_until"]) == (date(2024, 3, 6), date(2025, 9, 22))
    assert grants(rosters.session) == []
    assert rosters.plan(OFFICE, roles=over, enrollments=NO_TEACHER).findings == (), "it gives nothing"


def test_a_role_to_come_is_stored_with_its_days_and_gives_nothing_until_then(rosters):
    later = ROLES + "r1,,,u1,primary,teacher,2026-12-01,2027-06-30,o2\n"
    plan = rosters.brings(OFFICE, roles=later)
    assert plan.remark_counts == {"exchange.remark.role_ahead": 1}
    assert grants(rosters.session) == [("teacher", "2026-12-01", "2027-06-29")]
    who = rosters.person("u1")
    assert (
        load_roles_on_day(who, date(2026, 11, 30)) == ()
        and len(load_roles_on_day(who, date(2026, 12, 1))) == 1
    )
    rosters.session.rollback()
    rosters.clock.advance(days=1)
    assert rosters.plan(OFFICE, roles=later).changes == ()


def test_a_role_without_days_begins_on_the_day_of_the_import_and_stays_so(rosters):
    rosters.brings(OFFICE)
    rosters.clock.advance(days=3)
    assert rosters.plan(OFFICE).changes == ()
    assert {first for _role, first, _last in grants(rosters.session)} == {"2026-10-14"}


@pytest.mark.parametrize(
    ("row", "last", "action"),
    [
        ("r1,,,u1,primary,teacher,2026-09-01,2026-10-10,o2\n", "2026-10-09", "end"),
        ("r1,,,u1,primary,teacher,2026-09-01,2026-12-31,o2\n", "2026-12-30", "update"),
        ("r1,tobedeleted,,u1,primary,teacher,2026-09-01,,o2\n", "2026-10-14", "end"),
        ("r1,tobedeleted,2026-10-01T20:00:00Z,u1,primary,teacher,,,o2\n", "2026-10-02", "end"),
        ("r1,tobedeleted,2030-01-01T00:00:00Z,,,,,,\n", "2026-10-14", "end"),
        ("r1,tobedeleted,2020-01-01T00:00:00Z,,,,,,\n", "2026-10-14", "end"),
        ("r1,tobedeleted,yesterday,,,,,,\n", "2026-10-14", "end"),
    ],
)
def test_a_role_that_is_held_ends_by_the_file_and_a_second_time_nothing_changes(rosters, row, last, action):
    rosters.brings(roles=ROLES + "r1,,,u1,primary,teacher,2026-09-01,,o2\n")
    ends = rosters.delta(roles=ROLES + row)
    assert rosters.brings(OFFICE, **ends).change_counts == {("role_grant", action): 1}
    assert grants(rosters.session) == [("teacher", "2026-09-01", last)]
    rosters.clock.advance(days=1)
    assert rosters.plan(OFFICE, **ends).changes == ()


def test_a_role_that_has_not_begun_is_taken_back_whole(rosters):
    rosters.brings(roles=ROLES + "r1,,,u1,primary,teacher,2026-12-01,,o2\n")
    gone = rosters.delta(roles=ROLES + "r1,tobedeleted,,,,,,,\n")
    assert rosters.brings(OFFICE, **gone).change_counts == {("role_grant", "remove"): 1}
    assert grants(rosters.session) == [] and rosters.plan(OFFICE, **gone).changes == ()


def test_a_role_that_was_ended_by_hand_is_not_given_again_by_the_next_file(rosters):
    rosters.brings()
    grant = rosters.session.scalar(select(RoleGrant).where(RoleGrant.role == "teacher"))
    grant.valid_until = rosters.today
    rosters.session.commit()
    rosters.clock.advance(days=1)
    assert rosters.plan(OFFICE).changes == ()


def test_the_same_role_for_two_periods_is_two_and_a_repeat_changes_nothing(rosters):
    rows = (
        ROLES + "r1,,,u1,primary,teacher,2026-09-01,2026-12-31,o2\nr3,,,u1,primary,teacher,2027-02-01,,o2\n"
    )
    rosters.brings(OFFICE, roles=rows)
    assert (
        grants(rosters.session)
        == [
            ("teacher", "2026-09-01", "2026-12-30"),
            ("teacher", "2027-02-01", None),
        ]
        and rosters.plan(OFFICE, roles=rows).changes == ()
    )


def test_a_role_goes_out_with_its_last_day(rosters):
    from app.exchange.export import export_roster_zip
    from app.exchange.read import read_roster

    rosters.brings(OFFICE, roles=ROLES + "r1,,,u1,primary,teacher,2026-09-01,2027-06-30,o2\n")
    (row,) = read_roster(export_roster_zip(rosters.today)).rows("roles")
    assert (row.get("beginDate"), row.get("endDate")) == ("2026-09-01", "2027-06-30")


# --- who agrees, and the worker ---------------------------------------------------------------------------


class Clerk:
    """Somebody who sends, looks and agrees."""

    def __init__(self, role: str, settings: Any, clock: Any, behalf: UUID | None = None) -> None:
        self.person, self.clock, self.behalf = somebody(role=role), clock, behalf
        self.role, self.store = role, FileStore(settings.data_dir)

    @property
    def act(self) -> Act:
        return Act(self.person, self.behalf, self.clock(), (RoleAssignment(self.role),))

    def sends(self, data: bytes) -> UUID:
        made = new_id()
        with door.write(self.act):
            commands.store_uploaded_roster(self.act, self.store, made, "roster.zip", io.BytesIO(data))
        return made

    def looks_again(self, import_id: UUID) -> None:
        with door.write(self.act):
            commands.renew_import_preview(self.act, self.store, import_id)

    def agrees(self, import_id: UUID) -> None:
        seen = row(import_id).fingerprint
        with door.write(self.act):
            commands.queue_import(self.act, import_id, seen)


def row(import_id: UUID) -> queries.ImportRow:
    from app.kernel.db import db

    db.session.rollback()
    found = queries.find_roster_import(import_id)
    db.session.rollback()
    assert found is not None
    return found


STAFF = zipped(roles=PLAIN.replace("primary,student", "primary,principal"), users=USERS)


def test_it_opens_the_file_of_the_office_looks_again_and_agrees(db_session, settings, clock, app):
    office, it = Clerk("academic_office", settings, clock), Clerk("it_admin", settings, clock)
    made = office.sends(STAFF)
    assert [one["code"] for one in row(made).findings] == ["exchange.row.role_by_it"]
    it.looks_again(made)
    assert row(made).findings == [] and row(made).remarks == {"exchange.remark.staff_role": 1}
    office.agrees(made)
    due_work.run_due_work(app)
    assert (row(made).state, len(row(made).findings)) == ("previewed", 1), "his rights are looked at again"
    it.looks_again(made)
    it.agrees(made)
    due_work.run_due_work(app)
    assert row(made).state == "finished"


def test_who_stands_in_for_it_brings_what_it_may_and_only_while_he_does(db_session, settings, clock, app):
    absent, deputy = somebody(role="it_admin"), Clerk("it_admin", settings, clock)
    grant = db_session.scalar(select(RoleGrant).where(RoleGrant.person_id == deputy.person))
    grant.role = "academic_office"
    today = clock().date()
    stands = Substitute(
        id=new_id(),
        absent_id=absent,
        substitute_id=deputy.person,
        role="it_admin",
        valid_from=today,
        valid_until=today + timedelta(days=1),
    )
    db_session.add(stands)
    db_session.commit()
    assert load_acting_roles(deputy.person, absent, today) == (RoleAssignment("it_admin"),)
    assert load_acting_roles(deputy.person, None, today) == (RoleAssignment("academic_office"),)
    assert load_acting_roles(deputy.person, absent, today + timedelta(days=2)) == ()
    db_session.rollback()
    deputy.behalf = absent
    made = deputy.sends(STAFF)
    deputy.agrees(made)
    due_work.run_due_work(app)
    assert row(made).state == "finished"


def test_the_command_line_gives_every_role(rosters):
    rosters.brings(roles=PLAIN.replace("primary,student", "primary,systemAdministrator"))
    assert ("it_admin", "2026-10-14", None) in grants(rosters.session)


def test_teaching_is_stored_for_who_was_sent(rosters):
    rosters.brings(OFFICE)
    assert rosters.session.scalars(select(Teaching.person_id)).all() == [rosters.person("u1")]
