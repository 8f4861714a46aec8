"""What no single row shows: persons entered twice, stays that overlap, ids that lead nowhere, roles taken by file."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditRecord
from app.exchange import plan as plans
from app.exchange.apply import execute_import_plan
from app.exchange.read import read_roster
from app.exchange.rights import RosterBearer
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day
from app.kernel.errors import Invalid
from app.kernel.ids import new_id
from app.people.models import Membership, Person, RoleGrant
from tests.exchange.test_oneroster import (
    CLASSES,
    ENROLLED,
    MANIFEST,
    ORGS,
    ROLES,
    SESSIONS,
    USERS,
    zipped,
)

DELTA = MANIFEST + "file.enrollments,delta\n"


@pytest.fixture
def planned(db_session: Any, clock: Any) -> Any:
    def make(bearer: RosterBearer | None = None, **changed: str | bytes) -> Any:
        with door.read():
            return plans.make_import_plan(read_roster(zipped(**changed)), local_day(clock()), bearer)

    return make


@pytest.fixture
def brought(planned: Any, clock: Any) -> Any:
    def bring(**changed: str | bytes) -> Any:
        act = Act.by_system(clock())
        with door.write(act):
            return execute_import_plan(act, read_roster(zipped(**changed)), planned(**changed).fingerprint)

    return bring


def places(plan: Any) -> set[tuple[str, int, str, str]]:
    return {(one.file, one.line, one.column, one.code) for one in plan.findings}


def test_one_email_or_identifier_for_two_persons_of_the_file_is_found(planned):
    users = USERS.replace("email", "email,identifier").replace("a@b.kg", "a@b.kg,ST-1").replace(",\n", ",,\n")
    plan = planned(users=users + "u3,Каныкей,Асанова,A@B.kg,ST-1\n")
    assert places(plan) == {
        ("users.csv", 4, "email", "exchange.row.email_taken"),
        ("users.csv", 4, "identifier", "exchange.row.identifier_taken"),
    }
    assert {one.params["line"] for one in plan.findings} == {2}


def test_an_email_of_somebody_who_is_here_is_found(planned, db_session):
    db_session.add(Person(id=new_id(), family_name="А", given_name="Б", sort_key="а", email="a@b.kg"))
    db_session.commit()
    assert ("users.csv", 2, "email", "exchange.row.email_taken") in places(planned())


def test_two_who_exchange_their_emails_are_not_taken_for_one(planned, brought):
    users = USERS.replace("Өмүров,", "Өмүров,c@d.kg")
    brought(users=users)
    swapped = users.replace("a@b.kg", "x").replace("c@d.kg", "a@b.kg").replace("x", "c@d.kg")
    assert planned(users=swapped).change_counts == {("person", "update"): 2}


def test_a_student_is_not_twice_in_a_class_at_the_same_time(planned, brought):
    again = "e3,k1,u2,student,2026-10-01\n"
    assert ("enrollments.csv", 4, "beginDate", "exchange.row.overlap") in places(
        planned(enrollments=ENROLLED + again)
    )
    brought()
    assert ("enrollments.csv", 4, "beginDate", "exchange.row.overlap") in places(
        planned(enrollments=ENROLLED + again)
    )


def test_a_student_may_come_back_to_a_class_after_he_left(brought, db_session):
    enrolled = ENROLLED.replace("beginDate\n", "beginDate,endDate\n").replace("01\n", "01,\n")
    enrolled = enrolled.replace("e2,k1,u2,student,2026-09-01,", "e2,k1,u2,student,2026-09-01,2026-09-30")
    brought(enrollments=enrolled + "e3,k1,u2,student,2026-10-05,\n")
    stays = db_session.scalars(select(Membership).order_by(Membership.starts_on)).all()
    assert [str(stay.ends_on) for stay in stays] == ["2026-09-29", "None"]


def test_the_same_teacher_named_twice_for_a_class_is_one(brought):
    plan = brought(enrollments=ENROLLED + "e3,k1,u1,teacher,2026-09-01\n")
    assert plan.change_counts[("teaching", "insert")] == 1 and plan.same["teaching"] == 1


def test_a_delta_that_leans_on_what_never_came_is_found_and_changes_nothing(planned):
    only = {"orgs": "", "academicSessions": "", "courses": "", "classes": "", "users": "", "roles": ""}
    plan = planned(manifest=DELTA, **only)
    assert ("enrollments.csv", 2, "classSourcedId", "exchange.row.unknown_reference") in places(plan)
    assert plan.changes == ()


def test_units_that_contain_each_other_are_found(planned):
    orgs = ORGS.replace("district,U,", "district,U,o2")
    assert places(planned(orgs=orgs)) == {
        ("orgs.csv", 2, "parentSourcedId", "exchange.row.circle"),
        ("orgs.csv", 3, "parentSourcedId", "exchange.row.circle"),
    }


@pytest.mark.clause("3.1")
def test_no_file_makes_an_administrator_and_nobody_gives_himself_a_role_by_file(planned, brought, db_session):
    admin = ROLES.replace("primary,teacher", "primary,systemAdministrator")
    enrolled = ENROLLED.replace("e1,k1,u1,teacher,2026-09-01\n", "")
    found = places(
        planned(RosterBearer(frozenset({new_id()}), can_grant_roles=True), roles=admin, enrollments=enrolled)
    )
    assert found == {("roles.csv", 2, "role", "exchange.row.role_by_hand")}
    brought(roles=admin, enrollments=enrolled)
    him = db_session.scalar(select(Person.id).where(Person.external_id == "u2"))
    oneself = RosterBearer(frozenset({him}), can_grant_roles=True)
    more = admin + "r3,u2,primary,teacher,o2\n"
    found = places(planned(oneself, roles=more, enrollments=enrolled))
    assert found == {("roles.csv", 4, "userSourcedId", "exchange.row.role_oneself")}
    gone = admin.replace("sourcedId,", "sourcedId,status,").replace("r1,", "r1,tobedeleted,")
    gone = gone.replace("r2,", "r2,,")
    assert ("roles.csv", 2, "role", "exchange.row.role_by_hand") in places(
        planned(oneself, manifest=DELTA, roles=gone, enrollments=enrolled)
    )


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        (
            {"academicSessions": SESSIONS.replace("2026-12-31", "2026-08-31")},
            ("academicSessions.csv", 2, "endDate", "exchange.row.backwards"),
        ),
        (
            {"academicSessions": SESSIONS.replace("2026-09-01", "20260901")},
            ("academicSessions.csv", 2, "startDate", "exchange.row.not_a_date"),
        ),
        (
            {"users": USERS.replace("Айгүл", "А" * 300)},
            ("users.csv", 2, "givenName", "exchange.row.too_long"),
        ),
        (
            {"users": USERS.replace("Айгүл", "Ай\x00гүл")},
            ("users.csv", 2, "givenName", "exchange.row.hidden_signs"),
        ),
        (
            {"classes": CLASSES.replace("k1,", "k\x071,")},
            ("classes.csv", 2, "sourcedId", "exchange.row.hidden_signs"),
        ),
    ],
)
def test_what_the_database_would_choke_on_is_found_before(changed, place):
    assert place in {
        (one.file, one.line, one.column, one.code) for one in read_roster(zipped(**changed)).findings
    }


def damaged(data: bytes) -> bytes:
    middle = len(data) // 3
    return data[:middle] + bytes(255 - byte for byte in data[middle : middle + 60]) + data[middle + 60 :]


def packed(way: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", way) as archive:
        archive.writestr("users.csv", USERS)
    return out.getvalue()


@pytest.mark.parametrize("data", [damaged(zipped()), packed(zipfile.ZIP_LZMA), packed(zipfile.ZIP_BZIP2)])
def test_a_damaged_zip_and_one_packed_otherwise_are_refused_by_the_field(data):
    with pytest.raises(Invalid) as refused:
        read_roster(data)
    assert refused.value.fields["file"][0].code == "exchange.file.not_a_zip"


def test_what_came_before_and_a_whole_file_does_not_name_is_counted_and_stays(brought, planned, db_session):
    brought()
    plan = planned(users=USERS.rpartition("u2")[0], roles=ROLES.rpartition("r2")[0], enrollments="")
    assert [(one.table, one.about) for one in plan.absent] == [
        ("person", "Өмүров Бакыт"),
        ("role_grant", "Өмүров Бакыт, Dept"),
    ]
    assert plan.changes == ()


def test_a_role_given_by_hand_is_the_same_role(planned, brought, db_session, clock):
    brought(roles=ROLES.rpartition("r2")[0])
    student = db_session.scalar(select(Person.id).where(Person.external_id == "u2"))
    unit = db_session.scalar(select(RoleGrant.unit_id))
    today = local_day(clock())
    db_session.add(RoleGrant(id=new_id(), person_id=student, role="student", unit_id=unit, valid_from=today))
    db_session.commit()
    assert planned().changes == ()


def test_a_changed_row_leaves_its_own_record_and_new_ones_are_listed(brought, db_session):
    brought()
    brought(users=USERS.replace("Осмонова", "Асанова"))
    facts = dict(
        db_session.execute(
            select(AuditRecord.event_type, func.count())
            .where(AuditRecord.event_type.like("exchange.%"))
            .group_by(AuditRecord.event_type)
        ).all()
    )
    assert facts == {"exchange.roster.imported": 2, "exchange.roster.created": 9, "exchange.row.update": 1}
    body = db_session.scalar(select(AuditRecord.body).where(AuditRecord.event_type == "exchange.row.update"))
    assert "Асанова" not in body and "Осмонова" not in body
